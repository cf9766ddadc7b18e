"""Events about orders and stops: what a venue's book says, against what was told of it."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.venues.ccxt_account import WorkingOrder
from connectors.venues.client_ids import is_ours
from flows.attached.report import event_id, written
from flows.reporting.told import ZERO, Booked, Known
from schemas.events import OrderCancelled, OrderModified, OrderPlaced, PositionProtected

_NS_PER_MS = 1_000_000


def protects(order: WorkingOrder) -> bool:
    """Tell whether an order is the protective stop of a position."""
    return order.reduce_only and order.kind == "stop"


def booked_events(known: Known, working: Sequence[WorkingOrder], now_ms: int) -> list[bytes]:
    """Return what is new about orders that work; our own closes are no orders of the trader."""
    found = []
    for order in working:
        if protects(order) or is_ours(order.client_id):
            continue
        before = known.orders.get(order.order_id)
        left = order.qty - known.filled.get(order.order_id, ZERO)
        if left <= 0:
            continue  # its last fill was told already
        if before is None:
            found.append(_placed(known, order, left, now_ms))
        elif (order.qty, order.price) != (before.qty, before.price):
            found.append(_modified(known, order, left, before, now_ms))
    return found


def gone(known: Known, working: Sequence[WorkingOrder]) -> list[tuple[str, Booked]]:
    """Return the orders that were told of and work no more."""
    there = {order.order_id for order in working}
    return [item for item in known.orders.items() if item[0] not in there]


def cancelled_event(known: Known, order_id: str, symbol: str, now_ms: int) -> bytes:
    """Return that an order left the book."""
    return written(
        OrderCancelled(
            event_id=event_id(*known.whose[:2], symbol, order_id, "cancelled"),
            type="order.cancelled",
            ts=now_ms * _NS_PER_MS,
            **_names(known),
            order_id=order_id,
        )
    )


def levels_of(working: Iterable[WorkingOrder]) -> dict[str, Decimal]:
    """Return the stop of each symbol: of several the one that is reached first."""
    found: dict[str, Decimal] = {}
    for order in working:
        if protects(order) and order.price is not None:
            first = max if order.side == "sell" else min
            found[order.symbol] = first(found.get(order.symbol, order.price), order.price)
    return found


def moved(known: Known, levels: Mapping[str, Decimal]) -> list[str]:
    """Return the symbols whose stop is another than was told."""
    symbols = sorted(levels.keys() | known.stops.keys())
    return [s for s in symbols if levels.get(s) != known.stops.get(s, (None, ""))[0]]


def protected_event(known: Known, symbol: str, level: Decimal | None, now_ms: int) -> bytes:
    """Return that a stop was set, moved or removed.

    Its id follows from the event before, because the same level may come again.
    """
    _, before = known.stops.get(symbol, (None, ""))
    named = event_id(*known.whose[:2], symbol, "stop", before, f"{level}")
    event = PositionProtected(
        event_id=named,
        type="position.protected",
        ts=now_ms * _NS_PER_MS,
        **_names(known),
        symbol=symbol,
        stop_loss=level,
    )
    return written(event, "stop_loss")


def _placed(known: Known, order: WorkingOrder, left: Decimal, now_ms: int) -> bytes:
    return written(
        OrderPlaced(
            event_id=event_id(*known.whose[:2], order.symbol, order.order_id, "placed"),
            type="order.placed",
            ts=(order.ts_ms or now_ms) * _NS_PER_MS,
            **_names(known),
            order_id=order.order_id,
            symbol=order.symbol,
            side=order.side,
            qty=left,
            order_type=order.kind,
            price=order.price,
        )
    )


def _modified(
    known: Known, order: WorkingOrder, left: Decimal, before: Booked, now_ms: int
) -> bytes:
    what = ("modified", before.last_id, f"{order.qty}", f"{order.price}")
    return written(
        OrderModified(
            event_id=event_id(*known.whose[:2], order.symbol, order.order_id, *what),
            type="order.modified",
            ts=now_ms * _NS_PER_MS,
            **_names(known),
            order_id=order.order_id,
            qty=left,
            price=order.price,
        )
    )


def _names(known: Known) -> dict[str, Any]:
    _, account_id, firm_id, trader_id = known.whose
    return {"account_id": account_id, "firm_id": firm_id, "trader_id": trader_id}
