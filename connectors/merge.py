"""Many files into one journal: frames in the contract's order, and the dead letters between.

Each file keeps its own order. Across files the order is time, then account events before ticks,
then the order the files were given in. Ticks move in bulk: whatever the shortest batch at hand
covers is concatenated, sorted once (stable, so that ties keep the files' order) and cut into
frames. What comes out does not depend on where batches or frames end.

Source: contract section 2, "Order".
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from connectors.event_file import EventBatch, EventFile
from connectors.recording.batch import Int64s, TickBatch, TickFile
from schemas.dead_letters import DeadLetter
from schemas.frames import Frame, FrameEvent, frame_from_columns

ItemT = TypeVar("ItemT")
FRAME_ROWS = 65_536
_NOTHING = TickBatch.empty()


class Placed(NamedTuple):
    """A refused row, and the journal position of the good entry of its file before it (or 0)."""

    position: int
    letter: DeadLetter


class EventOrigin(NamedTuple):
    """Where an event of a frame was read."""

    source: str
    line: int
    raw: bytes


class Merged(NamedTuple):
    """A piece of the journal.

    Attributes:
        frame: its entries; ``None`` when only rows were refused.
        letters: the rows refused around them, by position, then in the order of their file.
        origins: by position, where each event of the frame was read.
    """

    frame: Frame | None
    letters: list[Placed]
    origins: dict[int, EventOrigin]


class _Cursor:
    """One file: the batch at hand, and how much of it is in the journal already."""

    def __init__(self, rank: int, file: EventFile | TickFile) -> None:
        self.rank = rank
        self.name = file.name
        self.position = 0  # of its last entry in the journal
        self.taken = 0
        self.batch: EventBatch | TickBatch = _NOTHING
        self._batches: Iterator[EventBatch | TickBatch] = iter(file.batches())

    @property
    def left(self) -> Int64s:
        return self.batch.ts[self.taken :]

    def refill(self) -> Iterator[list[Placed]]:
        """Read on to the next good entry; yield what was refused on the way."""
        while self.taken == len(self.batch.ts):
            batch = next(self._batches, None)
            self.batch, self.taken = _NOTHING if batch is None else batch, 0
            first = [letter for after, letter in self.batch.letters if after == 0]
            if first:
                yield [Placed(self.position, letter) for letter in first]
            if batch is None:
                return

    def through(self, ts: int, rank: int) -> int:
        """Return where in the batch the entries end that come no later than one of another file."""
        times = self.batch.ts
        if self.rank <= rank:
            return int(np.searchsorted(times, ts, "right"))
        return int(np.searchsorted(times, ts, "left"))


def merge(
    events: Sequence[EventFile], ticks: Sequence[TickFile], frame_rows: int = FRAME_ROWS
) -> Iterator[Merged]:
    """Merge files, each in its own order, into frames of up to ``frame_rows`` entries.

    Raises:
        BadFile: a file cannot be read (any further).
    """
    files: list[EventFile | TickFile] = [*events, *ticks]
    cursors = [_Cursor(rank, file) for rank, file in enumerate(files)]
    position = 1
    while True:
        for cursor in cursors:
            for letters in cursor.refill():
                yield Merged(None, letters, {})
        cursors = [cursor for cursor in cursors if len(cursor.left)]
        if not cursors:
            return
        horizon = min((int(cursor.left[-1]), cursor.rank) for cursor in cursors)
        stretch = _Stretch(cursors, horizon, position)
        yield from stretch.frames(frame_rows)
        position += stretch.size


class _Sparse(Generic[ItemT]):
    """Items by their place in a stretch; several may share one and keep their order."""

    def __init__(self, items: list[tuple[int, ItemT]]) -> None:
        self._items = sorted(items, key=lambda item: item[0])
        self._places = [place for place, _ in self._items]

    def between(self, start: int, end: int) -> list[tuple[int, ItemT]]:
        low, high = bisect_left(self._places, start), bisect_left(self._places, end)
        return self._items[low:high]


class _Part(NamedTuple):
    """The entries of one file in a stretch."""

    cursor: _Cursor
    batch: EventBatch | TickBatch
    start: int
    end: int


class _Stretch:
    """Everything at hand up to a horizon, in order; takes it from the cursors."""

    def __init__(self, cursors: Sequence[_Cursor], horizon: tuple[int, int], first: int) -> None:
        self._first = first
        self._parts = []
        for cursor in cursors:
            end = cursor.through(*horizon)
            if end > cursor.taken:
                self._parts.append(_Part(cursor, cursor.batch, cursor.taken, end))
        ts = np.concatenate([part.batch.ts[part.start : part.end] for part in self._parts])
        self.size = len(ts)
        order = np.argsort(ts, kind="stable")
        place = np.empty(self.size, np.int64)
        place[order] = np.arange(self.size)
        self._ts: Int64s = ts[order]
        lengths = [part.end - part.start for part in self._parts]
        self._places = np.split(place, np.cumsum(lengths)[:-1])
        self._gather()
        for part, places in zip(self._parts, self._places, strict=True):
            part.cursor.taken = part.end
            part.cursor.position = first + int(places[-1])

    # Collects, by place in the stretch: tick columns, late ticks, events, and refused rows.
    def _gather(self) -> None:
        tick_places, columns = [], []
        late, events, letters = [], [], []
        for part, places in zip(self._parts, self._places, strict=True):
            batch, start, end = part.batch, part.start, part.end
            if isinstance(batch, TickBatch):
                tick_places.append(places)
                ticks = (batch.symbol, batch.bid, batch.ask, batch.last)
                columns.append([column[start:end].astype(np.int64) for column in ticks])
                late += [
                    (int(places[at - start]), own)
                    for at, own in batch.late.items()
                    if start <= at < end
                ]
            else:
                found = zip(places.tolist(), batch.events[start:end], strict=True)
                events += [(place, (part.cursor.name, read)) for place, read in found]
            letters += [
                (int(places[after - 1 - start]), letter)
                for after, letter in batch.letters
                if start < after <= end
            ]
        self._late, self._events, self._letters = _Sparse(late), _Sparse(events), _Sparse(letters)
        self._order_ticks(tick_places, columns)

    def _order_ticks(self, tick_places: list[Int64s], columns: list[list[Int64s]]) -> None:
        at = np.concatenate(tick_places or [np.zeros(0, np.int64)])
        order = np.argsort(at, kind="stable")
        self._tick_at: Int64s = at[order]
        whole = [np.concatenate(column) for column in zip(*columns, strict=True)]
        self._ticks = [column[order] for column in whole or [at, at, at, at]]

    def frames(self, rows: int) -> Iterator[Merged]:
        """Cut the stretch."""
        for start in range(0, self.size, rows):
            yield self._frame(start, min(start + rows, self.size))

    def _frame(self, start: int, end: int) -> Merged:
        first = self._first + start
        low, high = np.searchsorted(self._tick_at, (start, end)).tolist()
        symbol, bid, ask, last = (column[low:high] for column in self._ticks)
        events = self._events.between(start, end)
        frame = frame_from_columns(
            first,
            self._ts[start:end],
            (self._tick_at[low:high] - start).astype(np.int32),
            symbol.astype(np.int32),
            bid,
            ask,
            last,
            [
                FrameEvent(at - start, read.event, read.late_ts, read.original)
                for at, (_, read) in events
            ],
            late={at - start: own for at, own in self._late.between(start, end)},
        )
        letters = [Placed(self._first + at, item) for at, item in self._letters.between(start, end)]
        origins = {
            self._first + at: EventOrigin(name, read.line, read.raw) for at, (name, read) in events
        }
        return Merged(frame, letters, origins)
