"""Which positions are protected by a stop: their own, or a working order that would close them."""

from decimal import Decimal
from typing import TYPE_CHECKING

from rules.conduct.scene import Scene
from schemas.money import ZERO

if TYPE_CHECKING:
    from rules.reference.positions import Position

_STOPS = frozenset({"stop", "stop_limit", "stop_loss", "trailing_stop"})


def stops_of(scene: Scene, *, with_orders: bool) -> dict[str, Decimal | None]:
    """Return the stop price of every open position by its id, None where there is none.

    Args:
        scene: the account.
        with_orders: stop orders of the other side count, when together they are large enough for
            all positions they would have to close; the price at which the last is closed is the
            stop.
    """
    found = {name: position.stop_loss for name, position in scene.positions.items()}
    if with_orders:
        for (symbol, side), held in _unprotected(scene).items():
            needed = sum((position.qty for position in held), ZERO)
            for price, qty in _closing(scene, symbol, side):
                needed -= qty
                if needed <= 0:
                    found |= {position.id: price for position in held}
                    break
    return found


def wider(side: int, before: Decimal, now: Decimal) -> bool:
    """Tell whether a stop has moved away from the market (side +1 long, −1 short)."""
    return (now - before) * side < 0


def _unprotected(scene: Scene) -> "dict[tuple[str, int], list[Position]]":
    found: dict[tuple[str, int], list[Position]] = {}
    for position in scene.positions.values():
        if position.stop_loss is None:
            key = position.instrument.symbol, position.side
            found.setdefault(key, []).append(position)
    return found


# Nearest to the market first.
def _closing(scene: Scene, symbol: str, side: int) -> list[tuple[Decimal, Decimal]]:
    wanted = "sell" if side > 0 else "buy"
    orders = [
        (order.price, order.qty)
        for order in scene.orders.values()
        if order.symbol == symbol
        and order.side == wanted
        and order.order_type in _STOPS
        and order.price is not None
    ]
    return sorted(orders, key=lambda order: -side * order[0])
