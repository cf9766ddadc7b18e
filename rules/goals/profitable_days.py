"""The account must have won at least a threshold on enough days.

A day's result is realised P/L − commission + swap of the fills of that session, fees and funding
(attribution ``close_day``: a trade counts on the day it is closed).

>>> from decimal import Decimal
>>> params = ProfitableDaysParams(id="p", family="profitable_days", min_days="3", amount="50")
>>> goal = ProfitableDays(params, Decimal(50000))
>>> goal.end_day(Day(opened=True, held=True, result=Decimal(50), trades=()))
>>> goal.progress(Decimal(0))
Progress(value='1', needed='3', met=False)

Source: contract section 1.4; catalogue section 5.
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade
from rules.params import Params, PositiveMoney, Share, Whole, require_one
from schemas.money import round_unit


class ProfitableDaysParams(Params):
    """Parameters of ``profitable_days``; ``pct`` is of the initial balance."""

    family: Literal["profitable_days"]
    min_days: Whole
    pct: Share | None = None
    amount: PositiveMoney | None = None
    comparator: Literal["gte", "gt"] = "gte"
    attribution: Literal["close_day"] = "close_day"

    @model_validator(mode="after")
    def _one(self) -> Self:
        require_one(self.pct, self.amount)
        return self


class ProfitableDays:
    """One account's count of profitable days."""

    __slots__ = ("days", "params", "threshold")

    gates_at_boundary = False

    def __init__(self, params: ProfitableDaysParams, initial: Decimal) -> None:
        self.params = params
        self.days = 0
        if params.amount is not None:
            self.threshold = params.amount
        else:
            assert params.pct is not None
            self.threshold = round_unit(params.pct * initial)

    def end_day(self, day: Day) -> None:
        """Count the ended session if it won enough."""
        if self.params.comparator == "gt":
            self.days += day.result > self.threshold
        else:
            self.days += day.result >= self.threshold

    def close_trade(self, trade: Trade) -> None:
        """Trades count through their day's result."""

    def adopt(self, old: "ProfitableDays") -> None:
        """Keep the days counted under an earlier version."""
        self.days = old.days

    def progress(self, profit: Decimal) -> Progress:
        """Compare the days counted at the last boundary with those needed."""
        return Progress(
            str(self.days), str(self.params.min_days), self.days >= self.params.min_days
        )
