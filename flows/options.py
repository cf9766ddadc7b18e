"""What the live flows are told, from the environment or the command line."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError

from connectors.log.abstract import Log, LogError
from connectors.log.open import open_log
from flows.engines import DEFAULT_ENGINE, EngineKind, ProgressKind
from flows.failures import Failure
from flows.prefix import PrefixedLog
from schemas.settings import Settings


class FlowSettings(Settings):
    """Settings of every flow; `HIGHWATER_LOG` and so on.

    Attributes:
        log: `dir:PATH` or `kafka:HOST:PORT`; by default the brokers of `kafka`, else `data_dir`.
        topic_prefix: put before every topic name, so that several journals can share a cluster.
        output_partitions: of each decision topic that does not exist yet.
        instruments: a file of instruments to list at the start of the journal.
        rulesets: a folder of rulesets to publish there.
        clock_ms: after so long a silence the sequencer adds a clock entry, so that sessions end;
            0 for never, as for a recording whose days are over.
        ahead_s: an input whose time is further ahead of the clock than this is refused.
        engine: which engine decides; they give the same bytes.
        end_with_parent: end when the process that started this one is gone.
        retry_s: so long a flow waits for a database that went away.
        progress: when the progress of an account is reported.
        key_group_range: the key groups this process decides about, such as `0-31`; empty for all.
        recovery: folder of base files; without one a restart replays the journal from its start.
        base_s: so often a base is written.
        rebuild: leave bases that cannot be used aside, and replay the journal from its start.
        standby: follow, and write only when the process that does is gone.
        sample_share: of the accounts, which the reference engine judges as well; 0.01 is one in a
            hundred. A difference is an alarm.
        venues: a file of the venues where accounts trade.
        enforce_patience_s: so long a venue may fail without a break before an operator is asked.
        enforce_lease_s: so long a venue is kept for an enforce flow that went silent.
        inbound_host, inbound_port: where events from bridges are taken.
        audit_key: the key that signs checkpoints and bundles, or
        audit_key_file: a file that holds it.
    """

    log: str = ""
    topic_prefix: str = ""
    output_partitions: int = Field(default=1, ge=1, le=1024)
    instruments: Path | None = None
    rulesets: Path | None = None
    clock_ms: int = Field(default=1000, ge=0)
    ahead_s: int = Field(default=600, ge=0)
    end_with_parent: bool = False
    retry_s: int = Field(default=60, ge=0)
    engine: EngineKind = DEFAULT_ENGINE
    progress: ProgressKind = "boundary"
    key_group_range: str = ""
    recovery: Path | None = None
    base_s: float = Field(default=60.0, ge=0.05)
    rebuild: bool = False
    standby: bool = False
    sample_share: float = Field(default=0.0, ge=0, le=1)
    venues: Path | None = None
    enforce_patience_s: float = Field(default=300.0, ge=0)
    enforce_lease_s: float = Field(default=5.0, ge=0.1, le=600)
    inbound_host: str = "127.0.0.1"
    inbound_port: int = Field(default=8090, ge=1, le=65_535)
    audit_key: SecretStr | None = None
    audit_key_file: Path | None = None

    @property
    def log_url(self) -> str:
        """Where the log is."""
        if self.log:
            return self.log
        return f"kafka:{self.kafka}" if self.kafka else f"dir:{self.data_dir / 'log'}"

    def require_database(self) -> str:
        """Return the connection string.

        Raises:
            Failure: none is set.
        """
        if self.database_dsn is None:
            raise Failure("no database: set HIGHWATER_DATABASE_URL")
        return self.database_dsn

    def open_log(self) -> Log:
        """Open the log.

        Raises:
            Failure: its URL is wrong.
        """
        try:
            log = open_log(self.log_url)
        except LogError as error:
            raise Failure(str(error)) from None
        return PrefixedLog(log, self.topic_prefix) if self.topic_prefix else log


def load_settings(**given: object) -> FlowSettings:
    """Read the settings; what is given here, and is not None, goes before the environment.

    Raises:
        Failure: one of them is wrong.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return FlowSettings(**chosen)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"])
        raise Failure(f"setting {name}: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
