"""Accounts between the reference and the kernel: put there as they stand, taken away, put again.

The reference changes an account; the kernel must know it before it walks on. Several changes at one
place are one put, and where a session ended for many accounts they are put together.
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rules.engine.frame_market import FrameMarket
from rules.engine.pieces import NO_FRAME
from rules.engine.probes import Probes
from rules.engine.search import TAPE_TICKS, Search
from rules.reference.account import Account
from rules.reference.engine import ReferenceEngine
from rules.reference.evidence import tick_entry
from rules.reference.holders import Holders
from rules.reference.step import Step
from rules.ruleset import Ruleset
from schemas.frames import Frame
from schemas.instruments import InstrumentTable

MANY = 8
"""Accounts that are worth arrays of their own."""


class PlacingEngine(ReferenceEngine):
    """A reference engine that keeps the kernel told of its accounts.

    Takes the arguments of :class:`ReferenceEngine`.
    """

    market: FrameMarket

    def __init__(
        self,
        instruments: InstrumentTable,
        rulesets: Iterable[Ruleset] = (),
        owns: Callable[[str], bool] | None = None,
        progress: Literal["boundary", "every"] = "boundary",
    ) -> None:
        super().__init__(instruments, rulesets, owns, progress)
        self.market = FrameMarket(self.market.instruments)
        self._begin()
        # The kernel stops by itself; these name who must see ticks it knows nothing of: the first
        # price of an instrument, or every price of one that is out of its range.
        self._trade_waiters = Holders()
        # Accounts that changed in this frame and the place where: several changes, one put.
        self._changed: dict[str, int] = {}
        self._out_of_range: set[str] = set()
        # Accounts that are here already while many sessions end, and their equity.
        self._gathered: dict[str, Decimal] = {}
        self._frame: Frame = NO_FRAME
        self._tick_ts: NDArray[np.int64] = NO_FRAME.ts
        self._place = 0  # ticks of this frame that have passed

    def _begin(self) -> None:
        self._search = Search(len(self.market.instruments))
        self._probes = Probes(self.market, TAPE_TICKS)

    def _seek(self, place: int) -> None:
        self._place = place
        self.market.seek(place)

    def _settle(self, account: Account, place: int, equity: Decimal | None = None) -> None:
        """Steps 2 to 5 of the one-step order for one account, at one tick of the frame."""
        before = self._place
        self._seek(place + 1)
        tick, late_ts = self.market.tick_at(place), self.market.late_at(place)
        shown = partial(tick_entry, tick, late_ts)
        step = Step(tick.ts, tick.at, self.market, shown, equity=equity)
        account.settle(step)
        self._collect(account, step)
        self._seek(before)

    def _register(self, account: Account) -> None:
        name = account.identity.account_id
        if self.market.complete and name not in self._out_of_range and not account.follows_prices:
            self._changed[name] = self._place
            self._search.withdraw(account)
            self._probes.drop(account)
        else:
            self._changed.pop(name, None)
            self._put(account, self._place)

    def _put_changed(self, account: Account) -> None:
        place = self._changed.pop(account.identity.account_id, None)
        if place is not None:
            self._put(account, place)

    def _put(self, account: Account, place: int) -> None:
        """Give the kernel the account as it stands since ``place``, or take it away."""
        name = account.identity.account_id
        given = self._search.put(account, self.market, place)
        watched = given.watches
        if not self._probes.put(account, place):
            watched = tuple(account.symbols())
        self._holders.update(name, watched)
        self._trade_waiters.update(name, given.awaits_trade)
        if given.out_of_range and name not in self._out_of_range:
            self._out_of_range.add(name)
            symbols = {self.market.instruments.index[symbol] for symbol in given.watches}
            for missed in range(place, self._place):
                if int(self._frame.tick_symbol[missed]) in symbols:
                    self._settle(account, missed)

    def _put_all_changed(self) -> None:
        """Put what changed before this place."""
        self._put_together(
            [self.accounts[name] for name, at in self._changed.items() if at != self._place]
        )

    def _put_together(self, accounts: Sequence[Account]) -> None:
        """Put those of the accounts that changed; in one go what the kernel knows most of."""
        if len(accounts) >= MANY:
            changed = [item for item in accounts if item.identity.account_id in self._changed]
            places = [self._changed[item.identity.account_id] for item in changed]
            for account in self._search.put_again(changed, places):
                name = account.identity.account_id
                del self._changed[name]
                self._holders.update(name, ())
                self._trade_waiters.update(name, ())
        for account in accounts:
            self._put_changed(account)
