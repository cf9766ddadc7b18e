"""Around every request: a limit of size, headers for browsers, and counting."""

import time
from functools import lru_cache

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem, render

BODY_BYTES_MAX = 64 * 1024
REQUESTS = Counter(
    "highwater_api_requests_total", "requests answered, by route and status", ["route", "status"]
)
SECONDS = Histogram(
    "highwater_api_seconds",
    "time to answer a request, by route",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
)
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]


class Edge:
    """Pure ASGI, so that it costs next to nothing and leaves streams alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; sockets have limits of their own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > BODY_BYTES_MAX:
                raise HTTPException(413)
            return message

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *_HEADERS]
            await send(message)

        try:
            if _announced(scope) > BODY_BYTES_MAX:
                await render(Problem(413))(scope, receive, dressed)
                return
            await self._app(scope, limited, dressed)
        finally:
            # The route and never the path: that would make a series of every account.
            route = getattr(scope.get("route"), "path", "none")
            _count(route, status, time.perf_counter() - began)


# What a request says of its own size is believed where it says too much.
def _announced(scope: Scope) -> int:
    if scope["method"] == "GET":
        return 0
    sizes = (value for name, value in scope["headers"] if name == b"content-length")
    return max((int(size) for size in sizes if size.isdigit()), default=0)


def _count(route: str, status: int, seconds: float) -> None:
    requests, spent = _series(route, status)
    requests.inc()
    spent.observe(seconds)


# To look a series up by its labels costs more than to count.
@lru_cache(maxsize=1_024)
def _series(route: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(route, status), SECONDS.labels(route)
