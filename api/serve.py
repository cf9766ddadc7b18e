"""Runs the API: uvicorn around the application, with the limits that keep slow clients bounded."""

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import uvicorn

from api.app import make_app
from api.protocols import PatientHttp, PatientSocket
from api.service import Service, make_service, running
from connectors.log.abstract import Log
from schemas.settings import Settings

FRAME_BYTES_MAX = 16 * 1024
_BACKLOG = 2_048
_SEND_BYTES = 128 * 1024
# The thread that reads the log may keep the event loop waiting for so long; 5 ms is the default.
_SWITCH_S = 0.001


def serve(
    settings: Settings,
    dsn: str,
    log: Log,
    began: Callable[[int], None],
    export: Sequence[str] = (),
) -> None:
    """Serve until asked to end.

    Args:
        settings: where, and for whom.
        dsn: the database, by a user who may act as `hw_api`.
        log: where the decision topics are.
        began: called with the port as soon as requests are answered.
        export: the command that makes bundles; empty where there is no key.

    Raises:
        OSError: the address cannot be used.
        psycopg.Error: the database does not answer, or has no tables.
        LogError: the log does not answer, or is not the one the database follows.
    """
    sys.setswitchinterval(_SWITCH_S)
    with closing(_listen(settings)) as listener:
        service = make_service(settings, dsn, log, export)
        config = _config(service)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(_serve(service, config, listener, began))
    if service.failure is not None:
        raise service.failure


async def _serve(
    service: Service, config: uvicorn.Config, listener: socket.socket, began: Callable[[int], None]
) -> None:
    server = _Server(config)
    async with running(service):
        service.ends = lambda: setattr(server, "should_exit", True)
        _end_when_asked(service)
        began(listener.getsockname()[1])
        await server.serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Leaves signals alone: uvicorn's way ends the process by the signal, and not with code 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


def _end_when_asked(service: Service) -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, service.ends)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.api_host else socket.AF_INET
    place = (settings.api_host, settings.api_port)
    listener = socket.create_server(place, family=family, backlog=_BACKLOG)
    # Connections inherit it; else the system would keep megabytes for each client that does not
    # read, and the server would be busy filling them.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
    return listener


def _config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        make_app(service),
        lifespan="off",
        http=PatientHttp,
        ws=PatientSocket,
        ws_max_size=FRAME_BYTES_MAX,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=3,
    )
