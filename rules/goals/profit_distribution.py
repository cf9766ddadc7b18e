"""What one day (or trade) wins beyond a share of the target is not counted. Never a breach.

    cap     = max_share × target
    counted = Σ min(result, cap)        met when counted ≥ target

Losing days (trades) count in full with ``denominator: total``, not at all with ``positive``. By
day the value is that of the last boundary, and the phase passes only at one.

>>> from decimal import Decimal
>>> params = ProfitDistributionParams(
...     id="spread", family="profit_distribution", amount="500", max_share="0.4")
>>> goal = ProfitDistribution(params, Decimal(5000))
>>> for won in (320, 100, 40, 22, 18):
...     goal.end_day(Day(opened=True, held=True, result=Decimal(won), trades=()))
>>> goal.progress(Decimal(500))
Progress(value='380', needed='500', met=False)

Source: catalogue section 6.
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade, threshold_of
from rules.params import Params, PositiveMoney, Share, require_one
from schemas.money import ZERO, round_unit, text


class ProfitDistributionParams(Params):
    """Parameters of ``profit_distribution``; ``pct`` or ``amount`` is the target."""

    family: Literal["profit_distribution"]
    max_share: Share
    pct: Share | None = None
    amount: PositiveMoney | None = None
    scope: Literal["day", "trade"] = "day"
    denominator: Literal["total", "positive"] = "total"

    @model_validator(mode="after")
    def _one(self) -> Self:
        require_one(self.pct, self.amount)
        return self


class ProfitDistribution:
    """One account's profit as far as it counts."""

    __slots__ = ("cap", "counted", "params", "target")

    def __init__(self, params: ProfitDistributionParams, initial: Decimal) -> None:
        self.params = params
        self.target = threshold_of(params.pct, params.amount, initial)
        self.cap = round_unit(params.max_share * self.target)
        self.counted = ZERO

    @property
    def gates_at_boundary(self) -> bool:
        """By day what counts is only known when days end."""
        return self.params.scope == "day"

    def end_day(self, day: Day) -> None:
        """Count an ended session, when days are what is capped."""
        if self.params.scope == "day":
            self._add(day.result)

    def close_trade(self, trade: Trade) -> None:
        """Count a closed trade, when trades are what is capped."""
        if self.params.scope == "trade":
            self._add(trade.result)

    def adopt(self, old: "ProfitDistribution") -> None:
        """Keep what was counted under an earlier version, when it is of the same kind."""
        if old.params.scope == self.params.scope:
            self.counted = old.counted

    def progress(self, profit: Decimal) -> Progress:
        """Compare what counts with the target."""
        return Progress(text(self.counted), text(self.target), self.counted >= self.target)

    def _add(self, result: Decimal) -> None:
        if result >= 0 or self.params.denominator == "total":
            self.counted += min(result, self.cap)
