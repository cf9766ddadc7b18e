"""Which accounts a tick concerns, and which account's session ends next."""

from collections.abc import Iterable
from heapq import heappop, heappush

from rules.api import NEVER


class Holders:
    """Accounts by the instruments that move their equity."""

    __slots__ = ("_by_account", "_by_symbol")

    def __init__(self) -> None:
        self._by_symbol: dict[str, dict[str, None]] = {}
        self._by_account: dict[str, frozenset[str]] = {}

    @property
    def symbols(self) -> list[str]:
        """The instruments anybody holds."""
        return list(self._by_symbol)

    def of(self, symbol: str) -> list[str]:
        """Return the accounts to look at when ``symbol`` ticks."""
        return list(self._by_symbol.get(symbol, ()))

    def update(self, account_id: str, symbols: Iterable[str]) -> None:
        """Make ``symbols`` the ones that move an account, and no others."""
        now = frozenset(symbols)
        before = self._by_account.get(account_id, frozenset())
        for symbol in before - now:
            del self._by_symbol[symbol][account_id]
            if not self._by_symbol[symbol]:
                del self._by_symbol[symbol]
        for symbol in now - before:
            self._by_symbol.setdefault(symbol, {})[account_id] = None
        if now:
            self._by_account[account_id] = now
        else:
            self._by_account.pop(account_id, None)


class DueTimes:
    """The next session boundary of every live account, few instants for many accounts."""

    __slots__ = ("_accounts", "_due", "_instants")

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._accounts: dict[int, set[str]] = {}
        self._instants: list[int] = []

    @property
    def next(self) -> int:
        """The earliest boundary, ns; ``NEVER`` when there is none."""
        while self._instants and not self._accounts.get(self._instants[0]):
            self._accounts.pop(heappop(self._instants), None)
        return self._instants[0] if self._instants else NEVER

    def update(self, account_id: str, due: int) -> None:
        """Set an account's next boundary."""
        before = self._due.get(account_id, NEVER)
        if before == due:
            return
        if before != NEVER:
            self._accounts[before].discard(account_id)
        self._due[account_id] = due
        if due == NEVER:
            return
        if due not in self._accounts:
            self._accounts[due] = set()
            heappush(self._instants, due)
        self._accounts[due].add(account_id)

    def at(self, instant: int) -> list[str]:
        """Name the accounts whose next boundary is at an instant, in order."""
        return sorted(self._accounts[instant])
