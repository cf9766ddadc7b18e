"""A day (or trade) that wins too much of the target raises the target. Never a breach.

    needed = max(target, best / max_share)        met when profit ≥ needed

The other way to say that the best may be no more than a share of the total: whoever wins too much
at once has to win more in all. ``best`` is that of the ended days (closed trades); by day the
phase passes only at a boundary.

>>> from decimal import Decimal
>>> params = ConsistencyTargetLiftParams(
...     id="lift", family="consistency_target_lift", amount="2500", max_share="0.4")
>>> goal = ConsistencyTargetLift(params, Decimal(50000))
>>> goal.end_day(Day(opened=True, held=True, result=Decimal(1200), trades=()))
>>> goal.progress(Decimal(2500))
Progress(value='2500', needed='3000', met=False)

Source: catalogue section 6, "target lift".
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade, threshold_of, total_for
from rules.params import Params, PositiveMoney, Share, require_one
from schemas.money import ZERO, text


class ConsistencyTargetLiftParams(Params):
    """Parameters of ``consistency_target_lift``; ``pct`` or ``amount`` is the unlifted target."""

    family: Literal["consistency_target_lift"]
    max_share: Share
    pct: Share | None = None
    amount: PositiveMoney | None = None
    scope: Literal["day", "trade"] = "day"

    @model_validator(mode="after")
    def _one(self) -> Self:
        require_one(self.pct, self.amount)
        return self


class ConsistencyTargetLift:
    """One account's target, lifted by its best day or trade."""

    __slots__ = ("best", "params", "target")

    def __init__(self, params: ConsistencyTargetLiftParams, initial: Decimal) -> None:
        self.params = params
        self.best = ZERO
        self.target = threshold_of(params.pct, params.amount, initial)

    @property
    def gates_at_boundary(self) -> bool:
        """By day the best is only known when days end."""
        return self.params.scope == "day"

    def end_day(self, day: Day) -> None:
        """Look at an ended session, when days are what counts."""
        if self.params.scope == "day":
            self.best = max(self.best, day.result)

    def close_trade(self, trade: Trade) -> None:
        """Look at a closed trade, when trades are what counts."""
        if self.params.scope == "trade":
            self.best = max(self.best, trade.result)

    def adopt(self, old: "ConsistencyTargetLift") -> None:
        """Keep the best seen under an earlier version, when it is of the same kind."""
        if old.params.scope == self.params.scope:
            self.best = old.best

    def progress(self, profit: Decimal) -> Progress:
        """Compare the profit with the lifted target, both whole units."""
        needed = max(self.target, total_for(self.best, self.params.max_share))
        return Progress(text(profit), text(needed), profit >= needed)
