"""The account's working orders, as the platform reports them."""

from dataclasses import dataclass
from decimal import Decimal

from schemas.errors import InputError
from schemas.events import OrderCancelled, OrderModified, OrderPlaced

_CHANGEABLE = ("qty", "price", "stop_loss", "take_profit", "order_type")
_REMOVABLE = frozenset({"price", "stop_loss", "take_profit"})


@dataclass(slots=True)
class Order:
    """A working order; ``qty`` is what is left to fill."""

    order_id: str
    symbol: str
    side: str
    qty: Decimal
    order_type: str | None
    price: Decimal | None
    stop_loss: Decimal | None
    take_profit: Decimal | None


_NONE: dict[str, Order] = {}
"""The book of an account without orders, which most are; it is never written to."""


class OrderBook:
    """Working orders by id. Fills of orders never reported are the platform's own business."""

    __slots__ = ("orders",)

    def __init__(self) -> None:
        self.orders = _NONE

    def check(self, event: OrderPlaced | OrderModified | OrderCancelled) -> None:
        """Refuse an order event that contradicts the book.

        Raises:
            InputError: ``bad_value``: the id is taken, or names no working order.
        """
        known = event.order_id in self.orders
        if isinstance(event, OrderPlaced) == known:
            message = "names a working order already" if known else "names no working order"
            raise InputError("bad_value", message, "order_id")

    def apply(self, event: OrderPlaced | OrderModified | OrderCancelled) -> None:
        """Book a checked order event."""
        if isinstance(event, OrderCancelled):
            del self.orders[event.order_id]
            return
        if isinstance(event, OrderModified):
            order = self.orders[event.order_id]
            for name in _CHANGEABLE:
                value = getattr(event, name)
                # A null removes what an order can do without, and leaves the rest as it was.
                if value is not None or (name in _REMOVABLE and name in event.model_fields_set):
                    setattr(order, name, value)
            return
        if not self.orders:
            self.orders = {}
        self.orders[event.order_id] = Order(
            event.order_id,
            event.symbol,
            event.side,
            event.qty,
            event.order_type,
            event.price,
            event.stop_loss,
            event.take_profit,
        )

    def filled(self, order_id: str | None, qty: Decimal) -> None:
        """Take a fill off its order, and the order out of the book when nothing is left."""
        order = self.orders.get(order_id) if order_id is not None else None
        if order is not None:
            order.qty -= qty
            if order.qty <= 0:
                del self.orders[order.order_id]
