"""What the test venue holds: accounts, orders and trades, matched at bid and ask."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

FINAL = ("FILLED", "CANCELED", "EXPIRED")


def fee(qty: Decimal, price: Decimal) -> Decimal:
    return abs(qty) * price * Decimal("0.0004")


class Refused(Exception):  # noqa: N818 - what the venue did
    """The venue's own refusal, with its code."""

    def __init__(self, code: int, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Order:
    order_id: int
    client_id: str
    symbol: str
    side: str
    kind: str
    qty: Decimal
    price: Decimal
    reduce_only: bool
    stop: Decimal = Decimal(0)
    filled: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    status: str = "NEW"


@dataclass
class Account:
    wallet: Decimal = Decimal(100_000)
    positions: dict[str, Decimal] = field(default_factory=dict)
    entry: dict[str, Decimal] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    stops: list[Order] = field(default_factory=list)
    trades: list[dict] = field(default_factory=list)
    income: list[dict] = field(default_factory=list)
    closed: Decimal = Decimal(0)
    """Quantity that reduce-only orders have closed."""
    flat_at: float | None = None

    def hold(self, symbol: str, qty: str, price: str) -> None:
        self.positions[symbol], self.entry[symbol] = Decimal(qty), Decimal(price)

    def book(self, symbol: str, qty: Decimal, price: Decimal) -> None:
        """Trade a signed quantity; what it closes is paid out, and the fee always is."""
        held, entry = self.positions.get(symbol, Decimal(0)), self.entry.get(symbol, price)
        closed = min(abs(qty), abs(held)) if held * qty < 0 else Decimal(0)
        if closed:
            self.wallet += (closed if held > 0 else -closed) * (price - entry)
        opened = abs(qty) - closed
        if opened:
            before = abs(held) - closed if held * qty > 0 else Decimal(0)
            self.entry[symbol] = (before * entry + opened * price) / (before + opened)
        self.positions[symbol] = held + qty
        self.wallet -= fee(qty, price)

    def fund(self, symbol: str, amount: str, payment_id: int, at_ms: int) -> None:
        """Book a funding payment."""
        self.wallet += Decimal(amount)
        named = {"symbol": symbol, "tranId": payment_id, "tradeId": "", "info": "FUNDING_FEE"}
        what = {"incomeType": "FUNDING_FEE", "income": amount, "asset": "USDT", "time": at_ms}
        self.income.append(named | what)

    @property
    def flat(self) -> bool:
        return not any(self.positions.values())

    @property
    def working(self) -> list[Order]:
        return [order for order in self.orders + self.stops if order.status not in FINAL]


class Matching:
    """Every market order fills at once, at bid or ask, or as far as `partial` says.

    Bid and ask lie `spread` below and above the symbol's price; without one both are the price.
    `told` hears of every change of an order: account, order, what happened, and the trade if any.
    """

    def __init__(self, prices: dict[str, Decimal]):
        self.prices = prices
        self.spread: dict[str, Decimal] = {}
        self.accounts: dict[str, Account] = {}
        self.partial: dict[str, Decimal] = {}
        self.told = lambda *_: None
        self._ids = count(1)

    def quote(self, symbol: str, bid: Decimal, ask: Decimal) -> None:
        """Take over the top of an order book, as a recording has it."""
        self.prices[symbol], self.spread[symbol] = (bid + ask) / 2, (ask - bid) / 2

    def book(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return bid and ask."""
        price, spread = self.prices[symbol], self.spread.get(symbol, Decimal(0))
        return price - spread, price + spread

    def order(self, account: Account, given: dict[str, str], now_ms: int) -> Order:
        symbol, side = given["symbol"], given["side"]
        client_id = given.get("newClientOrderId", "")
        if any(item.client_id == client_id for item in account.working):
            raise Refused(-4116, "ClientOrderId is duplicated.")
        order = Order(
            next(self._ids),
            client_id,
            symbol,
            side,
            given["type"],
            Decimal(given["quantity"]),
            Decimal(given.get("price", "0")),
            given.get("reduceOnly") == "true",
        )
        held = account.positions.get(symbol, Decimal(0))
        sign = 1 if side == "BUY" else -1
        if order.reduce_only and held * sign >= 0:
            raise Refused(-2022, "ReduceOnly Order is rejected.")
        account.orders.append(order)
        self.told(account, order, "NEW", None)
        if order.kind == "MARKET":
            self._fill(account, order, held, sign, now_ms)
        return order

    def _fill(self, account, order, held, sign, now_ms):
        qty = min(order.qty, abs(held)) if order.reduce_only else order.qty
        share = self.partial.pop(order.symbol, None)
        if share is not None:
            qty = (qty * share).quantize(Decimal("0.001"))
        self._execute(account, order, sign * qty, now_ms, "EXPIRED")

    def execute(self, account: Account, order: Order, qty: Decimal, now_ms: int) -> None:
        """Fill a working order, in part or all of it."""
        sign = 1 if order.side == "BUY" else -1
        self._execute(account, order, sign * qty, now_ms, "PARTIALLY_FILLED")

    def cancel(self, account: Account, order: Order) -> None:
        order.status = "CANCELED"
        self.told(account, order, "CANCELED", None)

    def _execute(self, account, order, signed, now_ms, in_part):
        qty = abs(signed)
        order.filled += qty
        order.status = "FILLED" if order.filled == order.qty else in_part
        bid, ask = self.book(order.symbol)
        price = order.price or (ask if signed > 0 else bid)
        order.paid += qty * price
        if order.reduce_only:
            account.closed += qty
        account.book(order.symbol, signed, price)
        trade = self._trade(order, qty, price, now_ms)
        account.trades.append(trade)
        self.told(account, order, "TRADE", trade)

    def _trade(self, order, qty, price, now_ms):
        return {
            "symbol": order.symbol,
            "id": next(self._ids),
            "orderId": order.order_id,
            "side": order.side,
            "price": str(price),
            "qty": str(qty),
            "quoteQty": str(qty * price),
            "realizedPnl": "0",
            "commission": str(fee(qty, price)),
            "commissionAsset": "USDT",
            "time": now_ms,
            "positionSide": "BOTH",
            "buyer": order.side == "BUY",
            "maker": False,
        }

    def stop(self, account: Account, given: dict[str, str]) -> Order:
        order = Order(
            next(self._ids),
            given.get("clientAlgoId", ""),
            given["symbol"],
            given["side"],
            given["type"],
            Decimal(given["quantity"]),
            Decimal(0),
            given.get("reduceOnly") == "true",
            stop=Decimal(given["triggerPrice"]),
        )
        if any(item.client_id == order.client_id for item in account.stops):
            raise Refused(-4116, "clientAlgoId is duplicated.")
        account.stops.append(order)
        return order
