"""A stop may not be taken away from an open position, nor, if so configured, moved further off.

The evidence names every position and the stop it had, so that the stop can be set again
(``action: reapply_stop``). A stop that leaves with its position is no removal, and neither is a
reversal, which is a new position.

Source: catalogue section 8, "Removing a stop"; requirements on stop removal in mid-position.
"""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from rules.conduct.common import ConductParams, Deed, Measure
from rules.conduct.facts import Fact, Filled, Ordered, Protected
from rules.conduct.scene import Scene
from rules.conduct.stops import stops_of, wider
from schemas.money import text


class StopRemovalParams(ConductParams):
    """Parameters of ``stop_removal``.

    Attributes:
        widening: ``forbidden``: moving a stop away from the market counts as well.
        orders: ``judged``: a working stop order that covers the position is a stop too.
    """

    family: Literal["stop_removal"]
    widening: Literal["allowed", "forbidden"] = "allowed"
    orders: Literal["ignored", "judged"] = "ignored"


class StopRemoval(Deed):
    """The stops of one account's positions, as they were last seen."""

    metric: ClassVar[str] = "stops_removed"

    __slots__ = ("_stops",)

    def __init__(self, params: StopRemovalParams) -> None:
        super().__init__(params)
        self._stops: dict[str, Decimal | None] = {}

    def open(self, scene: Scene) -> None:
        """See which stops there are."""
        self._stops = self._seen(scene)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Compare the stops with those of before."""
        before, self._stops = self._stops, self._seen(scene)
        if isinstance(fact, Protected | Ordered):
            concerned = set(self._stops)
        elif isinstance(fact, Filled) and "stop_loss" in fact.fill.model_fields_set:
            concerned = set() if fact.closed and fact.opened else {fact.position_id}
        else:
            return  # a fill that says nothing of stops moves none
        lost = [
            name
            for name, stop in self._stops.items()
            if name in concerned and self._lost(scene.positions[name].side, before.get(name), stop)
        ]
        if lost:
            facts = [self._facts(name, before[name], scene) for name in lost]
            self.found = Measure(Decimal(len(lost)), Decimal(0), {"removed": facts})

    def _seen(self, scene: Scene) -> dict[str, Decimal | None]:
        return stops_of(scene, with_orders=self.params.orders == "judged")

    def _lost(self, side: int, before: Decimal | None, now: Decimal | None) -> bool:
        if before is None:
            return False
        if now is None:
            return True
        return self.params.widening == "forbidden" and wider(side, before, now)

    def _facts(self, name: str, before: Decimal | None, scene: Scene) -> dict[str, Any]:
        position, now = scene.positions[name], self._stops[name]
        assert before is not None, "only a stop that was there is lost"
        return {
            "position_id": name,
            "symbol": position.instrument.symbol,
            "side": "buy" if position.side > 0 else "sell",
            "qty": text(position.qty),
            "stop_loss": text(before),
            "stop_now": None if now is None else text(now),
        }
