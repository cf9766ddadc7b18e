"""Trades held for less than a threshold may only be a part of all trades, and of the profit.

    share of trades = short trades / closed trades
    share of profit = profit of short trades / profit
    broken          = a share of those in `count` is above `max_share`

Shares are compared without dividing: 10 short ones of 50 are exactly a fifth. Nothing is compared
while there is no profit.

Source: catalogue section 9, "Holding time".
"""

from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, model_validator

from rules.conduct.common import Measure
from rules.conduct.scene import Scene
from rules.conduct.scope import listed
from rules.conduct.short_trades import ShortTrades, ShortTradesParams
from rules.goals.common import ratio
from rules.params import Share
from schemas.errors import BadValue
from schemas.money import text

Counted = Literal["trades", "profit"]


class ScalpShareParams(ShortTradesParams):
    """Parameters of ``scalp_share``.

    Attributes:
        max_share: how much of the whole short trades may be.
        count: of what: trades, profit, or both.
    """

    family: Literal["scalp_share"]
    max_share: Share
    count: Annotated[tuple[Counted, ...], BeforeValidator(listed)] = ("trades", "profit")

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if not self.count or len(set(self.count)) != len(self.count):
            raise BadValue("must name `trades`, `profit` or both, once each", "count")
        return self


class ScalpShare(ShortTrades):
    """The short trades of one account among all."""

    metric: ClassVar[str] = "short_trades"

    __slots__ = ()

    def measure(self, scene: Scene) -> Measure | None:
        """Return the first share that is too large, else the one most used up."""
        del scene
        if not self.judged:
            return None
        found = [measure for counted in self.params.count if (measure := self._share(counted))]
        beyond = [each for each in found if self.params.crosses(each.observed, each.limit)]
        if beyond:
            return beyond[0]
        return max(found, key=lambda each: each.observed / each.limit, default=None)

    def _share(self, counted: Counted) -> Measure | None:
        part, whole, metric = Decimal(self.short), Decimal(self.trades), "short_trades"
        if counted == "profit":
            part, whole, metric = self.short_profit, self.profit, "short_profit"
        if whole <= 0:
            return None
        facts = {"part": text(part), "whole": text(whole), "share": text(ratio(part, whole))}
        return Measure(part, self.params.max_share * whole, facts, metric)
