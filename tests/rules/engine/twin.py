"""The kernel's brute-force twin: fractions and Python integers, every tick, nothing clever."""

from fractions import Fraction
from typing import NamedTuple

from rules.engine.columns import ASK, BALANCE, BID, EQUITY, FAR, LAST, MID, MULTIPLY
from rules.engine.legs import Position
from rules.engine.rows import Percent, Row


class Quote(NamedTuple):
    bid: int
    ask: int
    last: int


class Tick(NamedTuple):
    symbol: int
    bid: int
    ask: int
    last: int


def quotes_after(carried: dict[int, Quote], ticks: list[Tick]) -> list[dict[int, Quote]]:
    """Return the quotes of every symbol after each tick."""
    quotes, out = dict(carried), []
    for tick in ticks:
        before = quotes.get(tick.symbol, Quote(-1, -1, -1))
        last = before.last if tick.last < 0 else tick.last
        quotes = {**quotes, tick.symbol: Quote(tick.bid, tick.ask, last)}
        out.append(quotes)
    return out


def _mark(quote: Quote, series: int, digits: int) -> Fraction:
    price = {
        BID: Fraction(quote.bid),
        ASK: Fraction(quote.ask),
        MID: Fraction(quote.bid + quote.ask, 2),
        LAST: Fraction(quote.last),
    }[series]
    return price / 10**digits


def profit(position: Position, quotes: dict[int, Quote]) -> int:
    """Return a position's P/L in units, as the contract says it."""
    mark = _mark(quotes[position.symbol], position.series, position.price_digits)
    rate = Fraction(1)
    if position.rate is not None:
        rate = _mark(quotes[position.rate.symbol], MID, position.rate.price_digits)
    return profit_at(position, mark, rate)


def profit_at(position: Position, mark: Fraction, rate: Fraction) -> int:
    """Return a position's P/L in units at a mark and a conversion rate."""
    quantity = Fraction(position.quantity, 10**position.quantity_digits)
    cost = Fraction(position.cost, 10**position.cost_digits)
    if position.inverse:
        value = Fraction(round(quantity / mark * 10**12), 10**12)
        result = position.side * (cost - value)
    else:
        result = position.side * (mark * quantity - cost)
    if position.rate is not None:
        result = result * rate if position.rate.op == MULTIPLY else result / rate
    return round(result * 10**8)


def floor_and_room(row: Row, high: int) -> tuple[int, int]:
    """Return a row's floor at a high-water mark, and the room at which it warns (-FAR: never)."""
    allowance, room = row.allowance, -FAR
    if isinstance(allowance, Percent):
        share = round(Fraction(high * allowance.numerator, allowance.denominator))
        allowance = max(0, share - allowance.reduction)
    floor = row.start
    if row.peak:
        floor = max(row.start, min(high - allowance, row.cap))
    if row.warn is not None:
        room = row.warn
    if row.warn_level is not None:
        level, one = row.warn_level
        room = max(room, ((one - level) * allowance) // one)
    return floor - row.shift, room


def must_look(row: Row, balance: int, equity: int, high: int) -> bool:
    """Tell whether a judged row breaches or warns."""
    floor, room = floor_and_room(row, max(row.high, high))
    metrics = [equity] if row.metric & EQUITY else []
    metrics += [balance] if row.metric & BALANCE else []
    metric = min(metrics)
    return metric < floor or (row.touch and metric == floor) or metric - floor <= room


class Found(NamedTuple):
    stop: int
    high: int
    high_tick: int


def first_stop(
    equities: list[int], balance: int, rows: list[Row], span: tuple[int, int], high: int, tick: int
) -> Found:
    """Walk every tick of span; `high` is FAR where no row has a maximum."""
    for at in range(*span):
        equity = equities[at]
        risen = max(high, equity)
        if any(row.judged and must_look(row, balance, equity, risen) for row in rows):
            return Found(at, high, tick)
        if equity > high:
            high, tick = equity, at
    return Found(-1, high, tick)


def seed_high(rows: list[Row]) -> int:
    return min([row.high for row in rows if row.peak], default=FAR)
