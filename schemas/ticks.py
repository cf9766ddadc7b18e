"""A tick as a message: one row of `ts,symbol,bid,ask` and optional `last`.

Precision is checked where the instrument is known; see `scaled_price`.
"""

from decimal import Decimal

from schemas.errors import InputError, OverPrecise
from schemas.fields import Instant, Price, Shape, Symbol, parse_model
from schemas.instruments import Instrument
from schemas.money import EXACT, decimals


class TickMessage(Shape):
    """Best bid and ask of one instrument, and the last trade when there was one."""

    ts: Instant
    symbol: Symbol
    bid: Price
    ask: Price
    last: Price | None = None


def parse_tick(value: object) -> TickMessage:
    """Read a tick from its raw JSON object or row.

    Raises:
        InputError: `bad_ts`, `crossed` when bid > ask, or `bad_value`, with the field's path.
    """
    tick = parse_model(TickMessage, value)
    if tick.bid > tick.ask:
        raise InputError("crossed", f"bid {tick.bid} is above ask {tick.ask}", "bid")
    return tick


def scaled_price(price: Decimal, instrument: Instrument, path: str) -> int:
    """Return a price as a whole number of 10^-price_digits of its instrument.

    Raises:
        OverPrecise: it has more decimals than the instrument allows.
    """
    if decimals(price) > instrument.price_digits:
        msg = f"{instrument.symbol} has {instrument.price_digits} price digits, was {price}"
        raise OverPrecise(msg, path)
    return int(price.scaleb(instrument.price_digits, EXACT))
