"""Turn one position into a leg of the kernel: integers whose bounds are known.

For a linear instrument, with mark M (an integer), over a common denominator:

    P/L in units = round_half_even((factor * M + constant) [* rate | / rate] / scale)

and for an inverse one, with everything inside the bracket in 10^-12 of the base currency:

    P/L in units = round_half_even((cost - round_half_even(numerator / M)) [* rate | / rate] */
    scale)

Every number is checked against the widest price the symbol may reach (`PriceBounds`), so the kernel
needs no test for
overflow: a leg that fits 63 bits takes the narrow path, one that fits 127 the wide one, anything
    else stays out of the
kernel and its account is judged by the reference.
"""

from math import gcd
from typing import Final, NamedTuple

import numpy as np

from rules.engine.columns import (
    DIVIDE,
    EXACT,
    GROWN,
    INVERSE,
    MID,
    MULTIPLY,
    NO_RATE,
    REAL,
    SCALED,
    WIDE,
)

_NARROW: Final = 1 << 62
_WIDEST: Final = 1 << 126
_FLOAT_EXACT: Final = 1 << 53
_UNIT_DIGITS: Final = 8
_VALUE_DIGITS: Final = 12


class Rate(NamedTuple):
    """How P/L becomes account currency: MULTIPLY or DIVIDE by the mid of a symbol."""

    op: int
    symbol: int
    price_digits: int


class Position(NamedTuple):
    """A position as the book holds it, in exact integers.

    `quantity` is qty * contract_size with `quantity_digits` decimals, `cost` the cost in the P/L
    currency with `cost_digits` decimals; `side` is +1 or -1; `series` the price that marks it.
    """

    symbol: int
    side: int
    series: int
    quantity: int
    quantity_digits: int
    cost: int
    cost_digits: int
    price_digits: int
    inverse: bool = False
    rate: Rate | None = None


class PriceBounds(NamedTuple):
    """The lowest and highest price a symbol may show before its legs are prepared again."""

    low: int
    high: int


class Leg(NamedTuple):
    """A leg as `columns.LEG` holds it, with its constant still one integer.

    The last four are for bounds: the P/L before conversion as a line (or curve) in the mark, the
        largest number on the
    way to it in units, and the rounding of money that float arithmetic doesn't see.
    """

    factor: int
    constant: int
    scale: int
    symbol: int
    rate: int
    series: int
    kind: int
    slope: float = 0.0
    level: float = 0.0
    gross: float = 0.0
    error: float = 0.0


def prepare_leg(position: Position, mark: PriceBounds, rate: PriceBounds | None) -> Leg | None:
    """Return the leg of a position, or None when it is out of the kernel's range.

    `mark` bounds the prices of its symbol, `rate` those of its conversion symbol (None without
    one).
    """
    leg = _inverse(position) if position.inverse else _linear(position)
    return None if leg is None else fit_leg(leg, mark, rate)


def _conversion(rate: Rate | None) -> tuple[int, int, int, int]:
    # (kind bits, symbol, numerator, denominator) of what turns P/L currency into the account's;
    # the mid is doubled.
    if rate is None:
        return 0, NO_RATE, 1, 1
    unit = 2 * 10**rate.price_digits
    if rate.op == MULTIPLY:
        return MULTIPLY, rate.symbol, 1, unit
    return DIVIDE, rate.symbol, unit, 1


def _doubling(series: int) -> int:
    return 2 if series == MID else 1


def _linear(position: Position) -> Leg:
    kind, rate_symbol, numerator, denominator = _conversion(position.rate)
    twice = _doubling(position.series)
    value_digits = position.price_digits + position.quantity_digits
    digits = max(value_digits, position.cost_digits)
    numerator *= 10**_UNIT_DIGITS
    denominator *= twice * 10**digits
    factor = position.side * position.quantity * 10 ** (digits - value_digits) * numerator
    cost = position.side * position.cost * 10 ** (digits - position.cost_digits) * twice
    constant = -cost * numerator
    common = gcd(factor, constant, denominator)
    factor, constant, scale = factor // common, constant // common, denominator // common
    kind |= SCALED if scale > 1 else 0
    return Leg(factor, constant, scale, position.symbol, rate_symbol, position.series, kind)


