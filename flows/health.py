"""Whether a flow is alive and ready, over HTTP, beside its metrics.

/metrics   in the format of Prometheus
/healthz   200 while the flow polls, 503 when it has not for `SILENT_S`: restart it
/readyz    200 when it has caught up with what there was at its start, else 503
"""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

SILENT_S = 90.0
"""Longer than a broker may be away before the flow gives up by itself."""


class Health:
    """What the flow says about itself.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beat_at = clock()
        self.ready = False

    def beat(self) -> None:
        """Say that the flow goes on."""
        self._beat_at = self._clock()

    @property
    def alive(self) -> bool:
        """Whether it went on a while ago."""
        return self._clock() - self._beat_at < SILENT_S


HEALTH = Health()
"""That of the flow of this process."""


class Served(NamedTuple):
    """A server and its thread."""

    server: WSGIServer
    thread: threading.Thread

    def close(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing: whoever asks every second would fill the log."""


def serve(host: str, port: int, health: Health) -> Served:
    """Serve from a thread of its own; raises `OSError` when the address cannot be used."""
    metrics = make_wsgi_app()

    def answer(environ: Any, start: Any) -> Iterable[bytes]:
        good = {"/healthz": health.alive, "/readyz": health.ready}.get(environ["PATH_INFO"])
        if good is None:
            found: Iterable[bytes] = metrics(environ, start)
            return found
        start("200 OK" if good else "503 Service Unavailable", [("Content-Type", "text/plain")])
        return [b"ok\n" if good else b"not yet\n"]

    server = make_server(host, port, answer, ThreadingWSGIServer, _Quiet)
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    return Served(server, thread)
