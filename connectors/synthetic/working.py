"""Working orders: limit orders that are placed, moved, cancelled, and filled when touched."""

from connectors.synthetic.account import Account, Guard, Order, Ticket, drop
from connectors.synthetic.desk import Desk
from connectors.synthetic.ticks import price_text


def place(desk: Desk, account: Account, ticket: Ticket, price: int) -> Order:
    """Place a limit order that waits for its price; the ticket's target follows its fill."""
    order = Order(desk.order_id(), ticket, price)
    account.orders[order.order_id] = order
    _report(desk, account, order, "order.placed")
    _wait(desk, account, order)
    return order


def amend(desk: Desk, account: Account, order: Order, price: int) -> None:
    """Move a working order to another price."""
    drop(order.guard)
    order.price = price
    _report(desk, account, order, "order.modified")
    _wait(desk, account, order)


def cancel(desk: Desk, account: Account, order: Order) -> None:
    """Cancel a working order."""
    drop(order.guard)
    del account.orders[order.order_id]
    symbol = desk.quotes.terms[order.ticket.symbol].symbol
    desk.outbox.emit("order.cancelled", account, order_id=order.order_id, symbol=symbol)


def touch(desk: Desk, guard: Guard) -> None:
    """Fill what waited at a level the present quote has touched."""
    guard.live = False
    if guard.position is not None:
        desk.close(guard.account, guard.position, reason=guard.reason)
    elif guard.order is not None:
        order = guard.account.orders.pop(guard.order.order_id)
        desk.enter(guard.account, order.ticket, order.order_id, working=True)


def _report(desk: Desk, account: Account, order: Order, kind: str) -> None:
    ticket = order.ticket
    fields = desk.order_fields(order.order_id, ticket.symbol, ticket.side, ticket.qty)
    digits = desk.quotes.terms[ticket.symbol].price_digits
    price = price_text(order.price, digits)
    desk.outbox.emit(kind, account, **fields, order_type="limit", price=price)


# A buyer waits for the ask to come down, a seller for the bid to go up.
def _wait(desk: Desk, account: Account, order: Order) -> None:
    order.guard = Guard(account, order.price, "order", order=order)
    buys = order.ticket.side > 0
    desk.guards.add(order.ticket.symbol, order.guard, watches_bid=not buys, below=buys)
