"""Settings from the environment: `HIGHWATER_` and the name of the field in capitals."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """How this process runs; none of it changes a decision.

    Attributes:
        env: `prod` refuses connections that are not encrypted.
        kafka: bootstrap servers, `host:port,…`; empty for the local log.
        database_url: PostgreSQL; `HIGHWATER_DATABASE_URL_FILE` may name a file that holds it.
        data_dir: the local log, recovery stores and the embedded database.
        log_level: the least severe level that is written.
        key_groups: shards of accounts; fixed when a journal is made.
        frame_ms: a live frame closes after so many milliseconds, or
        frame_rows: after so many entries, whichever comes first.
        dedup_window_days: event ids are remembered for so many days of journal time.
        dead_letter_share_max: a flow stops when more of its recent inputs than this percentage
            are refused, so that a bad deploy does not drain a topic.
        metrics_host, metrics_port: where metrics are served; port 0 for nowhere.
        api_host, api_port: where the API and the dashboard are served.
        api_connections: to the database.
        api_requests_s: so many requests a second a caller may make.
        api_push_ms: how often a socket is told where its accounts stand.
        api_sockets: so many sockets and feeds may be open.
        api_origins: pages of other origins that may open sockets, `https://host,…`.
        oidc_issuer: who signs bearer tokens; empty for API keys alone.
        oidc_audience: whom its tokens must be for.
        oidc_jwks: its keys, a file or an `https:` address.
    """

    model_config = SettingsConfigDict(env_prefix="HIGHWATER_", frozen=True, extra="ignore")

    env: Literal["dev", "prod"] = "dev"
    kafka: str = ""
    database_url: SecretStr | None = None
    database_url_file: Path | None = None
    data_dir: Path = Path(".highwater")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    key_groups: int = Field(default=64, ge=1, le=4096)
    frame_ms: int = Field(default=2, ge=0, le=60_000)
    frame_rows: int = Field(default=4096, ge=1, le=1_000_000)
    dedup_window_days: int = Field(default=7, ge=1, le=366)
    dead_letter_share_max: int = Field(default=50, ge=0, le=100)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65_535)
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8080, ge=0, le=65_535)
    api_connections: int = Field(default=8, ge=1, le=200)
    api_requests_s: int = Field(default=50, ge=1, le=1_000_000)
    api_push_ms: int = Field(default=250, ge=10, le=60_000)
    api_sockets: int = Field(default=5_000, ge=1, le=100_000)
    api_origins: str = ""
    oidc_issuer: str = ""
    oidc_audience: str = "highwater"
    oidc_jwks: str = ""

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, given: dict[str, object]) -> dict[str, object]:
        file = given.get("database_url_file")
        if isinstance(file, str | Path) and not given.get("database_url"):
            try:
                given["database_url"] = Path(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                msg = f"cannot read {file}: {type(error).__name__}"
                raise ValueError(msg) from None
        return given

    @model_validator(mode="after")
    def _empty_is_absent(self) -> Self:
        if self.database_url is not None and not self.database_url.get_secret_value():
            raise ValueError("database_url must not be empty; leave it out")
        return self

    @property
    def database_dsn(self) -> str | None:
        """The connection string in clear, for the driver alone."""
        return None if self.database_url is None else self.database_url.get_secret_value()
