"""Gathers from a journal what concerns one account: its events, and the ticks that might.

The ticks are those of every instrument the account ever traded, and of the conversions of these.
They are kept in columns: `thin.py` chooses the few that mattered.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flows.audit.case import needed
from rules.api import NEVER
from schemas.errors import InputError
from schemas.events import AccountEvent, Clock, Event, InstrumentListed
from schemas.frames import NO_PRICE, Frame, FrameEvent, frame_from_columns
from schemas.instruments import InstrumentTable

_COLUMNS = ("position", "ts", "symbol", "bid", "ask", "last")
Columns = NDArray[np.int64]  # a row for each of `_COLUMNS`


class Other(NamedTuple):
    """An event at its place in the journal; `None` where only time passes."""

    position: int
    ts: int
    event: Event | None


@dataclass
class Gathered:
    """One account's part of a journal.

    Attributes:
        table: every instrument listed in it, numbered as its ticks are.
        ticks: int64[6, k]: position, effective time, number of the instrument, bid, ask, last.
        late: position -> own time, ns, of ticks that came late.
        others: events and moments, by position.
        symbols: names of the instruments of the ticks.
    """

    table: InstrumentTable
    ticks: Columns
    late: dict[int, int]
    others: list[Other]
    symbols: set[str]

    def compact(self) -> tuple[Frame, NDArray[np.int64]]:
        """Return it as a journal of its own, and for each entry its position in the real one."""
        at = np.array([other.position for other in self.others], np.int64)
        positions = np.concatenate([self.ticks[0], at])
        order = np.argsort(positions, kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        ts = np.concatenate([self.ticks[1], np.array([o.ts for o in self.others], np.int64)])[order]
        ticks = place[: self.ticks.shape[1]]
        events = [
            _as_event(int(index), other)
            for index, other in zip(place[self.ticks.shape[1] :], self.others, strict=True)
        ]
        where = dict(zip(self.ticks[0].tolist(), ticks.tolist(), strict=True)) if self.late else {}
        bid, ask, last = self.ticks[3:]
        frame = frame_from_columns(
            1,
            ts,
            ticks.astype(np.int32),
            self.ticks[2].astype(np.int32),
            bid,
            ask,
            last,
            events,
            late={where[position]: own for position, own in self.late.items()},
        )
        return frame, positions[order]


def gather(
    frames: Iterable[Frame],
    table: InstrumentTable,
    account_id: str,
    refused: Collection[int],
    *,
    instants: Collection[int] = (),
    until: int = NEVER,
    until_ts: int = NEVER,
) -> Gathered:
    """Read a journal and keep what concerns an account.

    Args:
        frames: the journal.
        table: instruments listed from its start.
        account_id: the account.
        refused: positions of refused entries; time does not end with one of them.
        instants: of the account's sessions and timers, ns: the first entry at or after each is
            kept as a moment.
        until: position after the last entry to look at.
        until_ts: time of the last entries to look at, ns.
    """
    gathering = _Gathering(table.copy(), account_id, set(refused), sorted(instants))
    for frame in frames:
        rows = min(int(frame.ts.searchsorted(until_ts, "right")), until - frame.first)
        gathering.take(frame, rows)
        if rows < frame.n:
            break
    return gathering.gathered()


@dataclass
class _Gathering:
    table: InstrumentTable
    account_id: str
    refused: set[int]
    instants: list[int]
    wanted: set[int] = field(default_factory=set)
    traded: set[str] = field(default_factory=set)
    carried: dict[int, Columns] = field(default_factory=dict)
    pieces: list[Columns] = field(default_factory=list)
    late: dict[int, int] = field(default_factory=dict)
    others: list[Other] = field(default_factory=list)
    seen_ts: int = -1
    end: tuple[int, int] = (0, 0)

    def take(self, frame: Frame, rows: int) -> None:
        """Keep what concerns the account in the first `rows` entries of a frame."""
        if rows <= 0:
            return
        before = set(self.wanted)
        for item in frame.events:
            if item.at < rows:
                self._event(frame, item)
        self._moments(frame, rows)
        count = int(frame.tick_at.searchsorted(rows))
        columns = _columns(frame, count)
        self._carry(columns, self.wanted - before)
        keep = np.isin(columns[2], list(self.wanted))
        if keep.any():
            self.pieces.append(columns[:, keep])
        kept = set(columns[0, keep].tolist()) if frame.late else set()
        self.late |= {
            frame.first + at: own for at, own in frame.late.items() if frame.first + at in kept
        }
        self.seen_ts = int(frame.ts[rows - 1])
        accepted = (row for row in reversed(range(rows)) if frame.first + row not in self.refused)
        row = next(accepted, None)
        if row is not None:
            self.end = frame.first + row, int(frame.ts[row])

    def gathered(self) -> Gathered:
        """Return what was kept."""
        none = np.zeros((len(_COLUMNS), 0), np.int64)
        ticks = np.concatenate([none, *self.pieces], axis=1)
        ticks = ticks[:, np.argsort(ticks[0], kind="stable")]
        taken = {*ticks[0].tolist(), *(item.position for item in self.others if item.event)}
        moments = {item for item in [*self.others, Other(*self.end, None)] if not item.event}
        free = {item for item in moments if 0 < item.position <= self.end[0]}
        others = [item for item in self.others if item.event]
        others += [item for item in free if item.position not in taken]
        symbols = {self.table.by_id(number).symbol for number in self.wanted}
        others.sort(key=lambda item: item.position)
        return Gathered(self.table, ticks, self.late, others, symbols)

    def _event(self, frame: Frame, item: FrameEvent) -> None:
        event = item.event
        if isinstance(event, InstrumentListed):
            self._list(event)
        elif isinstance(event, Clock):
            return  # of everybody: it is kept where it is the account's moment
        elif isinstance(event, AccountEvent):
            if event.account_id != self.account_id:
                return
            symbol = getattr(event, "symbol", None)  # of an order, too: it must be listed
            if isinstance(symbol, str) and symbol in self.table:
                self._want(symbol)
        position = frame.first + item.at
        self.others.append(Other(position, int(frame.ts[item.at]), event))

    def _list(self, event: InstrumentListed) -> None:
        try:
            self.table.add(event.instrument)
        except InputError:
            return  # the engine refuses it likewise

    def _want(self, symbol: str) -> None:
        if symbol not in self.traded:
            self.traded.add(symbol)
            concerned = needed(self.table, {symbol})
            self.wanted |= {self.table.index[instrument.symbol] for instrument in concerned}

    def _moments(self, frame: Frame, rows: int) -> None:
        low = bisect_left(self.instants, self.seen_ts + 1)
        high = bisect_left(self.instants, int(frame.ts[rows - 1]) + 1)
        for instant in self.instants[low:high]:
            at = int(frame.ts[:rows].searchsorted(instant))
            self.others.append(Other(frame.first + at, int(frame.ts[at]), None))

    # An instrument's latest tick before it was wanted is wanted, too, and the latest with a trade.
    def _carry(self, columns: Columns, new: Collection[int]) -> None:
        for number in sorted(new):
            if number in self.carried:
                self.pieces.append(self.carried.pop(number))
        for number in np.unique(columns[2]).tolist():
            if number not in self.wanted:
                own = columns[:, columns[2] == number]
                traded = np.flatnonzero(own[5] != NO_PRICE)[-1:]
                last = np.unique([*traded.tolist(), own.shape[1] - 1])
                before = self.carried.get(number)
                found = own[:, last]
                if before is not None and not len(traded):
                    found = np.concatenate(
                        [before[:, before[5] != NO_PRICE][:, -1:], found], axis=1
                    )
                self.carried[number] = found


def _columns(frame: Frame, count: int) -> Columns:
    at = frame.tick_at[:count].astype(np.int64)
    rows = (frame.first + at, frame.ts[at], frame.tick_symbol, frame.bid, frame.ask, frame.last)
    return np.stack([np.asarray(row[:count], np.int64) for row in rows])


def _as_event(index: int, other: Other) -> FrameEvent:
    event: Any = other.event or Clock(event_id="-", type="clock", ts=other.ts)
    return FrameEvent(index, event, event.ts if event.ts != other.ts else None)
