"""Conduct rules in the kernel: for every sum of prices they compare, an account of its own.

A probe holds the legs of one bound (see ``rules.conduct.bounds``) and stops at the first tick at
which its sum reaches its level. Probes are always searched to the end of the frame, so the ticks
at which their accounts must be looked at are known before they pass.

The probes have a tape of their own, made with the first of them: a journal without such rules
pays nothing.
"""

from collections.abc import Sequence
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from rules.api import NEVER
from rules.conduct.bounds import Bound
from rules.engine.book import Book
from rules.engine.columns import ACCOUNT, aligned
from rules.engine.crossing import Crossing
from rules.engine.export import export_bound
from rules.engine.frame_market import FrameMarket
from rules.engine.legs import Leg, prepare_leg
from rules.engine.legs import Position as LegPosition
from rules.engine.rows import Row
from rules.engine.tape import Tape
from rules.reference.account import Account
from rules.reference.step import Step
from schemas.frames import Frame


class Probes:
    """The probes of one key group, and when their accounts must be looked at in this frame.

    Args:
        market: prices, as of any tick of the frame.
        capacity: ticks a tape holds.
    """

    def __init__(self, market: FrameMarket, capacity: int) -> None:
        self._market = market
        self._capacity = capacity
        self._kernel: tuple[Tape, Book, Crossing] | None = None
        self._slots: dict[str, list[int]] = {}
        self._owners: list[str] = []
        self._free: list[int] = []
        self._looks: dict[str, int] = {}
        self._queue: list[tuple[int, str]] = []
        self._offset = 0

    @property
    def any(self) -> bool:
        """An account has, or once had, probes."""
        return self._kernel is not None

    def outgrown(self, frame: Frame) -> set[int]:
        """Return the instruments whose ticks pass what probes were prepared for."""
        if self._kernel is None:
            return set()
        tape = self._kernel[0]
        return tape.outgrown(frame.tick_symbol, frame.bid, frame.ask, frame.last)

    def enter(self, frame: Frame) -> None:
        """Append a frame's ticks and search them."""
        if self._kernel is None:
            return
        self._looks.clear()
        self._queue.clear()
        tape, _, crossing = self._kernel
        if tape.count + len(frame.bid) > tape.capacity:
            crossing.settle(tape.count)
            crossing.restart()
        self._append(frame)

    def put(self, account: Account, place: int) -> bool:
        """Prepare an account as it stands after ``place`` ticks of the frame, and search on.

        Returns:
            False when its rules have sums the kernel can't hold: every tick must be looked at.
        """
        if not (account.live and account.follows_prices and account.ledger.positions):
            self.drop(account)  # a migration may have taken its rules away
            return True
        self._looks.pop(account.identity.account_id, None)
        bounds = account.bounds(Step(0, 0, self._market, dict))  # no bound depends on the time
        if bounds is None or not self._hold(account, bounds, place):
            self.drop(account)
            return False
        return True

    def drop(self, account: Account) -> None:
        """Forget the probes of an account."""
        if self._kernel is None:
            return
        name = account.identity.account_id
        self._looks.pop(name, None)
        for slot in self._slots.pop(name, ()):
            self._kernel[1].drop(slot)
            self._free.append(slot)

    def look(self, account: Account) -> int:
        """Return the next tick of this frame at which to look at an account, or ``NEVER``."""
        return self._looks.get(account.identity.account_id, NEVER)

    @property
    def next(self) -> int:
        """The next tick of this frame at which to look at any account; ``NEVER`` for none."""
        queue = self._queue
        while queue and self._looks.get(queue[0][1]) != queue[0][0]:
            heappop(queue)
        return queue[0][0] if queue else NEVER

    def names_at(self, place: int) -> list[str]:
        """Return the accounts to look at at a tick."""
        return [name for at, name in self._queue if at == place and self._looks.get(name) == at]

    def _hold(self, account: Account, bounds: Sequence[Bound], place: int) -> bool:
        name = account.identity.account_id
        made = []
        tape, book, _ = self._kernel or self._begin()
        for bound in bounds:
            found = export_bound(bound, account, self._market)
            if found is None:
                return False
            legs = [leg for held in found.legs if (leg := _leg(tape, held)) is not None]
            if len(legs) < len(found.legs):
                return False
            if legs:
                made.append((legs, [Row(start=found.level, touch=True)]))
        slots = self._slots_for(name, len(made))
        for slot, (legs, row) in zip(slots, made, strict=True):
            if not book.put(slot, self._offset + place, 0, 0, legs, row):
                return False
        self._search(np.array(slots, np.int32))
        return True

    def _begin(self) -> tuple[Tape, Book, Crossing]:
        tape = Tape(len(self._market.instruments), self._capacity)
        self._market.carry_into(tape.carry)
        book = Book(64, tape)
        self._kernel = tape, book, Crossing(book, tape)
        self._append(self._market.frame)
        return self._kernel

    def _append(self, frame: Frame) -> None:
        assert self._kernel is not None
        tape, _, crossing = self._kernel
        self._offset = tape.append(frame.tick_symbol, frame.bid, frame.ask, frame.last)
        self._search(crossing.due())

    def _search(self, slots: NDArray[np.int32]) -> None:
        assert self._kernel is not None
        stops = self._kernel[2].sweep(slots)
        for hit in np.flatnonzero(stops >= 0).tolist():
            name, place = self._owners[slots[hit]], int(stops[hit]) - self._offset
            if place < self._looks.get(name, NEVER):
                self._looks[name] = place
                heappush(self._queue, (place, name))

    def _slots_for(self, name: str, count: int) -> list[int]:
        """Return ``count`` slots of an account, its own ones first."""
        assert self._kernel is not None
        book = self._kernel[1]
        slots = self._slots.setdefault(name, [])
        while len(slots) > count:
            book.drop(slots[-1])
            self._free.append(slots.pop())
        while len(slots) < count:
            if not self._free:
                self._free.append(len(self._owners))
                self._owners.append(name)
                if len(self._owners) > len(book.accounts):
                    _grow(book)
            slots.append(self._free.pop())
            self._owners[slots[-1]] = name
        return slots


def _leg(tape: Tape, position: LegPosition) -> Leg | None:
    rate = None if position.rate is None else tape.bounds(position.rate.symbol)
    return prepare_leg(position, tape.bounds(position.symbol), rate)


def _grow(book: Book) -> None:
    room = aligned(2 * len(book.accounts), ACCOUNT)
    room[: len(book.accounts)] = book.accounts
    book.columns = book.columns._replace(accounts=room)
    book.queue = np.resize(book.queue, len(room))
