"""No single day (or trade) may make up too much of the profit. A gate, never a breach.

    met when best ≤ max_share × denominator        (``lt``: best < max_share × denominator)

    total       the result of all days (trades), losing ones included
    positive    the result of the winning ones alone
    target      a fixed profit: ``target``, or ``target_pct`` of the initial balance

While a total is not positive the goal is not met, and nothing is divided. By day it holds the
value of the last boundary, and the phase passes only at a boundary; by trade it is judged with
every close.

>>> from decimal import Decimal
>>> params = ConsistencyParams(id="best", family="consistency", max_share="0.4")
>>> goal = Consistency(params, Decimal(50000))
>>> for won in (1500, 1200, 1800):
...     goal.end_day(Day(opened=True, held=True, result=Decimal(won), trades=()))
>>> goal.progress(Decimal(0))
Progress(value='0.4', needed='0.4', met=True)

Source: contract section 2, "Passing"; catalogue section 6.
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade, ratio, threshold_of
from rules.params import Params, PositiveMoney, Share
from schemas.errors import BadValue
from schemas.money import ZERO, text


class ConsistencyParams(Params):
    """Parameters of ``consistency``."""

    family: Literal["consistency"]
    max_share: Share
    scope: Literal["day", "trade"] = "day"
    comparator: Literal["lte", "lt"] = "lte"
    denominator: Literal["total", "positive", "target"] = "total"
    target: PositiveMoney | None = None
    target_pct: Share | None = None

    @model_validator(mode="after")
    def _target(self) -> Self:
        given = (self.target is not None) + (self.target_pct is not None)
        if self.denominator == "target" and given != 1:
            reason = "exactly one of `target` and `target_pct` is required"
            raise BadValue(reason, "target")
        if self.denominator != "target" and given:
            path = "target" if self.target is not None else "target_pct"
            raise BadValue(f"has no meaning with `denominator: {self.denominator}`", path)
        return self


class Consistency:
    """One account's best day or trade against what it is a share of."""

    __slots__ = ("_target", "best", "params", "total", "won")

    def __init__(self, params: ConsistencyParams, initial: Decimal) -> None:
        self.params = params
        self.best = ZERO
        self.total = ZERO
        self.won = ZERO
        self._target = ZERO
        if params.denominator == "target":
            self._target = threshold_of(params.target_pct, params.target, initial)

    @property
    def gates_at_boundary(self) -> bool:
        """By day the share is only known when days end."""
        return self.params.scope == "day"

    @property
    def denominator(self) -> Decimal:
        """What the best is a share of."""
        return {"total": self.total, "positive": self.won, "target": self._target}[
            self.params.denominator
        ]

    def end_day(self, day: Day) -> None:
        """Add an ended session, when days are what is compared."""
        if self.params.scope == "day":
            self._add(day.result)

    def close_trade(self, trade: Trade) -> None:
        """Add a closed trade, when trades are what is compared."""
        if self.params.scope == "trade":
            self._add(trade.result)

    def adopt(self, old: "Consistency") -> None:
        """Keep the results seen under an earlier version, when they are of the same kind."""
        if old.params.scope == self.params.scope:
            self.best, self.total, self.won = old.best, old.total, old.won

    def progress(self, profit: Decimal) -> Progress:
        """Compare the best with its allowed share, exactly."""
        needed = text(self.params.max_share)
        if self.denominator <= 0:
            return Progress(None, needed, met=False)
        limit = self.params.max_share * self.denominator
        met = self.best < limit if self.params.comparator == "lt" else self.best <= limit
        return Progress(text(ratio(self.best, self.denominator)), needed, met)

    def _add(self, result: Decimal) -> None:
        self.best = max(self.best, result)
        self.total += result
        self.won += max(result, ZERO)
