"""The crossing search over a book and a tape: which accounts must be looked at, and when.

It never decides. It answers with the first tick at which the reference rules must be run for an
account, and with the exact running maximum of its equity before that tick.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.engine import due, visit
from rules.engine.book import Book
from rules.engine.columns import LEVELS, SYMBOLS, FrameColumns, Scratch
from rules.engine.frame_columns import REFUSED, FoundColumns, MarketColumns, TickColumns
from rules.engine.frame_kernels import pass_frame
from rules.engine.tape import Tape

_SHARE = 256  # accounts a thread takes at a time, at least
_FEW = 1024  # accounts due that are visited in the order they were found


def _scratch(tape: Tape, legs: int) -> Scratch:
    levels, symbols = int(tape.columns.shape[LEVELS]), int(tape.columns.shape[SYMBOLS])
    whole = {"kind", "mark_row", "rate_row", "mark_at", "rate_at", "value"}
    path = {"low", "high", "peak"}
    columns: dict[str, Any] = {}
    for name in Scratch._fields:
        if name == "watched":
            columns[name] = np.zeros(symbols, dtype=np.uint8)
        elif name in {"child", "node", "peak_node"}:
            columns[name] = np.zeros(levels, dtype=np.int64)
        elif name in path:
            columns[name] = np.zeros(levels * 8, dtype=np.float64)
        else:
            columns[name] = np.zeros(legs, dtype=np.int64 if name in whole else np.float64)
    return Scratch(**columns)


def _frame(tape: Tape) -> FrameColumns:
    symbols = int(tape.columns.shape[SYMBOLS])
    return FrameColumns(
        low=np.zeros(symbols * 4, dtype=np.int64),
        high=np.zeros(symbols * 4, dtype=np.int64),
        close=np.zeros(symbols * 4, dtype=np.int64),
        touched=np.zeros(symbols, dtype=np.int32),
        seen=np.zeros(symbols, dtype=np.uint8),
    )


class Crossing:
    """Searches a book over a tape.

    Args:
        book: the accounts.
        tape: the ticks.
        threads: how many threads share the accounts of one call.
    """

    def __init__(self, book: Book, tape: Tape, threads: int = 1) -> None:
        self.book, self.tape = book, tape
        self.scanned = tape.count
        self._threads = threads
        self._workers = ThreadPoolExecutor(threads) if threads > 1 else None
        self._frame = _frame(tape)
        self._work: list[Scratch] = []
        self._stopped, self._stops = np.zeros((2, _FEW), dtype=np.int32)
        self._one, self._stop = np.zeros((2, 1), dtype=np.int32)
        self._room = (0, 0)

    def due(self) -> NDArray[np.int32]:
        """Return the accounts to visit, ascending: put since, or out of their bands."""
        self._prepare()
        book = self.book
        book.queued = due.due(
            self.tape.columns,
            book.columns,
            book.bands.columns,
            self._frame,
            book.queue,
            book.queued,
            self.scanned,
        )
        self.scanned = self.tape.count
        return self.queued()

    def pass_frame(
        self, market: MarketColumns, ticks: TickColumns, first: int, positions: NDArray[np.int64]
    ) -> int:
        """Append a frame's ticks and visit who is due, in one call; see the kernel.

        Args:
            market: the latest ticks before the frame; they are moved on where nothing stops.
            ticks: what is appended.
            first: journal position of the frame's first entry.
            positions: int64[capacity], takes the journal position of each tick.

        Returns:
            How many accounts stopped, `MANY_DUE` or `REFUSED`.
        """
        tape, book = self.tape, self.book
        if self.scanned + len(ticks.symbol) > tape.capacity:
            return REFUSED
        self._fit()
        out = FoundColumns(positions, tape.widened, book.queue, self._stopped, self._stops)
        state = (book.queued, self.scanned, tape.base, first)
        hits: int
        hits, book.queued = pass_frame(
            tape.columns, tape.fill, book.columns, book.bands.columns, self._frame, self._work[0],
            market, ticks, out, state,
        )  # fmt: skip
        if hits != REFUSED:
            self.scanned += len(ticks.symbol)
        return hits

    def stopped(self, hits: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return (accounts, ticks) that `pass_frame` counted."""
        return self._stopped[:hits].copy(), self._stops[:hits].copy()

    def queued(self) -> NDArray[np.int32]:
        """Return the accounts to visit that are known so far, ascending."""
        return np.sort(self.book.queue[: self.book.queued])

    def sweep(self, accounts: NDArray[np.int32]) -> NDArray[np.int32]:
        """Visit due accounts up to the tape's end; the running maximum may be left for later.

        Returns:
            int32[k], per account the tick that must be looked at, or -1. At a stop the maximum is
            exact, and the account must be put again from the tick after it.
        """
        return self._visit(accounts, self.tape.count, exact=False)

    def advance(self, accounts: NDArray[np.int32], to: int) -> NDArray[np.int32]:
        """Visit accounts up to tick `to` (exclusive), the maximum exact there; see `sweep`."""
        return self._visit(accounts, to, exact=True)

    def advance_one(self, account: int, to: int) -> int:
        """Advance one account; return its stop or -1."""
        self._prepare()
        self._one[0] = account
        self._run(self._work[0], self._one, to, True, self._stop)
        return int(self._stop[0])

    def settle(self, to: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Advance every account that is not exact at `to`; returns (accounts, stops)."""
        self._prepare()
        found = np.empty(len(self.book.accounts), dtype=np.int32)
        size = due.unsettled(self.book.columns, to, self.scanned, found)
        return found[:size], self.advance(found[:size], to)

    def restart(self) -> None:
        """Start the tape anew; every account must have been settled at its end."""
        due.restart(self.book.columns, self.tape.count)
        self.tape.restart()
        self.scanned = 0

    def equity(self, accounts: NDArray[np.int32], at: int | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the exact equity of accounts after ticks [0, at) of one or of each, in units."""
        out = np.zeros(len(accounts), dtype=np.int64)
        places = at if isinstance(at, np.ndarray) else np.full(len(accounts), at, np.int64)
        due.equities(self.tape.columns, self.book.columns, accounts, places, out)
        return out

    def _prepare(self) -> None:
        if self.tape.widened.any():
            self.book.rebound()
        self._fit()

    def _fit(self) -> None:
        room = (self.book.most_legs, int(self.tape.columns.shape[SYMBOLS]))
        if room != self._room:
            self._room = room
            legs = 2 * room[0]
            self._work = [_scratch(self.tape, legs) for _ in range(self._threads)]
            if len(self._frame.seen) != room[1]:
                self._frame = _frame(self.tape)

    def _visit(self, accounts: NDArray[np.int32], to: int, exact: bool) -> NDArray[np.int32]:
        count = len(accounts)
        stops = np.empty(count, dtype=np.int32)
        if not count:
            return stops
        self._prepare()
        accounts = np.ascontiguousarray(accounts, dtype=np.int32)
        parts = min(self._threads, count // _SHARE + 1)
        if self._workers is None or parts == 1:
            self._run(self._work[0], accounts, to, exact, stops)
            return stops
        cuts = [count * i // parts for i in range(parts + 1)]
        jobs = [
            self._workers.submit(self._run, work, accounts[a:b], to, exact, stops[a:b])
            for work, a, b in zip(self._work, cuts, cuts[1:], strict=False)
        ]
        for job in jobs:
            job.result()
        return stops

    def _run(
        self,
        work: Scratch,
        accounts: NDArray[np.int32],
        to: int,
        exact: bool,
        stops: NDArray[np.int32],
    ) -> None:
        visit.visit(
            self.tape.columns,
            self.book.columns,
            self.book.bands.columns,
            work,
            accounts,
            len(accounts),
            to,
            (self.scanned, self.tape.base),
            exact,
            stops,
        )
