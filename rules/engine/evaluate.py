"""The fast engine: the reference engine's decisions, without its visits to every tick.

A kernel (``crossing.py``) finds, for every account, the first tick at which something must be
looked at. Only there, and at the account's own events and boundaries, the reference code of that
one account runs. So nothing is decided twice, and what is skipped could not have mattered.

    for each frame:  append its ticks to the tape
                     for each event, session boundary and first tick of an instrument, in order:
                         bring the accounts concerned up to it, let the reference act, put it back
                     walk the accounts whose safe band was left to the end of the frame

Source: crossing search (docs/crossing-search.md); contract section 2, "One step".
"""

from decimal import Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from rules.api import Outcome
from rules.engine.frame_columns import REFUSED
from rules.engine.pieces import pieces
from rules.engine.placing import MANY, PlacingEngine
from rules.engine.search import TAPE_TICKS
from rules.reference.account import Account
from schemas.frames import Frame
from schemas.money import EXACT


class FastEngine(PlacingEngine):
    """Evaluates the accounts of one key group, skipping what provably cannot matter.

    Takes the arguments of :class:`ReferenceEngine` and gives the same decisions.
    """

    def process(self, frame: Frame) -> Outcome:
        """Apply one frame."""
        if not self._through(frame):
            with localcontext(EXACT):
                for piece in pieces(frame, TAPE_TICKS):
                    self._run(piece)
        return self._outcome()

    def finish(self, through: int, position: int, final_progress: bool) -> Outcome:
        """Run what is due through the last accepted input, then report every account."""
        with localcontext(EXACT):
            if final_progress:
                for account in self.accounts.values():
                    self._catch_up(account)
        return super().finish(through, position, final_progress)

    def _through(self, frame: Frame) -> bool:
        """Pass a frame in one call where nothing but its ticks can matter, and only to the kernel.

        Returns whether it did; if not, nothing was done.
        """
        if frame.events or not frame.n or self._due.next <= frame.ts[-1]:
            return False
        if self._holders.symbols or self._trade_waiters.symbols or self._changed:
            return False
        if self._probes.any:
            return False
        hits = self._search.through(frame, self.market)
        if hits == REFUSED:
            return False
        self._passed.clear()
        self._frame, self._place = frame, frame.n
        if hits:
            with localcontext(EXACT):
                self._load(frame, frame.n)
                self._look(*self._search.stopped(hits))
                self.market.close()
        return True

    def _load(self, frame: Frame, place: int) -> None:
        self._frame = frame
        self._tick_ts = frame.ts[frame.tick_at] if len(frame.tick_at) < frame.n else frame.ts
        self.market.load(frame)
        self._seek(place)

    def _run(self, frame: Frame) -> None:
        displaced = self._displaced(frame)
        self._load(frame, 0)
        self._search.enter(frame)
        self._probes.enter(frame)
        for account in displaced:
            self._search.forget_legs(account)
            self._register(account)
        for before, item in enumerate(frame.events):
            self._pass_ticks(item.at - before)
            self._event(item, frame.first + item.at, int(frame.ts[item.at]))
        self._pass_ticks(len(frame.tick_at))
        self._put_all_changed()
        for name in list(self._changed):
            self._put_changed(self.accounts[name])
        self._look(*self._search.sweep())
        self.market.close()

    def _displaced(self, frame: Frame) -> list[Account]:
        """Bring home the accounts that this frame's prices make due to be put again (rare)."""
        symbols = int(frame.tick_symbol.max(initial=-1)) + 1
        if symbols > self._search.symbols:
            displaced = list(self.accounts.values())
        else:
            numbers = self._search.outgrown(frame) | self._probes.outgrown(frame)
            names = {self.market.instruments.by_id(number).symbol for number in numbers}
            displaced = [
                account
                for account in (self.accounts.values() if names else ())
                if not names.isdisjoint(account.symbols())
            ]
        for account in displaced:
            self._catch_up(account)
        if symbols > self._search.symbols:
            self._begin()
            self.market.carry_into(self._search.carry)
        return displaced

    def _pass_ticks(self, to: int) -> None:
        """Move to the instant after the first ``to`` ticks, through everything in between."""
        if to == self._place:
            return
        last_ts = int(self._tick_ts[to - 1])
        while True:
            due = self._due.next
            ends = int(self._tick_ts.searchsorted(due)) if due <= last_ts else to
            looks = self._next_look(to)
            if ends == to == looks:
                break
            if ends <= looks:
                self._end_session(ends, due)
            else:
                self._look_at(looks)
        self._seek(to)
        self._passed.clear()

    def _end_session(self, place: int, due: int) -> None:
        self._seek(place)
        position = self._frame.first + int(self._frame.tick_at[place])
        while self._due.next <= due:
            self._boundaries(due, self._due.at(due), self._at(due, position))

    def _boundaries(self, instant: int, names: list[str], at: int) -> None:
        self._gather(names)
        super()._boundaries(instant, names, at)
        self._gathered.clear()

    def _gather(self, names: list[str]) -> None:
        """Bring many accounts up to here in one go, and ask the kernel for their equity."""
        if len(names) < MANY:
            return
        self._put_all_changed()
        accounts = [self.accounts[name] for name in names if name not in self._changed]
        self._look(*self._search.advance(self._search.slots(accounts), self._place), self._place)
        slots = self._search.slots(accounts)
        found = self._search.home(slots, np.full(len(slots), self._place))
        self._gathered = {
            account.identity.account_id: equity for account, equity in found if equity is not None
        }

    def _equity(self, account_id: str) -> Decimal | None:
        return self._gathered.get(account_id)

    def _next_look(self, to: int) -> int:
        """Return the next tick that some account must see whatever its price; ``to`` for none."""
        market, place = self.market, self._place
        ticks = [market.next_tick(symbol, place) for symbol in self._holders.symbols]
        trades = [market.next_trade(symbol, place) for symbol in self._trade_waiters.symbols]
        waited = (*ticks, *trades, self._probes.next, to)
        return min(found for found in waited if found is not None)

    def _look_at(self, place: int) -> None:
        """Let the reference look at a tick for the accounts the kernel cannot speak for."""
        self._seek(place)
        symbol = self.market.symbol_at(place)
        names = {*self._holders.of(symbol), *self._trade_waiters.of(symbol)}
        names.update(self._probes.names_at(place))
        for name in sorted(names):
            account = self.accounts[name]
            self._catch_up(account)
            self._settle(account, place)
        self._seek(place + 1)

    def _catch_up(self, account: Account) -> None:
        name = account.identity.account_id
        if name in self._gathered or self._changed.get(name) == self._place:
            return
        self._put_changed(account)
        slot = self._search.slot(account)
        if slot is not None:
            stop = self._search.advance_one(slot, self._place)
            if stop is not None:
                self._look(np.array([slot], np.int32), np.array([stop]), self._place)
            if self._search.slot(account) == slot:
                self._search.adopt(slot, account)

    def _look(
        self, slots: NDArray[np.int32], stops: NDArray[np.int64], to: int | None = None
    ) -> None:
        """Let the reference look where the kernel stopped, and walk on until nothing stops."""
        end = len(self._tick_ts) if to is None else to
        while len(slots):
            found = self._search.home(slots, stops + 1)
            for (account, equity), stop in zip(found, stops.tolist(), strict=True):
                self._settle(account, stop, equity)
            accounts = [account for account, _ in found]
            self._put_together(accounts)
            for account in accounts:
                self._look_for_probes(account, end)
            if to is None:
                slots, stops = self._search.sweep()
            else:
                slots, stops = self._search.advance(self._search.slots(accounts), to)

    def _look_for_probes(self, account: Account, to: int) -> None:
        """Look where the account's probes stop before ``to``, put since then by a look back."""
        while (place := self._probes.look(account)) < to:
            slot = self._search.slot(account)
            if slot is not None:
                _, stops = self._search.advance(np.array([slot], np.int32), place)
                place = int(stops[0]) if len(stops) else place
                self._search.adopt(slot, account)
            self._settle(account, place)
            self._put_changed(account)
