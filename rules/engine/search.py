"""Accounts of the reference engine in the kernel's book: who is where, and how far each has got.

Between its own events an account lives in the book alone: the running maximum of its equity grows
there. ``adopt`` brings it home before the reference code looks at the account.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.api import At
from rules.engine.book import Book
from rules.engine.columns import ACCOUNT, PRESENT, REAL, aligned
from rules.engine.crossing import Crossing
from rules.engine.export import Awaited, export_legs, export_rows, units
from rules.engine.frame_columns import MANY_DUE, REFUSED
from rules.engine.frame_market import FrameMarket, tick_columns
from rules.engine.legs import Leg, prepare_leg
from rules.engine.legs import Position as LegPosition
from rules.engine.tape import Tape
from rules.floors.common import Standing
from rules.reference.account import Account
from rules.reference.market import Market
from schemas.frames import Frame
from schemas.money import UNIT

TAPE_TICKS = 1 << 18
"""Ticks one tape holds before it starts again."""

Slots = NDArray[np.int32]


class Given(NamedTuple):
    """Which ticks an account must see that the kernel can't know to matter.

    ``watches``: every tick of these instruments, because one of them has no price yet or the
    account is out of the kernel's range; ``awaits_trade``: their first trade price.
    """

    watches: tuple[str, ...] = ()
    awaits_trade: tuple[str, ...] = ()
    out_of_range: bool = False


class Search:
    """The kernel with the accounts of one key group in it.

    Args:
        symbols: how many instruments are listed.
        capacity: ticks one tape holds.
    """

    def __init__(self, symbols: int, capacity: int = TAPE_TICKS) -> None:
        self._tape = Tape(symbols, capacity)
        self._book = Book(1024, self._tape)
        self._crossing = Crossing(self._book, self._tape)
        self._slots: dict[str, int] = {}
        self._accounts: list[Account] = []
        self._absent: set[int] = set()
        # After how many fills the legs in the book were made; -1: not all of them are there.
        self._booked: list[int] = []
        self._offset = 0
        self._positions = np.zeros(capacity, np.int64)
        self._high_positions = np.zeros(1024, np.int64)

    @property
    def symbols(self) -> int:
        """How many instruments the tape has room for."""
        return self._tape.symbols

    def carry(self, symbol: int, bid: int, ask: int, last: int) -> None:
        """Set a price known before the first frame, in 10^-price_digits."""
        self._tape.carry(symbol, bid, ask, last)

    def outgrown(self, frame: Frame) -> set[int]:
        """Return the instruments whose ticks in ``frame`` pass what legs were prepared for."""
        return self._tape.outgrown(frame.tick_symbol, frame.bid, frame.ask, frame.last)

    def enter(self, frame: Frame) -> None:
        """Append a frame's ticks."""
        if self._tape.count + len(frame.bid) > self._tape.capacity:
            self._restart()
        self._offset = self._tape.append(frame.tick_symbol, frame.bid, frame.ask, frame.last)
        end = self._offset + len(frame.bid)
        np.add(frame.tick_at, frame.first, out=self._positions[self._offset : end])

    def through(self, frame: Frame, market: FrameMarket) -> int:
        """Take a frame of nothing but ticks to its end in one call.

        Returns:
            `REFUSED` when it needs more care: nothing was done. 0: nobody has to look at it and the
            market has moved on. Anything else: ask ``stopped`` who has to look.
        """
        before = self._tape.count
        hits = self._crossing.pass_frame(
            market.columns, tick_columns(frame), frame.first, self._positions
        )
        if hits != REFUSED:
            self._offset = before
        return hits

    def stopped(self, hits: int) -> tuple[Slots, NDArray[np.int64]]:
        """Return the accounts that stopped, and the ticks of the frame to be looked at."""
        if hits == MANY_DUE:
            return self._sweep(self._crossing.queued())
        slots, stops = self._crossing.stopped(hits)
        return slots, stops.astype(np.int64) - self._offset

    def slot(self, account: Account) -> int | None:
        """Return where an account stands in the book; None when it is not in there."""
        slot = self._slots.get(account.identity.account_id)
        return None if slot is None or slot in self._absent else slot

    def account(self, slot: int) -> Account:
        """Return the account in a slot."""
        return self._accounts[slot]

    def withdraw(self, account: Account) -> None:
        """Take an account to have no place in the book until it is put again."""
        self._absent.add(self._slot_for(account))

    def put(self, account: Account, market: Market, place: int) -> Given:
        """Give the kernel an account as it stands after ``place`` ticks of the frame."""
        slot = self._slot_for(account)
        self._absent.add(slot)
        if not account.live or not account.ledger.positions:
            self._drop(slot)
            return Given()  # no tick can move it
        made = export_rows(account)
        at, balance = self._offset + place, units(account.ledger.balance)
        booked = account.ledger.booked
        if booked == self._booked[slot]:
            known = self._book.adjust(slot, at, balance, 0, made)
            awaited = Awaited([], [])
        else:
            self._booked[slot] = -1
            positions, awaited = export_legs(account, market)
            legs = [leg for position in positions if (leg := self._leg(position)) is not None]
            known = len(legs) == len(positions) and self._book.put(slot, at, balance, 0, legs, made)
            if known and not any(awaited):
                self._booked[slot] = booked
        if not known:
            self._drop(slot)
            return Given(tuple(account.symbols()), out_of_range=True)
        self._absent.discard(slot)
        return Given(tuple(awaited.tick), tuple(awaited.trade))

    def forget_legs(self, account: Account) -> None:
        """Prepare the account's legs anew at the next ``put``."""
        self._booked[self._slot_for(account)] = -1

    def adopt(self, slot: int, account: Account) -> None:
        """Raise the account's marks to the highest equity the kernel has seen."""
        self._raise(slot, account, *self._book.high(slot))

    def slots(self, accounts: Iterable[Account]) -> Slots:
        """Return the slots of those accounts that are in the book."""
        found = [slot for account in accounts if (slot := self.slot(account)) is not None]
        return np.array(found, np.int32)

    def home(self, slots: Slots, places: NDArray[np.int64]) -> list[tuple[Account, Decimal | None]]:
        """Adopt accounts, each with its equity after so many ticks of the frame.

        The equity is None where the kernel lacks a position: it counts as 0, but is not priced.
        """
        found: list[tuple[Account, Decimal | None]] = []
        held = self._book.accounts[slots]
        columns = (held["high"], held["high_tick"], held["leg_count"])
        equities = self._crossing.equity(slots, self._offset + places)
        rows = zip(
            slots.tolist(), *(column.tolist() for column in (*columns, equities)), strict=True
        )
        for slot, high, tick, legs, equity in rows:
            account = self._accounts[slot]
            self._raise(slot, account, high, tick)
            ledger = account.ledger
            known = self._booked[slot] == ledger.booked and legs == len(ledger.positions)
            found.append((account, Decimal(equity) * UNIT if known else None))
        return found

    def put_again(self, accounts: Sequence[Account], places: Sequence[int]) -> list[Account]:
        """Put accounts whose legs the kernel has, after changes that no fill made, in one go.

        Returns:
            Those it took; the others are as they were.
        """
        taken, gone, slots, ats, rows, balances = [], [], [], [], [], []
        counts = self._book.accounts["row_count"]
        for account, place in zip(accounts, places, strict=True):
            slot = self._slot_for(account)
            if not account.live or not account.ledger.positions:
                gone.append(account)
                continue
            fields = [row.fields() for row in export_rows(account)]
            balance = units(account.ledger.balance)
            if self._booked[slot] != account.ledger.booked or len(fields) != counts[slot]:
                continue
            if None in fields or abs(balance) >= REAL:
                continue
            taken.append(account)
            slots.append(slot)
            ats.append(self._offset + place)
            rows += fields
            balances.append(balance)
        self._drop_all([self._slot_for(account) for account in gone])
        self._book.adjust_all(np.array(slots, np.int32), np.array(ats, np.int64), balances, rows)
        there = (self._book.accounts["flags"][slots] & PRESENT != 0).tolist()
        self._absent.difference_update(
            slot for slot, found in zip(slots, there, strict=True) if found
        )
        return gone + [account for account, found in zip(taken, there, strict=True) if found]

    def sweep(self) -> tuple[Slots, NDArray[np.int64]]:
        """Walk every account whose safe band was left to the end of the frame.

        Returns:
            The accounts that stopped, and the ticks of the frame to be looked at.
        """
        return self._sweep(self._crossing.due())

    def _sweep(self, slots: Slots) -> tuple[Slots, NDArray[np.int64]]:
        stops = self._crossing.sweep(slots)
        hits = np.flatnonzero(stops >= 0)
        return slots[hits], stops[hits].astype(np.int64) - self._offset

    def advance(self, slots: Slots, place: int) -> tuple[Slots, NDArray[np.int64]]:
        """Walk accounts to the instant after ``place`` ticks of the frame; see ``sweep``."""
        stops = self._crossing.advance(slots, self._offset + place)
        hits = np.flatnonzero(stops >= 0)
        return slots[hits], stops[hits].astype(np.int64) - self._offset

    def advance_one(self, slot: int, place: int) -> int | None:
        """Walk one account, the usual case; return its stop, None when there is none."""
        stop = self._crossing.advance_one(slot, self._offset + place)
        return None if stop < 0 else stop - self._offset

    def _slot_for(self, account: Account) -> int:
        name = account.identity.account_id
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = len(self._accounts)
            self._accounts.append(account)
            self._booked.append(-1)
            if slot >= len(self._high_positions):
                self._high_positions = np.resize(self._high_positions, 2 * slot)
                self._grow(2 * slot)
        return slot

    def _raise(self, slot: int, account: Account, high: int, tick: int) -> None:
        if tick < 0:
            return
        here = tick - self._tape.base
        position = self._positions[here] if here >= 0 else self._high_positions[slot]
        standing = Standing(account.ledger.balance, Decimal(high) * UNIT)
        for rule in account.rules:
            if rule.floor.follows_equity:
                rule.floor.raise_marks(standing, At(int(position)))

    def _drop_all(self, slots: list[int]) -> None:
        for slot in slots:
            self._booked[slot] = -1
        self._book.drop_all(np.array(slots, np.int32))

    def _drop(self, slot: int) -> None:
        self._booked[slot] = -1
        self._book.drop(slot)

    def _leg(self, position: LegPosition) -> Leg | None:
        rate = None if position.rate is None else self._tape.bounds(position.rate.symbol)
        return prepare_leg(position, self._tape.bounds(position.symbol), rate)

    def _grow(self, accounts: int) -> None:
        book, old = self._book, self._book.accounts
        room = aligned(accounts, ACCOUNT)
        room[: len(old)] = old
        book.columns = book.columns._replace(accounts=room)
        book.queue = np.resize(book.queue, accounts)

    def _restart(self) -> None:
        """Empty the tape; what accounts still need of it is settled first."""
        self._crossing.settle(self._tape.count)
        ticks = self._book.accounts["high_tick"][: len(self._accounts)] - self._tape.base
        raised = np.flatnonzero(ticks >= 0)
        self._high_positions[raised] = self._positions[ticks[raised]]
        self._crossing.restart()
