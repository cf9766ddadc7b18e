"""The broker's desk: executes at the present bid and ask and writes the account events.

Positions are integers, so a close never exceeds what is held; stops, targets and working orders
are filled at the quote that touches them.
"""

from decimal import Decimal

from connectors.synthetic import fees
from connectors.synthetic.account import Account, Guard, Position, Ticket, drop
from connectors.synthetic.guards import GuardBook
from connectors.synthetic.outbox import Outbox
from connectors.synthetic.quotes import Quotes
from connectors.synthetic.ticks import price_text
from schemas.money import text

SIDES = {1: "buy", -1: "sell"}
MOST_STEPS = 10_000_000


class Desk:
    """Executes tickets; every method acts at the outbox's present instant.

    Args:
        quotes: the latest prices.
        outbox: where the account events go.
    """

    def __init__(self, quotes: Quotes, outbox: Outbox) -> None:
        self.quotes = quotes
        self.outbox = outbox
        self.guards = GuardBook(len(quotes.terms))
        self._fills = 0
        self._orders = 0

    def size(self, account: Account, symbol: int, risk: float) -> int:
        """Return the quantity on which one stride against the account costs `risk` of it."""
        worth = self.quotes.worth(symbol, account.plan.currency)
        if worth is None:
            return 0
        money = account.plan.initial * Decimal(str(round(risk, 6)))
        steps = money / (worth * self.quotes.stride_share[symbol])
        return max(1, min(int(steps), MOST_STEPS))

    def price(self, symbol: int, side: int) -> int:
        """Return what a buyer (1) or a seller (-1) gets now."""
        return self.quotes.ask[symbol] if side > 0 else self.quotes.bid[symbol]

    def floating(self, account: Account, held: Position) -> Decimal:
        """Return the open P/L of a position, in cents, as its owner reckons it."""
        price = self.price(held.symbol, -held.side)
        signed = held.side * held.qty
        return self.quotes.profit(held.symbol, account.plan.currency, held.entry, price, signed)

    def open(self, account: Account, ticket: Ticket) -> Position | None:
        """Fill a market order; None when it can't be priced yet, or closed what was held."""
        if self.quotes.worth(ticket.symbol, account.plan.currency) is None or ticket.qty <= 0:
            return None
        order_id = None
        if ticket.announce:
            order_id = self.order_id()
            fields = self.order_fields(order_id, ticket.symbol, ticket.side, ticket.qty)
            self.outbox.emit("order.placed", account, **fields, order_type="market")
        return self.enter(account, ticket, order_id, working=False)

    def enter(
        self, account: Account, ticket: Ticket, order_id: str | None, *, working: bool
    ) -> Position | None:
        """Book an opening fill; on a netting account it may reduce or reverse instead."""
        key = ticket.key if account.hedging else str(ticket.symbol)
        held = account.positions.get(key) if key else None
        assert held is None or held.side == ticket.side or not account.hedging
        extra: dict[str, object] = {"order_id": order_id} if order_id else {}
        if account.hedging and key:
            extra["position_id"] = key
        stop, target = self._levels(ticket, extra)
        fill_id, price = self._fill(account, ticket, extra, working=working)
        opening = ticket.qty
        if held is not None and held.side != ticket.side:
            closing = min(held.qty, ticket.qty)
            self._realise(account, held, price, closing)
            opening -= closing
            held = None if held.qty == 0 else held
        if opening:
            held = self._add(account, held, ticket, (key or fill_id, opening, price))
            self.guard(account, held, stop, target)
        return held

    def close(
        self, account: Account, held: Position, qty: int | None = None, reason: str = "client"
    ) -> None:
        """Close a position, or `qty` of it, at the present price."""
        qty = held.qty if qty is None else min(qty, held.qty)
        extra: dict[str, object] = {} if reason == "client" else {"reason": reason}
        nights = (held.opened_ns, self.outbox.now_ns)
        swap = fees.swap(self.quotes, held.symbol, held.side, qty, nights)
        if swap:
            extra["swap"] = text(swap)
        if account.hedging:
            extra["position_id"] = held.key
        ticket = Ticket(held.symbol, -held.side, qty)
        _, price = self._fill(account, ticket, extra, working=False)
        self._realise(account, held, price, qty)
        account.cash += swap

    def protect(self, account: Account, held: Position, stop: int | None) -> None:
        """Set or move the protective stop to a level, or remove it with None."""
        digits = self.quotes.terms[held.symbol].price_digits
        extra: dict[str, object] = {}
        if account.hedging:
            extra["position_id"] = held.key
        else:
            extra["symbol"] = self.quotes.terms[held.symbol].symbol
        extra["stop_loss"] = None if stop is None else price_text(stop, digits)
        if held.target is not None:
            extra["take_profit"] = price_text(held.target.level, digits)
        self.outbox.emit("position.protected", account, **extra)
        drop(held.stop)
        held.stop = None
        self.guard(account, held, stop or 0, 0)

    def guard(self, account: Account, held: Position, stop: int, target: int) -> None:
        """Let a position wait at a stop and a target level; 0 leaves what is there."""
        long = held.side > 0
        if stop > 0:
            drop(held.stop)
            held.stop = Guard(account, stop, "stop_loss", held)
            self.guards.add(held.symbol, held.stop, watches_bid=long, below=long)
        if target > 0:
            drop(held.target)
            held.target = Guard(account, target, "take_profit", held)
            self.guards.add(held.symbol, held.target, watches_bid=long, below=not long)

    def order_id(self) -> str:
        """Return the next order id."""
        self._orders += 1
        return f"O{self._orders:07d}"

    def order_fields(self, order_id: str, symbol: int, side: int, qty: int) -> dict[str, object]:
        """Return the fields that name an order."""
        terms = self.quotes.terms[symbol]
        fields: dict[str, object] = {"order_id": order_id, "symbol": terms.symbol}
        return fields | {"side": SIDES[side], "qty": price_text(qty, terms.qty_digits)}

    # Levels of the ticket's stop and target; also written to the fill.
    def _levels(self, ticket: Ticket, extra: dict[str, object]) -> tuple[int, int]:
        digits = self.quotes.terms[ticket.symbol].price_digits
        from_price = self.price(ticket.symbol, -ticket.side)
        stop = from_price - ticket.side * ticket.stop if ticket.stop else 0
        target = from_price + ticket.side * ticket.target if ticket.target else 0
        if stop > 0:
            extra["stop_loss"] = price_text(stop, digits)
        if target > 0:
            extra["take_profit"] = price_text(target, digits)
        return stop, target

    def _fill(
        self, account: Account, ticket: Ticket, extra: dict[str, object], *, working: bool
    ) -> tuple[str, int]:
        terms = self.quotes.terms[ticket.symbol]
        price = self.price(ticket.symbol, ticket.side)
        self._fills += 1
        fill_id = f"F{self._fills:07d}"
        fields: dict[str, object] = {"fill_id": fill_id, "symbol": terms.symbol}
        fields["side"] = SIDES[ticket.side]
        fields["qty"] = price_text(ticket.qty, terms.qty_digits)
        fields["price"] = price_text(price, terms.price_digits)
        cost = fees.commission(
            account.plan, self.quotes, ticket.symbol, ticket.qty, working=working
        )
        if cost:
            fields["commission"] = text(cost)
            account.cash -= cost
        self.outbox.emit("fill", account, **fields, **extra)
        return fill_id, price

    def _add(
        self, account: Account, held: Position | None, ticket: Ticket, fill: tuple[str, int, int]
    ) -> Position:
        key, qty, price = fill
        if held is None:
            now_ns = self.outbox.now_ns
            held = Position(key, ticket.symbol, ticket.side, qty, price, now_ns)
            account.positions[key] = held
        else:
            held.entry = (held.entry * held.qty + price * qty) // (held.qty + qty)
            held.qty += qty
        return held

    def _realise(self, account: Account, held: Position, price: int, qty: int) -> None:
        currency = account.plan.currency
        signed = held.side * qty
        account.cash += self.quotes.profit(held.symbol, currency, held.entry, price, signed)
        held.qty -= qty
        if not held.qty:
            drop(held.stop)
            drop(held.target)
            del account.positions[held.key]
