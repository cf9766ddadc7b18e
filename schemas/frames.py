"""Frames: the journal in contiguous pieces, columnar for ticks and one by one for events.

Layout of the bytes (version 1, all numbers little-endian): the magic `HWF1`, a `uint32` length
of the header, the header (JSON, padded with blanks to a multiple of 8), then the columns
`ts, bid, ask, last` (`int64`) and `tick_at, tick_symbol` (`int32`), then the events as one JSON
list of their original objects.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from schemas import json_text
from schemas.events import Event, event_json, parse_event

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]

MAGIC = b"HWF1"
NO_PRICE = -1  # in `last`: the tick has none
_START = struct.Struct("<4sI")
_INT64 = np.dtype("<i8")
_INT32 = np.dtype("<i4")


@dataclass(frozen=True, slots=True)
class FrameEvent:
    """An event at its place in a frame.

    Attributes:
        at: index in the frame, from 0.
        event: the event; `event.ts` is its own time.
        late_ts: its own time when that was earlier than the entry before, else `None`.
        original: the JSON object it was read from, kept for the evidence.
    """

    at: int
    event: Event
    late_ts: int | None = None
    original: Mapping[str, object] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One contiguous piece of the journal. Arrays are not to be written to.

    Attributes:
        first: position of its first entry in the journal, from 1.
        ts: int64[n], effective time of every entry, ns since the epoch, never decreasing.
        tick_at: int32[k], index in the frame of each tick, ascending.
        tick_symbol: int32[k], number of the instrument.
        bid, ask, last: int64[k], in 10^-price_digits of the instrument; no `last` is `NO_PRICE`.
        events: everything else, in order.
        late: index in the frame -> own time, ns, of each tick that came late; sparse.
        sources: by source name, the offsets [from, to) the frame was made of; empty for files.
    """

    first: int
    ts: Int64s
    tick_at: Int32s
    tick_symbol: Int32s
    bid: Int64s
    ask: Int64s
    last: Int64s
    events: tuple[FrameEvent, ...] = ()
    sources: dict[str, tuple[int, int]] = field(default_factory=dict)
    late: dict[int, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """The number of entries."""
        return len(self.ts)

    @property
    def end(self) -> int:
        """The position after the last entry: where the next frame starts."""
        return self.first + len(self.ts)

    def check(self) -> "Frame":
        """Return the frame itself after making sure that it keeps its promises.

        Raises:
            ValueError: columns of unequal length, time going back, or indices that do not
                cover every entry exactly once.
        """
        ticks = len(self.tick_at)
        if any(
            len(column) != ticks for column in (self.tick_symbol, self.bid, self.ask, self.last)
        ):
            raise ValueError("frame: tick columns differ in length")
        if self.first < 1 or ticks + len(self.events) != self.n:
            raise ValueError("frame: ticks and events do not add up to its entries")
        if self.n > 1 and bool((self.ts[1:] < self.ts[:-1]).any()):
            raise ValueError("frame: time goes back")
        covered = np.zeros(self.n, np.bool_)
        events_at = np.fromiter((item.at for item in self.events), np.int64, len(self.events))
        for places in (self.tick_at, events_at):
            if len(places) and (places[0] < 0 or places[-1] >= self.n):
                raise ValueError("frame: an index is outside of it")
            if bool((places[1:] <= places[:-1]).any()):
                raise ValueError("frame: indices do not ascend")
            covered[places] = True
        if not bool(covered.all()):
            raise ValueError("frame: a tick and an event share an index")
        if self.late and not self.late.keys() <= set(self.tick_at.tolist()):
            raise ValueError("frame: something other than a tick is marked late")
        return self

    def encode(self) -> bytes:
        """Write the frame as bytes; equal frames give equal bytes."""
        events = json_text.dumps([_event_object(item) for item in self.events])
        header = {
            "v": 1,
            "first": self.first,
            "n": self.n,
            "k": len(self.tick_at),
            "at": [item.at for item in self.events],
            "late": [item.late_ts for item in self.events],
            "sources": self.sources,
            "late_ticks": list(self.late.items()),
        }
        head = orjson.dumps(header, option=orjson.OPT_SORT_KEYS)
        head += b" " * (-len(head) % 8)
        longs = (self.ts, self.bid, self.ask, self.last)
        shorts = (self.tick_at, self.tick_symbol)
        parts = [np.ascontiguousarray(column, _INT64).tobytes() for column in longs]
        parts.extend(np.ascontiguousarray(column, _INT32).tobytes() for column in shorts)
        return b"".join([_START.pack(MAGIC, len(head)), head, *parts, events])

    @classmethod
    def decode(cls, data: bytes) -> "Frame":
        """Read a frame; its columns are read-only views of `data`.

        Raises:
            ValueError: not a frame of version 1, cut short, or with a bad event in it. The
                journal holds accepted entries only, so this is a broken invariant.
        """
        header, offset = _header(data)
        n, k = header["n"], header["k"]
        lengths = ((n, _INT64), (k, _INT64), (k, _INT64), (k, _INT64), (k, _INT32), (k, _INT32))
        if len(data) < offset + 8 * n + 32 * k:
            raise ValueError("frame: cut short")
        columns: list[NDArray[Any]] = []
        for length, kind in lengths:
            columns.append(np.frombuffer(data, kind, length, offset))
            columns[-1].flags.writeable = False
            offset += length * kind.itemsize
        ts, bid, ask, last, tick_at, tick_symbol = columns
        events = _events(header, data[offset:])
        sources = {name: (start, end) for name, (start, end) in header["sources"].items()}
        late = dict(header["late_ticks"])
        return cls(header["first"], ts, tick_at, tick_symbol, bid, ask, last, events, sources, late)


def kept_events(data: bytes) -> list[tuple[int, int, Mapping[str, Any]]]:
    """Return position, effective time and original object of each event of an encoded frame.

    For whoever wants a few of the events as they came: nothing of them is checked again.
    """
    header, offset = _header(data)
    if not header["at"]:
        return []
    n, k = header["n"], header["k"]
    ts = np.frombuffer(data, _INT64, n, offset)
    objects: Any = json_text.loads(data[offset + 8 * n + 32 * k :])
    places = zip(header["at"], objects, strict=True)
    return [(header["first"] + at, int(ts[at]), value) for at, value in places]


class FrameBuilder:
    """Collects entries in journal order and builds a frame of them.

    Args:
        first: position of the first entry, from 1.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self._ts: list[int] = []
        self._tick_at: list[int] = []
        self._ticks: list[tuple[int, int, int, int]] = []
        self._events: list[FrameEvent] = []
        self._late: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._ts)

    def append_tick(  # noqa: PLR0917 - the columns in the order of `Frame`
        self,
        ts: int,
        symbol_id: int,
        bid: int,
        ask: int,
        last: int = NO_PRICE,
        late_ts: int | None = None,
    ) -> None:
        """Add a tick; prices in 10^-price_digits of its instrument, `late_ts` as for an event."""
        if late_ts is not None:
            self._late[len(self._ts)] = late_ts
        self._tick_at.append(len(self._ts))
        self._ts.append(ts)
        self._ticks.append((symbol_id, bid, ask, last))

    def append_event(
        self,
        ts: int,
        event: Event,
        late_ts: int | None = None,
        original: Mapping[str, object] | None = None,
    ) -> None:
        """Add an event at its effective time; `late_ts` is its own time when it was late."""
        self._events.append(FrameEvent(len(self._ts), event, late_ts, original))
        self._ts.append(ts)

    def build(self, sources: Mapping[str, tuple[int, int]] | None = None) -> Frame:
        """Make the frame of what was added.

        Raises:
            ValueError: time went back.
        """
        ticks = np.array(self._ticks, np.int64).reshape(-1, 4)
        return frame_from_columns(
            self.first,
            np.array(self._ts, np.int64),
            np.array(self._tick_at, np.int32),
            ticks[:, 0].astype(np.int32),
            ticks[:, 1].copy(),
            ticks[:, 2].copy(),
            ticks[:, 3].copy(),
            self._events,
            sources,
            self._late,
        )


def frame_from_columns(  # noqa: PLR0917 - the columns in the order of `Frame`
    first: int,
    ts: Int64s,
    tick_at: Int32s,
    tick_symbol: Int32s,
    bid: Int64s,
    ask: Int64s,
    last: Int64s | None = None,
    events: Sequence[FrameEvent] = (),
    sources: Mapping[str, tuple[int, int]] | None = None,
    late: Mapping[int, int] | None = None,
) -> Frame:
    """Make a checked frame of whole columns; the shapes are those of `Frame`.

    Raises:
        ValueError: the columns do not fit together.
    """
    if last is None:
        last = np.full(len(bid), NO_PRICE, np.int64)
    return Frame(
        first,
        ts,
        tick_at,
        tick_symbol,
        bid,
        ask,
        last,
        tuple(events),
        dict(sources or {}),
        dict(late or {}),
    ).check()


def _event_object(item: FrameEvent) -> Mapping[str, object]:
    return item.original if item.original is not None else event_json(item.event)


def _header(data: bytes) -> tuple[dict[str, Any], int]:
    if len(data) < _START.size or data[:4] != MAGIC:
        raise ValueError("frame: not a frame of version 1")
    _, length = _START.unpack_from(data)
    offset = _START.size + length
    header = orjson.loads(data[_START.size : offset])
    if header["v"] != 1:
        msg = f"frame: unknown version {header['v']}"
        raise ValueError(msg)
    return header, offset


def _events(header: Mapping[str, Any], data: bytes) -> tuple[FrameEvent, ...]:
    if not header["at"] and data == b"[]":
        return ()
    objects = json_text.loads(data)
    assert isinstance(objects, list), "frame: events are a list"
    return tuple(
        FrameEvent(at, parse_event(value), late, value)
        for at, late, value in zip(header["at"], header["late"], objects, strict=True)
    )
