"""The account must have won at least a threshold on enough days.

    a day counts when its result ≥ threshold        (``gt``: >)

What a day has won is a matter of ``attribution``:

    close_day                   realised P/L − commission + swap of the fills of that day, fees
                                and funding: what is closed counts on the day it is closed
    open_day                    the results of the trades opened that day, each once it is closed:
                                a day may come to count, or cease to, after it has ended
    close_day_minus_floating    as ``close_day``, less what losing positions float at its end
    equity_delta                as ``close_day``, plus the change of floating P/L over the day

With ``min_best_share`` a day must also have won that share of the best day so far.

>>> from decimal import Decimal
>>> params = ProfitableDaysParams(id="p", family="profitable_days", min_days="3", amount="50")
>>> goal = ProfitableDays(params, Decimal(50000))
>>> goal.end_day(Day(opened=True, held=True, result=Decimal(50), trades=()))
>>> goal.progress(Decimal(0))
Progress(value='1', needed='3', met=False)

Source: contract section 1.4; catalogue section 5.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from rules.goals.common import Day, Progress, Trade, threshold_of
from rules.params import Params, PositiveMoney, Share, Whole, require_one
from schemas.money import ZERO

Attribution = Literal["close_day", "open_day", "close_day_minus_floating", "equity_delta"]


class ProfitableDaysParams(Params):
    """Parameters of ``profitable_days``; ``pct`` is of the initial balance."""

    family: Literal["profitable_days"]
    min_days: Whole
    pct: Share | None = None
    amount: PositiveMoney | None = None
    comparator: Literal["gte", "gt"] = "gte"
    attribution: Attribution = "close_day"
    min_best_share: Share | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        require_one(self.pct, self.amount)
        return self


class ProfitableDays:
    """One account's count of profitable days.

    ``_results`` holds the days that may yet change their mind; days that cannot are counted only.
    """

    __slots__ = ("_results", "days", "params", "threshold")

    gates_at_boundary = False

    def __init__(self, params: ProfitableDaysParams, initial: Decimal) -> None:
        self.params = params
        self.days = 0
        self.threshold = threshold_of(params.pct, params.amount, initial)
        self._results: dict[int, Decimal] = {}

    def end_day(self, day: Day) -> None:
        """Count the ended session, and count again the earlier ones it bears on."""
        if not self._remembers:
            self.days += self._won(self._result(day))
            return
        counted = self._count()
        for number, result in self._credited(day):
            self._results[number] = self._results.get(number, ZERO) + result
        self.days += self._count() - counted

    def close_trade(self, trade: Trade) -> None:
        """Trades count when the day they are closed on has ended."""

    def adopt(self, old: "ProfitableDays") -> None:
        """Keep the days counted under an earlier version."""
        self.days = old.days
        if self._remembers and old.params.attribution == self.params.attribution:
            self._results = dict(old._results)

    def progress(self, profit: Decimal) -> Progress:
        """Compare the days counted at the last boundary with those needed."""
        return Progress(
            str(self.days), str(self.params.min_days), self.days >= self.params.min_days
        )

    @property
    def _remembers(self) -> bool:
        return self.params.attribution == "open_day" or self.params.min_best_share is not None

    def _result(self, day: Day) -> Decimal:
        if self.params.attribution == "equity_delta":
            return day.equity_change
        if self.params.attribution == "close_day_minus_floating":
            return day.result + day.open_losses
        return day.result

    def _credited(self, day: Day) -> Iterator[tuple[int, Decimal]]:
        if self.params.attribution != "open_day":
            yield day.number, self._result(day)
            return
        for trade in day.trades:
            yield trade.opened_day, trade.result

    def _count(self) -> int:
        share = self.params.min_best_share
        least = ZERO if share is None else share * max(self._results.values(), default=ZERO)
        return sum(self._won(result) and result >= least for result in self._results.values())

    def _won(self, result: Decimal) -> bool:
        return (
            result > self.threshold
            if self.params.comparator == "gt"
            else (result >= self.threshold)
        )
