"""Uvicorn's protocols with a patience that ends, for who sends slowly and who never reads.

A client that does not read is cut off once the server could not write for `STALLED_S`; until then
nothing more is read from it either, so that it cannot make answers pile up. A request has to be
there whole within `REQUEST_S`, and its head may not be endless.
"""

from asyncio import BaseTransport, TimerHandle, Transport
from http import HTTPStatus
from typing import cast

import orjson
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

STALLED_S = 10.0
REQUEST_S = 10.0
HEAD_BYTES_MAX = 64 * 1024
FRAGMENTS_MAX = 64


class PatientHttp(HttpToolsProtocol):
    """HTTP from clients that may be slow, or hostile."""

    _deadline: TimerHandle | None = None
    _stalled: TimerHandle | None = None
    _in_head = True
    _head_bytes = 0
    _complete = False

    def connection_made(self, transport: BaseTransport) -> None:
        """Expect a request."""
        super().connection_made(cast("Transport", transport))
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._calm()
        self._resumed()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came, unless it is a head without an end."""
        self._complete = False
        super().data_received(data)
        if self._in_head and not self._complete:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Expect the rest of it."""
        super().on_message_begin()
        self._expect()

    def on_headers_complete(self) -> None:
        """Note that the head had an end."""
        self._in_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Be content."""
        self._calm()
        self._in_head = self._complete = True
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over."""
        self._calm()
        super().handle_websocket_upgrade()

    def send_400_response(self, msg: str) -> None:
        """Say so in our form."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def pause_writing(self) -> None:
        """Wait for the client to read, but not for ever."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._resumed()
        super().resume_writing()

    def _expect(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(
                REQUEST_S, self._refuse, HTTPStatus.REQUEST_TIMEOUT
            )

    def _calm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _resumed(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    # Where an answer is on its way already, a second one would only garble it.
    def _refuse(self, status: HTTPStatus, detail: str = "") -> None:
        self._calm()
        if self.transport.is_closing():
            return
        cycle: RequestResponseCycle | None = self.cycle
        answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if not answering:
            problem = {"type": "about:blank", "title": status.phrase, "status": int(status)}
            body = orjson.dumps(problem | ({"detail": detail} if detail else {}))
            head = (
                f"HTTP/1.1 {status:d} {status.phrase}\r\ncontent-type: application/problem+json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()


class PatientSocket(WebSocketsSansIOProtocol):
    """A socket of a client that may be slow, or hostile."""

    _stalled: TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._resumed()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for the client to read, but not for ever, and do not listen to it meanwhile."""
        super().pause_writing()
        self.transport.pause_reading()
        if self._stalled is None:
            self._stalled = self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        self._resumed()
        if not self.read_paused:
            self.transport.resume_reading()
        super().resume_writing()

    def handle_cont(self, event: Frame) -> None:
        """Refuse a message in too many parts: each costs memory, also one of no bytes."""
        if len(self.frames) >= FRAGMENTS_MAX:
            self._fail(1009)
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Refuse text that is none."""
        try:
            if self.curr_msg_data_type == "text":
                b"".join(self.frames).decode()
        except UnicodeDecodeError:
            self._fail(1007)
            return
        super().send_receive_event_to_app()

    async def send(self, message: ASGISendEvent) -> None:
        """Tell the application that the client is gone, also where we have just closed it."""
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)

    def keepalive_timeout(self) -> None:
        """Let go of a client that does not answer pings, whatever it has not read yet."""
        self.transport.abort()

    def _fail(self, code: int) -> None:
        self.frames = []
        if not self.close_sent:
            self.conn.fail(code)
            self.handle_parser_exception()

    def _resumed(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
