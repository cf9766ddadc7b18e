"""A demo that is over, brought back for the API: its log, and its database made of it again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bytewax.testing import run_main  # the single-worker runner

from connectors.embedded import NoEmbeddedDatabase, embedded_postgres
from flows.audit.keys import make_key
from flows.commands.db import migrate
from flows.failures import EXIT_NO_SERVICE, Failure
from flows.logging import configure_logging
from flows.options import FlowSettings
from flows.persist import persist_flow
from flows.stopping import Stop
from sinks.api_keys import create_key
from sinks.postgres import is_unused

KEY_FILE = "api-key"
_AUDIT_KEY_FILE = "audit.key"


@contextmanager
def served_demo(folder: Path) -> Iterator[dict[str, object]]:
    """Start its database, fill it, and leave a key for the API in the file `api-key`.

    Yields:
        The settings under which it is served.

    Raises:
        Failure: there is no demo, or no embedded database.
    """
    folder = folder.resolve()
    if not (folder / "log").is_dir():
        raise Failure(f"{folder}: holds no demo; make one: highwater demo --data-dir {folder}")
    configure_logging("warning")
    try:
        with embedded_postgres(folder / "postgres") as dsn:
            found: dict[str, object] = {"log": f"dir:{folder / 'log'}", "database_url": dsn}
            migrate(dsn)
            # A demo in a temporary directory leaves its log, and its database not.
            _persist(FlowSettings(**found), anew=is_unused(dsn))  # type: ignore[arg-type]
            key = create_key(dsn, "demo", "risk", "*", days=30)
            _keep(folder / KEY_FILE, key)
            yield found | {"audit_key_file": _audit_key(folder)}
    except NoEmbeddedDatabase as error:
        raise Failure(str(error), EXIT_NO_SERVICE) from None


def _persist(settings: FlowSettings, *, anew: bool) -> None:
    stop = Stop()
    stop.drained = True
    with ExitStack() as stack:
        flow = persist_flow(settings.open_log(), settings, stop, stack, replay=anew)
        run_main(flow)  # type: ignore[no-untyped-call]


# A demo's proofs are signed by a key of its own.
def _audit_key(folder: Path) -> Path:
    path = folder / _AUDIT_KEY_FILE
    if not path.exists():
        make_key("demo.example/highwater", path)
    return path


# Nobody else may read it.
def _keep(path: Path, key: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(key + "\n", encoding="utf-8")
