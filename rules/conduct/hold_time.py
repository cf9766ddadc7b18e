"""Trades must be held for some time: each of them, on average, or those that make the profit.

    neither share nor average   broken by a trade held for less than `threshold_s`
    min_share_from_longer       broken while trades of at least `threshold_s` made less than that
                                share of the profit
    min_average_s               broken while the average is less than so many seconds

A rule has one of the three. Times run from a position's opening fill to the fill that ends it.
With ``comparator: gte`` the share, the average and the time must be exceeded.

Source: catalogue section 9, "Holding time".
"""

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.common import Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.scene import Scene
from rules.conduct.short_trades import ShortTrades, ShortTradesParams, seconds
from rules.goals.common import Trade, ratio
from rules.params import Share, Whole
from schemas.errors import BadValue
from schemas.instants import instant_text
from schemas.money import ZERO, text

_ONE = Decimal(1)


class HoldTimeParams(ShortTradesParams):
    """Parameters of ``hold_time``.

    Attributes:
        min_share_from_longer: of the profit.
        min_average_s: seconds; of all closed trades.
    """

    family: Literal["hold_time"]
    min_share_from_longer: Share | None = None
    min_average_s: Whole | None = None

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        if self.min_share_from_longer is not None and self.min_average_s is not None:
            message = "excludes `min_share_from_longer`: make two rules of it"
            raise BadValue(message, "min_average_s")
        return self


class HoldTime(ShortTrades):
    """How long one account holds its trades."""

    metric: ClassVar[str] = "seconds_missing"

    __slots__ = ("_found",)

    def __init__(self, params: HoldTimeParams) -> None:
        super().__init__(params)
        self._found: Measure | None = None

    @property
    def deed(self) -> bool:
        """Each trade is judged by itself."""
        params = self.params
        return params.min_share_from_longer is None and params.min_average_s is None

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Count a trade that was closed, or judge it by itself."""
        super().observe(fact, scene)
        if self.deed and isinstance(fact, Filled) and fact.trade is not None and self.judged:
            self._found = self._of_trade(fact.position_id, fact.trade)

    def measure(self, scene: Scene) -> Measure | None:
        """Return the trade of this step, the share or the average."""
        del scene
        params = self.params
        if self.deed:
            return self._found
        if not self.judged:
            return None
        return self._average() if params.min_average_s is not None else self._share()

    def _average(self) -> Measure:
        needed, held = self.params.min_average_s * self.trades, seconds(self.held_ns)
        average = text(ratio(held, Decimal(self.trades)))
        facts = {"trades": str(self.trades), "average_s": average}
        return Measure(Decimal(needed), held, facts, "seconds_needed")

    def _share(self) -> Measure | None:
        if self.profit <= 0:
            return None
        longer = self.profit - self.short_profit
        facts = {"from_longer": text(longer), "profit": text(self.profit)}
        facts["share_from_longer"] = text(ratio(longer, self.profit))
        limit = (_ONE - self.params.min_share_from_longer) * self.profit
        return Measure(self.short_profit, limit, facts, "short_profit")

    def settled(self) -> None:
        """Forget the trade of the step."""
        self._found = None

    def _of_trade(self, position_id: str, trade: Trade) -> Measure:
        held = seconds(trade.closed_at - trade.opened_at)
        facts = {
            "position_id": position_id,
            "symbol": trade.symbol,
            "opened_at": instant_text(trade.opened_at),
            "closed_at": instant_text(trade.closed_at),
            "held_s": text(held),
            "result": text(trade.result),
        }
        return Measure(self.params.threshold_s - held, ZERO, facts)
