"""No single trade may lose more than its limit.

    loss of a trade = −(realised P/L − commission + swap so far + floating P/L)

A trade is a position from its first opening to its full close. ``counts`` says what is counted:
both parts, what floats, or what is realised.

>>> from schemas.fields import parse_model
>>> raw = {"id": "trade", "family": "per_trade_loss", "pct": "0.03"}
>>> parse_model(PerTradeLossParams, raw).counts
'total'

Source: catalogue section 8, "floating <= 1% / 2% / 2.5%" and HyroTrader's "actual loss too".
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from rules.conduct.amounts import against, allowed, largest, texts
from rules.conduct.bounds import ZERO, Bound, Group, losses_of, within
from rules.conduct.common import Conduct, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.limits import Base, LossLimitParams
from rules.conduct.scene import Scene
from rules.conduct.sums import limit_of

if TYPE_CHECKING:
    from rules.reference.positions import Valuation


class PerTradeLossParams(LossLimitParams):
    """Parameters of ``per_trade_loss``."""

    family: Literal["per_trade_loss"]
    pct_base: Base = "initial"
    counts: Literal["total", "floating", "realized"] = "total"


class PerTradeLoss(Conduct):
    """The loss of the worst trade, open or closed in this step."""

    metric: ClassVar[str] = "trade_loss"
    follows_prices: ClassVar[bool] = True

    __slots__ = ("_closed",)

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self._closed: dict[str, Decimal] = {}

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Take note of a trade that ends: it is judged in this step, for the last time."""
        del scene
        if isinstance(fact, Filled) and fact.trade is not None and self.params.counts != "floating":
            self._closed[fact.position_id] = -fact.trade.result

    def measure(self, scene: Scene) -> Measure | None:
        """Find the trade that loses most."""
        losses = {value.position.id: self._loss(value) for value in scene.values}
        for name, loss in self._closed.items():
            losses[name] = max(loss, losses.get(name, loss))  # the other half of a reversal
        limit = allowed(self.params, scene)
        return against(largest(losses), limit, {"losses": texts(losses)})

    def bounds(self, scene: Scene, part: Decimal) -> list[Bound]:
        """Return the sum of prices it compares, for every trade."""
        params = self.params
        if params.counts == "realized":
            return []
        kept = params.counts == "total"
        groups = [
            Group(losses_of([held]), -held.result if kept else ZERO)
            for held in scene.positions.values()
        ]
        limit = limit_of(params.pct, params.pct_base, scene, params.amount)
        return within(groups, limit, scene, part)

    def settled(self) -> None:
        """Forget the trades that ended."""
        self._closed.clear()

    def _loss(self, value: "Valuation") -> Decimal:
        if self.params.counts == "floating":
            return -value.pnl
        realized = value.position.result
        return -realized if self.params.counts == "realized" else -(realized + value.pnl)
