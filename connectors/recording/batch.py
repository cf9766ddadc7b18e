"""What the readers of ticks hand on: columns of good ticks, and the dead letters among them."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from schemas.dead_letters import DeadLetter
from schemas.frames import NO_PRICE

Int64s = NDArray[np.int64]
Int32s = NDArray[np.int32]
Bools = NDArray[np.bool_]


class Tick(NamedTuple):
    """One good tick: its own time (ns), instrument and prices in 10^-price_digits."""

    ts: int
    symbol: int
    bid: int
    ask: int
    last: int = NO_PRICE


class Columns(NamedTuple):
    """Ticks by column, in the order of the file. ``ts`` is each tick's own time, ns."""

    ts: Int64s
    symbol: Int32s
    bid: Int64s
    ask: Int64s
    last: Int64s

    def put(self, row: int, tick: Tick) -> None:
        """Write one tick into its row."""
        self.ts[row], self.symbol[row] = tick.ts, tick.symbol
        self.bid[row], self.ask[row], self.last[row] = tick.bid, tick.ask, tick.last

    def keep(self, rows: Bools) -> "Columns":
        """Return the rows that are marked."""
        if bool(rows.all()):
            return self
        return Columns(
            self.ts[rows], self.symbol[rows], self.bid[rows], self.ask[rows], self.last[rows]
        )

    @classmethod
    def empty(cls, rows: int) -> "Columns":
        """Make columns of ``rows`` rows with nothing in them yet."""
        ts, bid, ask, last = (np.full(rows, NO_PRICE, np.int64) for _ in range(4))
        return cls(ts, np.zeros(rows, np.int32), bid, ask, last)


class Letter(NamedTuple):
    """A refused row, after ``after`` good ones of its batch."""

    after: int
    letter: DeadLetter


class TickBatch(NamedTuple):
    """Good ticks at their effective times, and the rows refused among them.

    ``late`` holds the own time of each tick that was moved, by its index in the batch.
    """

    ts: Int64s
    symbol: Int32s
    bid: Int64s
    ask: Int64s
    last: Int64s
    late: dict[int, int]
    letters: list[Letter]

    @classmethod
    def empty(cls) -> "TickBatch":
        """Make a batch of nothing."""
        return cls(*Columns.empty(0), {}, [])


class TickFile(Protocol):
    """A recording being read."""

    name: str
    size: int

    @property
    def done(self) -> int:
        """How much of ``size`` has been read."""

    def batches(self) -> Iterator[TickBatch]:
        """Yield the ticks, once."""