def _inverse(position: Position) -> Leg | None:
    kind, rate_symbol, numerator, denominator = _conversion(position.rate)
    spare = _VALUE_DIGITS + position.price_digits - position.quantity_digits
    if spare < 0 or position.cost_digits > _VALUE_DIGITS:
        return None
    top = position.side * position.quantity * 10**spare * _doubling(position.series)
    cost = position.side * position.cost * 10 ** (_VALUE_DIGITS - position.cost_digits)
    denominator *= 10 ** (_VALUE_DIGITS - _UNIT_DIGITS)
    common = gcd(numerator, denominator)
    numerator, denominator = numerator // common, denominator // common
    # Powers of two and ten only: one of the two is 1 once they are in lowest terms.
    kind |= INVERSE | (SCALED if denominator > 1 else 0) | (GROWN if numerator > 1 else 0)
    scale = max(numerator, denominator)
    return Leg(cost, top, scale, position.symbol, rate_symbol, position.series, kind)


def _limits(bounds: PriceBounds | None, series: int) -> PriceBounds:
    if bounds is None:
        return PriceBounds(1, 1)
    return PriceBounds(bounds.low * _doubling(series), bounds.high * _doubling(series))


def fit_leg(leg: Leg, mark: PriceBounds, rate: PriceBounds | None) -> Leg | None:
    """Choose the narrow or the wide path of a leg under price bounds, and bound every number on it.

    Returns None when not even 128 bits hold it.
    """
    marks, rates = _limits(mark, leg.series), _limits(rate, MID)
    kind = leg.kind & ~(WIDE | EXACT)
    grown = leg.scale if kind & GROWN else 1
    divisor = leg.scale if kind & SCALED else 1
    if kind & INVERSE:
        largest = (abs(leg.factor) + abs(leg.constant) // marks.low + 1) * grown
        narrow = abs(leg.constant) < _NARROW
        fits = largest < _NARROW
    else:
        largest = abs(leg.factor) * marks.high + abs(leg.constant)
        narrow = fits = True
    up = rates.high if kind & MULTIPLY else 1
    down = divisor * (rates.low if kind & DIVIDE else 1)
    largest_divisor = divisor * (rates.high if kind & DIVIDE else 1)
    result = largest * up // down + 1
    if not fits or max(largest * up, abs(leg.constant)) >= _WIDEST:
        return None
    if max(largest_divisor, result, leg.scale) >= REAL or abs(leg.factor) >= _NARROW:
        return None
    if not narrow or largest * up >= _NARROW:
        kind |= WIDE
    error = 1.0 + grown * up / down if kind & INVERSE else 1.0
    if kind == 0 and largest < _FLOAT_EXACT:
        kind, error = EXACT, 0.0
    slope, level = leg.factor / divisor, leg.constant / divisor
    if kind & INVERSE:
        slope, level = leg.constant * grown / divisor, leg.factor * grown / divisor
    return leg._replace(
        kind=kind, slope=slope, level=level, gross=result * 1.001, error=error * 1.001
    )


def record(leg: Leg) -> tuple[int | float, ...]:
    """Return the fields of `columns.LEG`."""
    low = leg.constant & ((1 << 64) - 1)
    low -= (1 << 64) if low >> 63 else 0
    high = leg.constant >> 64
    return (leg.factor, high, low, leg.scale, leg.slope, leg.level, *leg[3:7], *leg[9:])


def unrecord(row: np.void) -> Leg:
    """Return the leg that `record` wrote: one LEG record."""
    factor, high, low, scale, slope, level, *ids, gross, error = row.item()
    symbol, rate, series, kind = ids
    constant = (high << 64) | (low & ((1 << 64) - 1))
    return Leg(factor, constant, scale, symbol, rate, series, kind, slope, level, gross, error)
