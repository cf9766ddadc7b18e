"""No single day (or trade) may make up too much of the total profit. A gate, never a breach.

    met when best ≤ max_share × total        (``lt``: best < max_share × total)

The total is net of losing days (trades); while it is not positive the goal is not met. By day it
holds the value of the last boundary, and the phase passes only at a boundary.

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
from typing import Literal

from rules.goals.common import Day, Progress, Trade, ratio
from rules.params import Params, Share
from schemas.money import text

_ZERO = Decimal(0)


class ConsistencyParams(Params):
    """Parameters of ``consistency``."""

    family: Literal["consistency"]
    max_share: Share
    scope: Literal["day", "trade"] = "day"
    comparator: Literal["lte", "lt"] = "lte"


class Consistency:
    """One account's best day or trade against its total."""

    __slots__ = ("best", "params", "total")

    def __init__(self, params: ConsistencyParams, initial: Decimal) -> None:
        self.params = params
        self.best = _ZERO
        self.total = _ZERO

    @property
    def gates_at_boundary(self) -> bool:
        """By day the share is only known when days end."""
        return self.params.scope == "day"

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
            self.best, self.total = old.best, old.total

    def progress(self, profit: Decimal) -> Progress:
        """Compare the best with its allowed share of the total, exactly."""
        needed = text(self.params.max_share)
        if self.total <= 0:
            return Progress(None, needed, met=False)
        limit = self.params.max_share * self.total
        met = self.best < limit if self.params.comparator == "lt" else self.best <= limit
        return Progress(text(ratio(self.best, self.total)), needed, met)

    def _add(self, result: Decimal) -> None:
        self.best = max(self.best, result)
        self.total += result
