"""The events of a listener: those he missed, read from the log, then those that come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing

import orjson

from api.cursors import read_cursor, write_cursor
from api.hub import Event, Hub, Listener
from api.problems import Problem, bad_field
from connectors.log.abstract import Log, LogError, OffsetOutOfRange
from schemas.topics import BREACHES

_PAGE = 500
_PATIENCE_S = 2.0


def cursor_of(listener: Listener) -> str:
    """Write up to where he has been told everything."""
    return write_cursor(*(listener.offsets[one] for one in sorted(listener.offsets)))


def begin_at(hub: Hub, listener: Listener, cursor: str | None, path: str) -> None:
    """Set where a listener goes on: behind a cursor, or now.

    Raises:
        Problem: the cursor is none of this feed.
    """
    places = sorted(hub.positions)
    if cursor is None:
        listener.offsets = dict(hub.positions)
        return
    offsets = read_cursor(cursor, *(int for _ in places), path=path)
    listener.offsets = dict(zip(places, offsets, strict=True))
    if any(not 0 <= listener.offsets[one] <= hub.positions[one] for one in places):
        raise bad_field(path, "is no cursor of this feed")


async def missed(log: Log, hub: Hub, listener: Listener) -> AsyncIterator[Event]:
    """Yield what he missed and is not at hand; then he is added, with the rest in his mailbox.

    Raises:
        Problem: the log does not have it any more, or does not answer.
    """
    while gaps := hub.missing(listener.offsets):
        for partition, start, end in gaps:
            for event in await asyncio.to_thread(_read, log, partition, start, end):
                if listener.wants(event):
                    yield event
                listener.pass_by(partition, event.offset + 1)
    hub.resume(listener)


def take(listener: Listener) -> list[tuple[str, Event]]:
    """Empty his mailbox of events; return each with the cursor behind it."""
    taken = []
    while listener.events:
        event = listener.events.popleft()
        listener.pass_by(event.partition, event.offset + 1)
        taken.append((cursor_of(listener), event))
    return taken


def _read(log: Log, partition: int, start: int, end: int) -> list[Event]:
    try:
        with closing(log.reader(BREACHES, partition, start)) as reader:
            records = reader.read(min(_PAGE, end - start), _PATIENCE_S)
    except OffsetOutOfRange:
        raise Problem(410, "the log does not go back so far any more") from None
    except LogError:
        raise Problem(503, "the log does not answer", headers={"Retry-After": "1"}) from None
    if not records:
        raise Problem(503, "the log does not answer", headers={"Retry-After": "1"})
    return [_event(partition, record.offset, record.value) for record in records]


def _event(partition: int, offset: int, line: bytes) -> Event:
    value = orjson.loads(line)
    whose = value["account_id"], value["firm_id"], value["trader_id"]
    return Event(partition, offset, *whose, line)
