"""The account must have traded on enough days. Firms mean five different things by that.

    opened              a fill opened or added that day
    held                a position was open at some moment of that day
    opened_and_closed   a trade was closed that day; one held over days counts once, when it closes
    qualified_trade     a trade opened and closed that day, of at least ``min_notional_pct`` of the
                        initial balance, won or lost at least ``min_result_pct`` of its notional
    day_change          the day's result, won or lost, is at least ``min_change_pct`` of initial

Days are counted when they end: the goal holds the value of the last boundary.

>>> from decimal import Decimal
>>> goal = TradingDays(TradingDaysParams(id="d", family="trading_days", min_days="2"), Decimal(1))
>>> goal.end_day(Day(opened=True, held=True, result=Decimal(0), trades=()))
>>> goal.progress(Decimal(0))
Progress(value='1', needed='2', met=False)

Source: contract section 2, "Passing"; catalogue section 5.
"""

from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade
from rules.params import Params, Share, Whole
from schemas.errors import BadValue

Counts = Literal["opened", "held", "opened_and_closed", "qualified_trade", "day_change"]
_NEEDS = {
    "qualified_trade": frozenset({"min_notional_pct", "min_result_pct"}),
    "day_change": frozenset({"min_change_pct"}),
}


class TradingDaysParams(Params):
    """Parameters of ``trading_days``."""

    family: Literal["trading_days"]
    min_days: Whole
    counts: Counts = "opened"
    min_notional_pct: Share | None = None
    min_result_pct: Share | None = None
    min_change_pct: Share | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        given = {
            name
            for name in ("min_notional_pct", "min_result_pct", "min_change_pct")
            if getattr(self, name) is not None
        }
        needed = _NEEDS.get(self.counts, frozenset())
        if given != needed:
            wanted = ", ".join(f"`{name}`" for name in sorted(needed)) or "no threshold"
            raise BadValue(f"`{self.counts}` takes {wanted}", "counts")
        return self


class TradingDays:
    """One account's count of trading days."""

    __slots__ = ("_initial", "days", "params")

    gates_at_boundary = False

    def __init__(self, params: TradingDaysParams, initial: Decimal) -> None:
        self.params = params
        self._initial = initial
        self.days = 0

    def end_day(self, day: Day) -> None:
        """Count the ended session if it was a trading day."""
        self.days += self._counts(day)

    def close_trade(self, trade: Trade) -> None:
        """Trades are looked at when their day ends."""

    def adopt(self, old: "TradingDays") -> None:
        """Keep the days counted under an earlier version."""
        self.days = old.days

    def progress(self, profit: Decimal) -> Progress:
        """Compare the days counted at the last boundary with those needed."""
        return Progress(
            str(self.days), str(self.params.min_days), self.days >= self.params.min_days
        )

    def _counts(self, day: Day) -> bool:
        counts = self.params.counts
        if counts == "opened":
            return day.opened
        if counts == "held":
            return day.held
        if counts == "opened_and_closed":
            return bool(day.trades)
        if counts == "day_change":
            assert self.params.min_change_pct is not None
            return abs(day.result) >= self.params.min_change_pct * self._initial
        return any(self._qualifies(trade) for trade in day.trades)

    def _qualifies(self, trade: Trade) -> bool:
        size, result = self.params.min_notional_pct, self.params.min_result_pct
        assert size is not None
        assert result is not None
        return (
            trade.within_a_day
            and trade.notional >= size * self._initial
            and abs(trade.result) >= result * trade.notional
        )
