"""One tick, read plainly: the meaning that the fast readers must match.

>>> from schemas.instruments import InstrumentTable
>>> table = InstrumentTable.parse([{"symbol": "EURUSD", "base": "EUR", "quote": "USD",
...                                 "price_digits": "5", "qty_digits": "2"}])
>>> read_tick(Listing(table), "2014-05-02T12:30:00.25Z", "EURUSD", "1.38", "1.38010")
Tick(ts=1399033800250000000, symbol=0, bid=138000, ask=138010, last=-1)

Source: contract sections 1.2 and 2, "Prices".
"""

import csv
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from math import isfinite
from typing import TypeVar

from connectors.recording.batch import Tick
from connectors.recording.listing import Listing
from schemas.errors import BadValue, Code, InputError, OverPrecise, quoted
from schemas.frames import NO_PRICE
from schemas.instants import parse_instant
from schemas.money import EXACT, decimals
from schemas.readers import LIMIT, positive

ValueT = TypeVar("ValueT")


def read_tick(  # noqa: PLR0917 - the columns of a recording
    listing: Listing, ts: object, symbol: object, bid: object, ask: object, last: object = None
) -> Tick:
    """Read a tick from its five values; ``last`` may be missing (``None`` or empty).

    Raises:
        InputError: the first thing wrong with it, with the name of the column as its path.
    """
    instant = _at("ts", parse_instant, ts)
    if not isinstance(symbol, str):
        raise BadValue("is required" if symbol is None else "must be text", "symbol")
    place = listing.id_of(symbol)
    digits = int(listing.digits[place])
    bid_units = read_price(bid, digits, "bid")
    ask_units = read_price(ask, digits, "ask")
    last_units = NO_PRICE if last is None or last == "" else read_price(last, digits, "last")
    if bid_units > ask_units:
        raise InputError("crossed", f"bid {bid} is above ask {ask}", "bid")
    return Tick(instant, place, bid_units, ask_units, last_units)


def read_price(value: object, digits: int, path: str) -> int:
    """Return a price in 10^-digits; a float is quantised once, half-even, everything else exact.

    Raises:
        InputError: ``bad_value`` or ``over_precise``.
    """
    if isinstance(value, float):
        price = _quantised(value, digits, path)
    else:
        price = _at(path, positive, value)
        if decimals(price) > digits:
            message = f"at most {digits} decimals are allowed, was {quoted(value)}"
            raise OverPrecise(message, path)
    return int(price.scaleb(digits, EXACT))


def split_line(line: bytes, width: int) -> list[str]:
    """Split one line of CSV into its fields. A record never spans lines.

    Raises:
        InputError: ``bad_format``: not UTF-8, an open quote, or not ``width`` fields.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise InputError("bad_format", "not UTF-8 text") from None
    fields = _unquoted(text) if '"' in text else text.split(",")
    if len(fields) != width:
        raise InputError("bad_format", f"{len(fields)} fields where the header has {width}")
    return fields


def pick(fields: Sequence[str], places: Sequence[int]) -> list[str | None]:
    """Return the five wanted fields; a column the file does not have is ``None``."""
    return [fields[place] if place >= 0 else None for place in places]


def _unquoted(text: str) -> list[str]:
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as error:
        raise InputError("bad_format", f"not CSV: {error}") from None
    return rows[0]


def _quantised(value: float, digits: int, path: str) -> Decimal:
    if not isfinite(value) or not 0 < value < LIMIT:
        raise BadValue(f"must be above 0 and below 10^10, was {quoted(value)}", path)
    price = Decimal(value).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN, EXACT)
    if not 0 < price < LIMIT:
        message = f"must be above 0 after rounding to {digits} decimals, was {quoted(value)}"
        raise BadValue(message, path)
    return price


def _at(path: str, read: Callable[[object], ValueT], value: object) -> ValueT:
    if value is None:
        code: Code = "bad_ts" if path == "ts" else "bad_value"
        raise InputError(code, "is required", path)
    try:
        return read(value)
    except InputError as error:
        raise error.under(path) from None
