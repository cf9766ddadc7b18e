"""The breach feed: server-sent events, resumed by `Last-Event-ID`."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from api import feed
from api.access.caller import Reader
from api.access.principal import ANY
from api.hub import Event, Listener
from api.problems import Problem
from api.routes.accounts import Shared
from api.service import Service
from api.shapes import Asked, Cursor, Id

router = APIRouter(tags=["live"])

HEARTBEAT_S = 15.0


class FeedAsked(Asked):
    """Which events."""

    firm: Id | None = None
    account: Id | None = None
    cursor: Cursor | None = Field(None, description="begin behind it; `Last-Event-ID` goes before")


@router.get(
    "/v1/feed/breaches",
    response_class=Response,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def follow_breaches(
    asked: Annotated[FeedAsked, Query()],
    caller: Reader,
    service: Shared,
    last_event_id: Annotated[str | None, Header(max_length=512)] = None,
) -> Response:
    """Follow breaches and passed phases; each event's id is the cursor behind it."""
    if len(service.hub) >= service.settings.api_sockets:
        raise Problem(503, "too many followers", headers={"Retry-After": "5"})
    listener = Listener(caller, asked.firm or ANY, asked.account, states=False)
    feed.begin_at(service.hub, listener, last_event_id or asked.cursor, "header.last-event-id")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    stream = _stream(service, listener)
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _stream(service: Service, listener: Listener) -> AsyncIterator[bytes]:
    yield f"id: {feed.cursor_of(listener)}\nevent: hello\ndata: {{}}\n\n".encode()
    try:
        async for event in feed.missed(service.log, service.hub, listener):
            listener.pass_by(event.partition, event.offset + 1)
            yield _text(feed.cursor_of(listener), event)
        # One who is too slow is let go; he comes back behind the last event he got.
        while not listener.cut_off and listener.principal.expires > time.time():
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await listener.wake.wait()
            except TimeoutError:
                yield b": still here\n\n"
            listener.wake.clear()
            for cursor, event in feed.take(listener):
                yield _text(cursor, event)
    except Problem as problem:
        yield b"event: problem\ndata: " + orjson.dumps(problem.detail) + b"\n\n"
    finally:
        service.hub.remove(listener)


def _text(cursor: str, event: Event) -> bytes:
    kind = b"breach" if b'"type":"breach"' in event.line else b"phase.passed"
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (cursor.encode(), kind, event.line)
