"""The market and one account's books, in fractions, from raw entries and the contract alone.

Money is in whole units of 10^-8. Nothing of the engines is used here.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Raw = dict[str, Any]
UNIT = 10**8


class Refused(Exception):  # noqa: N818 - it is what happens to the event
    """The event is bad input, with a code of the contract."""


def units(text: Any) -> int:
    """An amount as whole units."""
    value = Fraction(str(text)) * UNIT
    assert value.denominator == 1
    return int(value)


def shown(amount: int | Fraction, unit: int = UNIT) -> str:
    """An amount as the decisions show it."""
    value = Fraction(amount, unit) if isinstance(amount, int) else amount
    scaled = abs(value) * 10**20
    assert scaled.denominator == 1
    whole, rest = divmod(int(scaled), 10**20)
    text = f"{whole}.{rest:020}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text


class Market:
    """Latest ticks and trades."""

    def __init__(self, instruments: list[Raw]) -> None:
        self.instruments = {item["symbol"]: item for item in instruments}
        self.ticks: dict[str, tuple[Fraction, Fraction]] = {}
        self.lasts: dict[str, Fraction] = {}

    def tick(self, symbol: str, bid: str, ask: str, last: str | None) -> None:
        self.ticks[symbol] = Fraction(bid), Fraction(ask)
        if last is not None:
            self.lasts[symbol] = Fraction(last)

    def mark(self, symbol: str, side: int) -> Fraction | None:
        kind = self.instruments[symbol].get("mark", "bid_ask")
        if kind == "last":
            return self.lasts.get(symbol)
        if symbol not in self.ticks:
            return None
        bid, ask = self.ticks[symbol]
        if kind == "mid":
            return (bid + ask) / 2
        return bid if side > 0 else ask

    def conversion(self, symbol: str, currency: str) -> tuple[str, Fraction | None] | None:
        """How P/L becomes `currency`: the symbol and the factor, None while there is no tick.

        None when nothing needs converting; an empty symbol when nothing ever will.
        """
        item = self.instruments[symbol]
        arises = item["base"] if item.get("kind") == "inverse" else item["quote"]
        if arises == currency:
            return None
        how = item.get("conversion")
        if how is not None and "op" not in how:
            how = how.get(currency)
        if how is None:
            return "", None
        if how["symbol"] not in self.ticks:
            return how["symbol"], None
        bid, ask = self.ticks[how["symbol"]]
        mid = (bid + ask) / 2
        return how["symbol"], mid if how["op"] == "multiply" else 1 / mid

    def factor(self, symbol: str, currency: str) -> Fraction | None:
        """What to multiply P/L by; None while it is unknown."""
        found = self.conversion(symbol, currency)
        return Fraction(1) if found is None else found[1]

    def worth(self, symbol: str, qty: Fraction, price: Fraction) -> Fraction:
        item = self.instruments[symbol]
        size = qty * Fraction(item.get("contract_size", "1"))
        if item.get("kind") == "inverse":
            return Fraction(round(size / price * 10**12), 10**12)
        return size * price

    def gain(self, symbol: str, side: int, worth: Fraction, cost: Fraction) -> Fraction:
        inverse = self.instruments[symbol].get("kind") == "inverse"
        return side * (cost - worth if inverse else worth - cost)


@dataclass
class Position:
    """An open position."""

    symbol: str
    side: int
    qty: Fraction
    cost: Fraction
    opened_day: int
    notional: int = 0
    result: int = 0


class Books:
    """Balance, positions and the running day."""

    def __init__(self, currency: str, initial: int, mode: str | None) -> None:
        self.currency, self.initial, self.balance, self.mode = currency, initial, initial, mode
        self.positions: dict[str, Position] = {}
        self.paid_in = 0
        self.orders: dict[str, Fraction] = {}
        self.day = 0
        self.floated = 0  # at the last boundary
        self.new_day()

    def new_day(self) -> None:
        self.opened, self.held = False, bool(self.positions)
        self.result = 0
        self.closed: list[tuple[int, int, int, int]] = []

    def equity(self, market: Market) -> tuple[int, bool]:
        """Equity, and whether some position has no known rate."""
        rates = [market.factor(held.symbol, self.currency) for held in self.positions.values()]
        return self.balance + sum(self.floats(market)), None in rates

    def floats(self, market: Market) -> list[int]:
        """The floating result of every position, 0 where it is not known."""
        found = []
        for held in self.positions.values():
            mark = market.mark(held.symbol, held.side)
            factor = market.factor(held.symbol, self.currency)
            floating = 0
            if factor is not None and mark is not None:
                worth = market.worth(held.symbol, held.qty, mark)
                gain = market.gain(held.symbol, held.side, worth, held.cost)
                floating = round(gain * factor * UNIT)
            found.append(floating)
        return found

    def fill(self, event: Raw, market: Market) -> tuple[int, int, int, int] | None:
        """Book a fill; return the trade it closed: days, notional, result."""
        symbol, qty = event["symbol"], Fraction(event["qty"])
        if symbol not in market.instruments:
            raise Refused("unknown_symbol")
        side = 1 if event["side"] == "buy" else -1
        named = event.get("position_id")
        mode = self.mode or ("netting" if named is None else "hedging")
        key = symbol if mode == "netting" else (named or event["fill_id"])
        held = self.positions.get(key)
        if held is not None and mode == "hedging":
            if named is None:
                raise Refused("bad_value")
            if held.symbol != symbol:
                raise Refused("symbol_mismatch")
            if held.side != side and qty > held.qty:
                raise Refused("over_close")
        closing = min(qty, held.qty) if held is not None and held.side != side else Fraction(0)
        realised = self._realised(event, market, held, closing)
        net = realised - units(event.get("commission", "0")) + units(event.get("swap", "0"))
        self.mode = mode
        self.balance += net
        self.result += net
        trade = None
        if closing:
            trade = self._close(key, closing, net, market)
            net = 0
        if qty > closing:
            self._open(key, symbol, side, qty - closing, Fraction(event["price"]), net, market)
        if event.get("order_id") in self.orders:
            self.orders[event["order_id"]] -= qty
            if self.orders[event["order_id"]] <= 0:
                del self.orders[event["order_id"]]
        return trade

    def _realised(
        self, event: Raw, market: Market, held: Position | None, closing: Fraction
    ) -> int:
        if event.get("realized_pnl") is not None:
            return units(event["realized_pnl"])
        if not closing:
            return 0
        factor = market.factor(held.symbol, self.currency)
        if factor is None:
            raise Refused("no_rate")
        worth = market.worth(held.symbol, closing, Fraction(event["price"]))
        gain = market.gain(held.symbol, held.side, worth, self._part(held, closing, market))
        return round(gain * factor * UNIT)

    def _part(self, held: Position, closing: Fraction, market: Market) -> Fraction:
        if closing == held.qty:
            return held.cost
        inverse = market.instruments[held.symbol].get("kind") == "inverse"
        unit = 10**12 if inverse else 10**8
        return Fraction(round(held.cost * closing / held.qty * unit), unit)

    def _close(self, key: str, closing: Fraction, net: int, market: Market):
        held = self.positions[key]
        held.cost -= self._part(held, closing, market)
        held.qty -= closing
        held.result += net
        if held.qty:
            return None
        del self.positions[key]
        trade = (held.opened_day, self.day, held.notional, held.result)
        self.closed.append(trade)
        return trade

    def _open(
        self,
        key: str,
        symbol: str,
        side: int,
        qty: Fraction,
        price: Fraction,
        net: int,
        market: Market,
    ) -> None:
        fresh = Position(symbol, side, Fraction(0), Fraction(0), self.day)
        held = self.positions.setdefault(key, fresh)
        cost = market.worth(symbol, qty, price)
        held.qty += qty
        held.cost += cost
        held.result += net
        factor = market.factor(symbol, self.currency)
        if factor is not None:
            held.notional += round(cost * factor * UNIT)
        self.opened = True

    def adjust(self, reason: str, amount: int) -> None:
        self.balance += -amount if reason in {"payout", "withdrawal", "fee"} else amount
        if reason in {"payout", "withdrawal"}:
            self.paid_in -= amount
        if reason in {"deposit", "bonus"}:
            self.paid_in += amount
        if reason == "fee":
            self.result -= amount
        if reason == "funding":
            self.result += amount
