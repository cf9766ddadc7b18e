"""What every open position is planned to lose at its stop, as of the event that last changed it.

    planned risk = cost − value at the stop (− for a short: the other way round), at least 0

It is converted at the rate of that moment and rounded half-even to the unit, so that no tick
changes it. A rate not known then counts 0 until the next event of the account.

Source: catalogue section 8, "planned risk"; contract section 2, "Money".
"""

from decimal import Decimal

from rules.conduct.facts import Fact, Filled, Protected
from rules.conduct.scene import Scene
from rules.reference.market import convert
from rules.reference.positions import ZERO, Position, conversion_now, gain, value_of
from schemas.money import round_unit


class Plan:
    """One position's risk: ``None`` while a rate is missing; ``at_cost`` is what it is worth.

    ``stop`` is the stop the risk was taken at, the present one or the widest so far.
    """

    __slots__ = ("at_cost", "commission", "risk", "side", "stop", "widest")

    def __init__(self, side: int) -> None:
        self.side = side
        self.commission = ZERO
        self.stop: Decimal | None = None
        self.widest: Decimal | None = None
        self.risk: Decimal | None = ZERO
        self.at_cost = ZERO

    def take(self, position: Position, scene: Scene, *, widest: bool) -> None:
        """Work the risk out at the position's stop, or at the widest it ever had."""
        stop = position.stop_loss
        if stop is not None:
            further = min if self.side > 0 else max
            self.widest = stop if self.widest is None else further(self.widest, stop)
        self.stop = self.widest if widest else stop
        self.at_cost = _converted(position.cost, position, scene) or ZERO
        self.risk = ZERO
        if self.stop is not None:
            value = value_of(position.instrument, position.qty, self.stop)
            loss = -gain(position.instrument, self.side, value, position.cost)
            risk = _converted(loss, position, scene)
            self.risk = None if risk is None else max(ZERO, risk)


class PlannedRisks:
    """The plans of an account's open positions, by position id."""

    __slots__ = ("_widest", "plans")

    def __init__(self, *, widest: bool = False) -> None:
        self._widest = widest
        self.plans: dict[str, Plan] = {}

    def open(self, scene: Scene) -> None:
        """Take every position there is."""
        for position in scene.positions.values():
            self._take(position, scene)

    def note(self, fact: Fact, scene: Scene) -> Plan | None:
        """Take note of an event; return the plan of the position it concerns, None without one."""
        for held in scene.positions.values():
            plan = self.plans.get(held.id)
            if plan is not None and plan.risk is None:
                self._take(held, scene)
        if isinstance(fact, Protected):
            return self._take(fact.position, scene)
        if not isinstance(fact, Filled):
            return None
        position = fact.position
        if position is None:
            self.plans.pop(fact.position_id, None)
            return None
        known = self.plans.get(position.id)
        if known is not None and known.side != position.side:
            del self.plans[position.id]  # reversed: another position under the same id
        plan = self._take(position, scene)
        plan.commission += fact.fill.commission
        return plan

    def adopt(self, old: "PlannedRisks") -> None:
        """Take over the widest stops and the commission that another version has seen."""
        for name, plan in old.plans.items():
            if name in self.plans:
                self.plans[name].commission = plan.commission
                self.plans[name].widest = plan.widest

    def _take(self, position: Position, scene: Scene) -> Plan:
        plan = self.plans.setdefault(position.id, Plan(position.side))
        plan.take(position, scene, widest=self._widest)
        return plan


def _converted(amount: Decimal, position: Position, scene: Scene) -> Decimal | None:
    conversion, rate, known = conversion_now(position.instrument, scene.market, scene.currency)
    if not known:
        return None
    if conversion is not None and rate is not None:
        amount = convert(amount, conversion, rate)
    return round_unit(amount)
