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

    __slots__ = ("_accounts", "_due", "_instants", "_queue")

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._accounts: dict[int, set[str]] = {}
        self._instants: list[int] = []
        self._queue: list[tuple[int, str]] = []

    @property
    def next(self) -> int:
        """The earliest boundary, ns; ``NEVER`` when there is none."""
        if self._queue:
            return self._queue[-1][0]
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

    def pop(self, through: int) -> tuple[int, str] | None:
        """Return the first boundary at or before ``through``, instants first, then accounts."""
        instant = self.next
        if instant > through:
            return None
        if not self._queue:
            names = sorted(self._accounts[instant], reverse=True)
            self._queue = [(instant, name) for name in names]
        return self._queue.pop()
