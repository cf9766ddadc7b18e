"""Accounts by headroom: the nearest to a floor first, filtered and in pages.

The order is made of columns, at most twice a second and only when somebody asks, so that a hundred
thousand accounts can be sorted beside everything else.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from api.live import Account, Live

FRESH_S = 0.5


class Wanted(NamedTuple):
    """Which accounts; an empty tuple is any."""

    firms: tuple[str, ...] = ()
    traders: tuple[str | None, ...] = ()
    states: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()
    rulesets: tuple[str, ...] = ()


class Place(NamedTuple):
    """Where a page ends."""

    headroom: int
    account_id: str


class Board:
    """An order of all accounts that is refreshed when it is asked for.

    Args:
        live: the accounts.
        clock: seconds that only rise.
    """

    def __init__(self, live: Live, clock: Callable[[], float] = time.monotonic) -> None:
        self._live = live
        self._clock = clock
        self._made_at = -FRESH_S
        self._changes = -1
        self._ids: list[str] = []
        self._accounts: list[Account] = []
        self._headroom: NDArray[np.int64] = np.zeros(0, np.int64)
        self._rank: NDArray[np.int64] = np.zeros(0, np.int64)
        self._order: NDArray[np.int64] = np.zeros(0, np.int64)

    def page(self, wanted: Wanted, after: Place | None, limit: int) -> list[tuple[Place, Account]]:
        """Return the next accounts behind a place, and where each stands."""
        self._refresh()
        order = self._order
        if after is not None:
            order = order[self._behind(after)]
        accepts = _filter(wanted)
        found: list[tuple[Place, Account]] = []
        for slot in order.tolist():
            account = self._accounts[slot]
            if accepts(account):
                found.append((Place(int(self._headroom[slot]), account.account_id), account))
                if len(found) == limit:
                    break
        return found

    def _behind(self, after: Place) -> NDArray[np.bool_]:
        headroom = self._headroom[self._order]
        rank = self._rank[self._order]
        low, high = 0, len(self._ids)
        while low < high:  # how many ids are not behind this one
            middle = (low + high) // 2
            if self._ids[middle] <= after.account_id:
                low = middle + 1
            else:
                high = middle
        same = headroom == after.headroom
        behind: NDArray[np.bool_] = (headroom > after.headroom) | (same & (rank >= low))
        return behind

    def _refresh(self) -> None:
        now = self._clock()
        if now - self._made_at < FRESH_S or self._changes == self._live.changes:
            return
        self._made_at, self._changes = now, self._live.changes
        if len(self._accounts) != len(self._live.in_order):
            self._accounts = list(self._live.in_order)
            by_id = sorted(self._accounts, key=lambda account: account.account_id)
            self._ids = [account.account_id for account in by_id]
            self._rank = np.zeros(len(by_id), np.int64)
            self._rank[[account.slot for account in by_id]] = np.arange(len(by_id))
        accounts: Sequence[Account] = self._accounts
        self._headroom = np.fromiter((one.headroom for one in accounts), np.int64, len(accounts))
        self._order = np.lexsort((self._rank, self._headroom))


def _filter(wanted: Wanted) -> Callable[[Account], bool]:
    checks = [
        (name, frozenset(values))
        for name, values in (
            ("firm_id", wanted.firms),
            ("trader_id", wanted.traders),
            ("state", wanted.states),
            ("phase", wanted.phases),
            ("ruleset", wanted.rulesets),
        )
        if values
    ]
    return lambda account: all(getattr(account, name) in values for name, values in checks)
