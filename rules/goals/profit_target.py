"""The account must have realised its target profit; touching the target is enough.

    balance − initial − deposits − bonuses + withdrawals + payouts ≥ target

>>> from decimal import Decimal
>>> goal = ProfitTarget(ProfitTargetParams(id="t", family="profit_target", pct="0.08"),
...                     Decimal(100000))
>>> goal.progress(Decimal(8000))
Progress(value='8000', needed='8000', met=True)

Source: contract section 2, "Passing"; catalogue section 4.
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade
from rules.params import Params, PositiveMoney, Share, require_one
from schemas.money import round_unit, text


class ProfitTargetParams(Params):
    """Parameters of ``profit_target``."""

    family: Literal["profit_target"]
    pct: Share | None = None
    amount: PositiveMoney | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        require_one(self.pct, self.amount)
        return self


class ProfitTarget:
    """One account's profit target."""

    __slots__ = ("params", "target")

    gates_at_boundary = False

    def __init__(self, params: ProfitTargetParams, initial: Decimal) -> None:
        self.params = params
        if params.amount is not None:
            self.target = params.amount
        else:
            assert params.pct is not None
            self.target = round_unit(params.pct * initial)

    def end_day(self, day: Day) -> None:
        """Nothing of a day matters here."""

    def close_trade(self, trade: Trade) -> None:
        """Nothing of a single trade matters here."""

    def adopt(self, old: "ProfitTarget") -> None:
        """There is nothing to keep."""

    def progress(self, profit: Decimal) -> Progress:
        """Compare the profit with the target."""
        return Progress(text(profit), text(self.target), profit >= self.target)
