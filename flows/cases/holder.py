"""An account of a case that holds positions in any symbols, and what a conduct rule says of it.

A gated account waits for its KYC while positions are put where a case wants them, and is judged
once, when all are there: no state on the way there is anybody's breach.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.document import Case, NotSupported, number
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE
from flows.cases.story import Story

SECOND = 1_000_000_000
AT = Decimal(1_000_000)
"""The price of everything that is not told one."""


class Floating(NamedTuple):
    """A position as a case tells it: what it floats, account currency."""

    symbol: str
    side: str
    pnl: Decimal


class Holder:
    """One hedging account; every entry is a second after the one before."""

    def __init__(self, story: Story, name: str, initial: Decimal, start: int) -> None:
        self._story = story
        self._name = name
        self._count = 0
        self._step = SECOND
        self.balance = initial
        story.now = max(story.now, start)
        fields = {"ruleset": "case@1", "initial_balance": initial, "position_mode": "hedging"}
        self._event("account.opened", fields)

    def hold(self, symbol: str, qty: Decimal, price: Decimal = AT, **more: Any) -> str:
        """Open a position, short when ``qty`` is negative; the market is where it opens."""
        self._story.tick(self._next(), price, symbol)
        return self._fill(symbol, qty, price, **more)

    def change(self, symbol: str, position: str, by: Decimal, price: Decimal) -> None:
        """Open a long position, add to it, or reduce it, at no gain."""
        if by:
            self._fill(symbol, by, price, position_id=position)

    def float(self, position: Floating) -> str:
        """Open a position of one that has floated away by its P/L."""
        side = {"buy": 1, "long": 1, "sell": -1, "short": -1}.get(position.side.lower())
        if side is None:
            raise NotSupported(f"side {position.side!r}")
        self._story.tick(self._next(), AT, position.symbol)
        return self._fill(position.symbol, Decimal(side), AT - side * position.pnl)

    def close(self, symbol: str, position: str, qty: Decimal, result: Decimal) -> None:
        """Close a position with what it realised."""
        self._fill(symbol, -qty, AT, position_id=position, realized_pnl=result)

    def protect(self, position: str, stop: Decimal) -> None:
        """Set or move a stop."""
        self._event("position.protected", {"position_id": position, "stop_loss": stop})

    def stand_at(self, balance: Decimal) -> None:
        """Bring the balance to an amount."""
        if balance != self.balance:
            amount = balance - self.balance
            self._event("balance.adjusted", {"reason": "correction", "amount": amount})
            self.balance = balance

    def cross(self, boundary: int) -> None:
        """Let a session boundary pass."""
        self._story.event(boundary, "clock", {})

    def pin(self, moment: int) -> None:
        """Let everything from now on happen at an instant."""
        self._story.now = max(self._story.now, moment)
        self._step = 0

    def approve(self) -> int:
        """Let the account be judged as it stands; return the entry."""
        return self._event("kyc.updated", {"status": "approved"})

    def report(self) -> int:
        """Report the account as it stands; return the entry."""
        return self._event("kyc.updated", {"status": "pending"})

    def _fill(self, symbol: str, qty: Decimal, price: Decimal, **more: Any) -> str:
        self._count += 1
        name = f"{self._name}-{self._count}"
        side = "buy" if qty > 0 else "sell"
        fields = {"fill_id": name, "symbol": symbol, "side": side, "qty": abs(qty), "price": price}
        self._event("fill", {"position_id": name, **fields, **more})
        return name

    def _event(self, kind: str, fields: dict[str, Any]) -> int:
        return self._story.event(self._next(), kind, {"account_id": self._name, **fields})

    def _next(self) -> int:
        return self._story.now + self._step


class Standing(NamedTuple):
    """How a rule stands: limit and what is observed, and whether it was broken by then."""

    limit: Decimal | None
    observed: Decimal | None
    broken: bool
    facts: dict[str, Any]


def standing(
    decisions: Sequence[dict[str, Any]], name: str, seq: int, rule: str = RULE
) -> Standing:
    """Read how a rule of an account stands at an entry."""
    reading = Reading(decisions, name, seq)
    (shown,) = (item for item in reading.progress["rules"] if item["id"] == rule)
    breaches = [made for made in reading.of("breach") if made["rule"] == rule]
    facts = breaches[-1]["evidence"]["facts"] if breaches else {}
    if shown["floor"] is None:
        return Standing(None, None, bool(breaches), facts)
    limit = Decimal(shown["floor"])
    return Standing(limit, limit - Decimal(shown["room"]), bool(breaches), facts)


def opening_balance(case: Case) -> Decimal:
    """Return the initial balance of a case, or any where it does not matter."""
    return number(case.params.get("initial_balance", "100000"), "parameter `initial_balance`")
