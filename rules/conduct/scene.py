"""An account at one instant, as rules that judge more than its money see it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rules.calendar import Calendar
from rules.floors.common import Standing

if TYPE_CHECKING:
    from rules.reference.account import Account
    from rules.reference.market import Market
    from rules.reference.orders import Order
    from rules.reference.positions import Position, Valuation


class Scene:
    """The account, its standing and its valued positions at one step.

    Attributes:
        ts: effective instant of the step, ns.
        standing: balance and equity.
    """

    __slots__ = ("_account", "_values", "market", "standing", "ts")

    def __init__(
        self,
        account: "Account",
        ts: int,
        market: "Market",
        standing: Standing,
        values: "Sequence[Valuation] | None" = None,
    ) -> None:
        self._account = account
        self.ts = ts
        self.market = market
        self.standing = standing
        self._values = values

    @property
    def values(self) -> "Sequence[Valuation]":
        """Open positions with mark and floating P/L, in the order they were opened."""
        if self._values is None:
            self._values = self._account.ledger.valuations(self.market)
        return self._values

    @property
    def unpriced(self) -> bool:
        """A position counts as 0 because its conversion rate is not known."""
        # Equity is only known beforehand where every position is priced.
        return self._values is not None and not all(value.priced for value in self._values)

    def pnls(self) -> "Sequence[Decimal]":
        """Return the floating P/L of every open position."""
        return [value.pnl for value in self.values]

    @property
    def initial(self) -> Decimal:
        """Initial balance of the phase, account currency."""
        return self._account.ledger.initial

    @property
    def currency(self) -> str:
        """The account's currency."""
        return self._account.ledger.currency

    @property
    def positions(self) -> "Mapping[str, Position]":
        """Open positions by id."""
        return self._account.ledger.positions

    @property
    def orders(self) -> "Mapping[str, Order]":
        """Working orders by id."""
        return self._account.orders.orders

    @property
    def calendar(self) -> Calendar:
        """The calendar in force."""
        return self.market.calendar

    def allowance(self, family: str) -> Decimal | None:
        """Return the allowed loss of the first floor of a family, None without one."""
        for rule in self._account.rules:
            if rule.params.family == family:
                return rule.floor.allowance
        return None
