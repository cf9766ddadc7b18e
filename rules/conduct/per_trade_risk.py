"""No single trade may be planned to lose more than its limit.

    planned risk = |entry − stop| × quantity × contract size, in account currency

It is judged when a position is opened, added to, or its stop is set or moved, for the whole
position, and only when that made the risk larger. ``basis: widest`` takes the farthest stop the
position ever had, so that moving it back cures nothing. A position without a stop has no planned
risk: that it has none is for another rule.

>>> from schemas.fields import parse_model
>>> raw = {"id": "risk", "family": "per_trade_risk", "pct": "0.03"}
>>> parse_model(PerTradeRiskParams, raw).basis
'current'

Source: catalogue section 8, "planned risk".
"""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from rules.conduct.amounts import allowed
from rules.conduct.common import Deed, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.limits import Base, LossLimitParams
from rules.conduct.planned import Plan, PlannedRisks
from rules.conduct.scene import Scene
from rules.reference.positions import ZERO
from schemas.fields import Flag
from schemas.money import text


class PerTradeRiskParams(LossLimitParams):
    """Parameters of ``per_trade_risk``.

    Attributes:
        basis: the stop as it is now, or the widest the position ever had.
        with_commission: commission paid on the position so far counts as well.
    """

    family: Literal["per_trade_risk"]
    pct_base: Base = "initial"
    basis: Literal["current", "widest"] = "current"
    with_commission: Flag = False


class PerTradeRisk(Deed):
    """The planned risk of the position an event concerns."""

    metric: ClassVar[str] = "planned_risk"

    __slots__ = ("judged", "risks")

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.risks = PlannedRisks(widest=params.basis == "widest")
        self.judged: dict[str, Decimal] = {}

    def open(self, scene: Scene) -> None:
        """Take the positions there are as they stand: they were judged before."""
        self.risks.open(scene)
        self.judged = {name: self._risk(plan) for name, plan in self.risks.plans.items()}

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Judge the position an event concerns, when its risk has grown."""
        plan = self.risks.note(fact, scene)
        if isinstance(fact, Filled) and (plan is None or (fact.opened and fact.closed)):
            self.judged.pop(fact.position_id, None)
        if plan is None:
            return
        position = fact.position  # type: ignore[union-attr]
        assert position is not None, "a plan is of a position"
        before, risk = self.judged.get(position.id, ZERO), self._risk(plan)
        self.judged[position.id] = risk
        if risk > before:
            facts = {
                "position": position.id,
                "qty": text(position.qty),
                "cost": text(position.cost),
                "stop": None if plan.stop is None else text(plan.stop),
                "commission": text(plan.commission),
            }
            self.found = Measure(risk, allowed(self.params, scene), facts)

    def outlook(self, scene: Scene) -> Measure | None:
        """Return the largest planned risk there is."""
        largest = max((self._risk(plan) for plan in self.risks.plans.values()), default=ZERO)
        return Measure(largest, allowed(self.params, scene))

    def adopt(self, old: "PerTradeRisk") -> None:
        """Keep what was judged, and the widest stops."""
        self.judged = dict(old.judged)
        self.risks.adopt(old.risks)

    def _risk(self, plan: Plan) -> Decimal:
        risk = plan.risk or ZERO
        if self.params.with_commission and plan.stop is not None:
            risk = max(ZERO, risk + plan.commission)
        return risk
