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

    def of(self, symbol: str) -> list[str]:
        """Return the accounts to look at when ``symbol`` ticks."""
        return list(self._by_symbol.get(symbol, ()))

    def update(self, account_id: str, symbols: Iterable[str]) -> None:
        """Make ``symbols`` the ones that move an account, and no others."""
        now = frozenset(symbols)
        before = self._by_account.get(account_id, frozenset())
        for symbol in before - now:
            del self._by_symbol[symbol][account_id]
        for symbol in now - before:
            self._by_symbol.setdefault(symbol, {})[account_id] = None
        self._by_account[account_id] = now


class DueTimes:
    """The next session boundary of every live account."""

    __slots__ = ("_due", "_heap")

    def __init__(self) -> None:
        self._due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    @property
    def next(self) -> int:
        """The earliest boundary, ns; ``NEVER`` when there is none."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)  # the account ended, or its boundary moved
        return self._heap[0][0] if self._heap else NEVER

    def update(self, account_id: str, due: int) -> None:
        """Set an account's next boundary."""
        if self._due.get(account_id) != due:
            self._due[account_id] = due
            if due != NEVER:
                heappush(self._heap, (due, account_id))

    def pop(self, through: int) -> tuple[int, str] | None:
        """Return the first boundary at or before ``through``, instants first, then accounts."""
        due = self.next
        return heappop(self._heap) if due <= through else None
