"""Only some instruments may be traded: those on a list, or all but those on a list.

    broken when a fill opens or adds in a symbol that `allow` does not name, or that `deny` names

A fill that only reduces or closes is always fine: an instrument that was taken off the list can
be left. With ``orders: judged`` placing an order counts too, unless it would reduce a position.

Source: catalogue section 11.
"""

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from rules.conduct.common import ConductParams, Deed, Measure
from rules.conduct.facts import Fact, Filled, Ordered
from rules.conduct.limits import Symbols, chosen
from rules.conduct.scene import Scene
from schemas.errors import BadValue
from schemas.events import OrderPlaced


class InstrumentsParams(ConductParams):
    """Parameters of ``instruments``.

    Attributes:
        allow: symbols or patterns of what may be traded; all when left out.
        deny: symbols or patterns of what may not, even when allowed.
        orders: whether placing an order counts as well.
    """

    family: Literal["instruments"]
    allow: Symbols | None = None
    deny: Symbols | None = None
    orders: Literal["ignored", "judged"] = "ignored"

    @model_validator(mode="after")
    def _forbids_something(self) -> Self:
        if self.allow is None and self.deny is None:
            raise BadValue("one of `allow` and `deny` is required", "allow")
        return self

    def forbids(self, symbol: str) -> bool:
        """Tell whether a symbol may not be traded."""
        denied = self.deny is not None and chosen(self.deny, symbol)
        return denied or not chosen(self.allow, symbol)


class Instruments(Deed):
    """The list as it binds one account."""

    metric: ClassVar[str] = "forbidden_trades"

    __slots__ = ()

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Look up what was traded, or is to be."""
        if isinstance(fact, Filled) and fact.opened:
            self._check(fact.instrument.symbol, {"fill_id": fact.fill.fill_id})
        elif isinstance(fact, Ordered) and isinstance(fact.event, OrderPlaced):
            order = fact.event
            if self.params.orders == "judged" and not reduces(order, scene):
                self._check(order.symbol, {"order_id": order.order_id})

    def _check(self, symbol: str, what: dict[str, str]) -> None:
        if self.params.forbids(symbol):
            self.found = Measure(Decimal(1), Decimal(0), {"symbol": symbol, **what})


def reduces(order: OrderPlaced, scene: Scene) -> bool:
    """Tell whether an order would close no more than what is held on the other side."""
    side = 1 if order.side == "sell" else -1
    held = (
        position.qty
        for position in scene.positions.values()
        if position.instrument.symbol == order.symbol and position.side == side
    )
    return order.qty <= sum(held, Decimal(0))
