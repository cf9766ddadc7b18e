"""What the loss rules share: their common parameters, and how a limit becomes an allowance."""

from decimal import Decimal
from typing import Literal, NamedTuple, Self

from pydantic import model_validator

from rules.params import PositiveMoney, Share, require_one
from rules.response import RuleParams
from schemas.money import round_unit

Metric = Literal["equity", "balance", "min_balance_equity"]
ZERO = Decimal(0)


class Standing(NamedTuple):
    """An account's money at one instant, in account currency."""

    balance: Decimal
    equity: Decimal

    def measure(self, metric: str) -> Decimal:
        """Return what a rule compares with its floor."""
        if metric == "equity":
            return self.equity
        if metric == "balance":
            return self.balance
        return min(self.balance, self.equity)


class Adjustment(NamedTuple):
    """A balance adjustment as the floors see it: what moved, and the trader's part of a payout."""

    reason: str
    amount: Decimal
    trader_share: Decimal | None


class FloorParams(RuleParams):
    """Parameters every loss rule takes (contract 1.4, row "both")."""

    pct: Share | None = None
    amount: PositiveMoney | None = None
    metric: Metric = "equity"
    comparator: Literal["lt", "lte"] = "lt"

    @model_validator(mode="after")
    def _limit(self) -> Self:
        require_one(self.pct, self.amount)
        return self

    def crosses(self, metric: Decimal, floor: Decimal) -> bool:
        """Tell whether ``metric`` breaches ``floor``; touching does only under ``lte``."""
        return metric <= floor if self.comparator == "lte" else metric < floor

    def allowance_on(self, base: Decimal) -> Decimal:
        """Return the allowed loss on ``base``, rounded half-even to the unit."""
        if self.amount is not None:
            return self.amount
        assert self.pct is not None
        return round_unit(self.pct * base)
