"""A position's stop may not be too many times as far away as its target.

    |entry − stop| ≤ max_stop_to_target × |target − entry|

The entry is the average open price. It is judged when a position with both a stop and a target is
opened, added to, or one of the two is set or moved, and only when that made it worse. There is a
ratio only where the stop would lose and the target win: a stop at break-even risks nothing, and a
target behind the entry is a way out.

>>> from schemas.fields import parse_model
>>> raw = {"id": "rr", "family": "rr", "max_stop_to_target": "5"}
>>> parse_model(RrParams, raw).max_stop_to_target
Decimal('5')

Source: catalogue section 8, "stop:target <= 5:1" (Apex, legacy).
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from rules.conduct.common import ConductParams, Deed, Measure
from rules.conduct.facts import Fact, Filled, Protected
from rules.conduct.limits import Factor
from rules.conduct.scene import Scene
from rules.reference.positions import ZERO, gain, value_of
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.positions import Position


class RrParams(ConductParams):
    """Parameters of ``rr``."""

    family: Literal["rr"]
    max_stop_to_target: Factor


class Bracket(NamedTuple):
    """What a position loses at its stop and wins at its target, in the P/L currency."""

    stop: Decimal
    target: Decimal


class Rr(Deed):
    """The bracket of the position an event concerns; both sides as money, which is exact."""

    metric: ClassVar[str] = "stop_distance"

    __slots__ = ("brackets",)

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self.brackets: dict[str, Bracket] = {}

    def open(self, scene: Scene) -> None:
        """Take the brackets there are as they stand."""
        for position in scene.positions.values():
            bracket = _bracket(position)
            if bracket is not None:
                self.brackets[position.id] = bracket

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Judge the bracket of the position an event concerns, when it got worse."""
        del scene
        if not isinstance(fact, Filled | Protected):
            return
        position = fact.position
        name = fact.position_id if isinstance(fact, Filled) else fact.position.id
        before = self.brackets.pop(name, None)
        bracket = None if position is None else _bracket(position)
        if position is None or bracket is None:
            return
        self.brackets[name] = bracket
        if before is None or bracket.stop * before.target > before.stop * bracket.target:
            facts = {
                "position": name,
                "cost": text(position.cost),
                "stop": text(position.stop_loss or ZERO),
                "target": text(position.take_profit or ZERO),
                "target_distance": text(bracket.target),
            }
            limit = self.params.max_stop_to_target * bracket.target
            self.found = Measure(bracket.stop, limit, facts)

    def adopt(self, old: "Rr") -> None:
        """Keep the brackets."""
        self.brackets = dict(old.brackets)


def _bracket(position: "Position") -> Bracket | None:
    if position.stop_loss is None or position.take_profit is None:
        return None
    instrument, side = position.instrument, position.side
    at_stop, at_target = (
        gain(instrument, side, value_of(instrument, position.qty, price), position.cost)
        for price in (position.stop_loss, position.take_profit)
    )
    return Bracket(-at_stop, at_target) if at_stop < 0 < at_target else None
