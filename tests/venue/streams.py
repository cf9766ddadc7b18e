"""The test venue's public sockets, in the words of Binance USD-M futures."""

import asyncio
import time
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

WS_HOST = "wss://fstream.binance.com"
"""What the addresses of the real sockets begin with."""


class Streams:
    """Who listens, and what tests let the venue say to them."""

    def __init__(self) -> None:
        self._sockets: dict[WebSocket, set[str]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connections = 0
        self.refuse = False

    def mount(self, app: FastAPI) -> None:
        for path in ("/ws/{rest:path}", "/{kind}/ws", "/{kind}/ws/{rest:path}"):
            app.add_api_websocket_route(path, self._serve)

    async def _serve(self, socket: WebSocket) -> None:
        if self.refuse:
            await socket.close()
            return
        self._loop = asyncio.get_running_loop()
        await socket.accept()
        self.connections += 1
        # A user's stream is named by its key, and nobody need subscribe to it.
        key = socket.query_params.get("listenKey")
        self._sockets[socket] = {key} if key else set()
        try:
            while True:
                said = await socket.receive_json()
                if said.get("method") == "SUBSCRIBE":
                    self._sockets[socket] |= set(said["params"])
                await socket.send_json({"result": None, "id": said.get("id")})
        except (WebSocketDisconnect, RuntimeError):
            pass
        finally:
            self._sockets.pop(socket, None)

    def subscribed(self, stream: str) -> bool:
        return any(stream in streams for streams in list(self._sockets.values()))

    def wait_for(self, stream: str, limit_s: float = 30.0) -> None:
        deadline = time.monotonic() + limit_s
        while not self.subscribed(stream):
            assert time.monotonic() < deadline, f"nobody subscribed to {stream}"
            time.sleep(0.01)

    def say(self, stream: str, *messages: object) -> None:
        """Send to whoever subscribed, one after the other, without a pause."""
        self._do(self._say(stream, messages))

    def soon(self, stream: str, *messages: object) -> None:
        """The same, from any thread, without waiting for it."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._say(stream, messages), self._loop)

    def hang_up(self) -> None:
        self._do(self._hang_up())

    def _do(self, what) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _say(self, stream: str, messages) -> None:
        for socket, streams in list(self._sockets.items()):
            if stream in streams:
                for message in messages:
                    await socket.send_json(message)

    async def _hang_up(self) -> None:
        for socket in list(self._sockets):
            with suppress(RuntimeError):
                await socket.close()


def book_ticker(symbol: str, bid: str, ask: str, at_ms: int | None = None) -> dict:
    at = round(time.time() * 1000) if at_ms is None else at_ms
    prices = {"b": bid, "B": "1.000", "a": ask, "A": "2.000"}
    return {"e": "bookTicker", "u": 1, "s": symbol, **prices, "T": at, "E": at}


def mark_price(symbol: str, price: str, at_ms: int | None = None) -> dict:
    at = round(time.time() * 1000) if at_ms is None else at_ms
    more = {"i": price, "P": price, "r": "0.0001", "T": at}
    return {"e": "markPriceUpdate", "E": at, "s": symbol, "p": price, **more}
