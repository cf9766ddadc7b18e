"""Where a demo takes place: a directory, a database, the topics."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from connectors.embedded import NoEmbeddedDatabase, embedded_postgres
from flows.commands.db import migrate
from flows.failures import EXIT_NO_SERVICE, Failure
from sinks.postgres import is_unused


class Stage(NamedTuple):
    """A directory and a database that nobody used before.

    Attributes:
        folder: everything is below it.
        dsn: the database, migrated.
        embedded: whether the database ends with the demo.
    """

    folder: Path
    dsn: str
    embedded: bool

    @property
    def log_url(self) -> str:
        """The local log."""
        return f"dir:{self.folder / 'log'}"

    @property
    def files(self) -> Path:
        """The inputs as files."""
        return self.folder / "files"


@contextmanager
def set_stage(data_dir: Path | None, dsn: str | None) -> Iterator[Stage]:
    """Prepare everything; a database of our own ends with the context, the files stay.

    Args:
        data_dir: an empty directory, or one to be made; by default a temporary one.
        dsn: an existing database; by default one of our own.

    Raises:
        Failure: the directory or the database is in use, or there is no database.
    """
    folder = _folder(data_dir)
    if dsn is not None:
        migrate(dsn)
        _check_unused(dsn)
        yield Stage(folder, dsn, embedded=False)
        return
    place = folder / "postgres"
    try:
        with embedded_postgres(place) as own:
            migrate(own)
            yield Stage(folder, own, embedded=True)
    except NoEmbeddedDatabase as error:
        message = f"{error}; or set HIGHWATER_DATABASE_URL"
        raise Failure(message, EXIT_NO_SERVICE) from None
    finally:
        if data_dir is None:
            shutil.rmtree(place, ignore_errors=True)  # large, and of no use without its server


def _folder(data_dir: Path | None) -> Path:
    if data_dir is None:
        return Path(tempfile.mkdtemp(prefix="highwater-demo-"))
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if any(data_dir.iterdir()):
            raise Failure(f"{data_dir}: is not empty, and a demo starts from nothing")
    except OSError as error:
        raise Failure(f"{data_dir}: {(error.strerror or 'cannot be used').lower()}") from None
    return data_dir.resolve()


def _check_unused(dsn: str) -> None:
    if not is_unused(dsn):
        raise Failure(
            "the database of HIGHWATER_DATABASE_URL follows another log already; the demo needs "
            "an empty one, or none set for one of its own"
        )
