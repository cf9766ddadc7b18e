"""Decimal text in, exact decimals inside, decimal text out; a float is never looked at.

One unit of money is 10⁻⁸ of the account currency. Rounding is half-even and happens only in
`round_unit`; every other function here is exact or refuses.

>>> text(parse_decimal("1.10000000"))
'1.1'
>>> decimals(parse_decimal("1.10000000"))
1
>>> text(round_unit(parse_decimal("0.000000005")))
'0'
"""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import lru_cache

from schemas.errors import BadValue, OverPrecise, quoted

UNIT_DIGITS = 8
UNIT = Decimal("1E-8")
ZERO = Decimal(0)
EXACT = Context(
    prec=100, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, DivisionByZero, Overflow]
)

AMOUNT_LIMIT = Decimal(10) ** 15
_MAX_EXPONENT = 40
_MAX_LENGTH = 100  # EXACT keeps 100 digits, so a number this long is still exact in it

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,4})?")


def parse_decimal(value: object) -> Decimal:
    """Read a number from its text, exactly.

    Accepts what JSON calls a number (also with leading zeros), as `str`, `int` or `Decimal`.

    Raises:
        BadValue: a float, bool, NaN, infinity, empty text, blank, underscore, leading `+`,
            digit that is not ASCII, more than 100 characters, or a decimal exponent beyond ±40.
    """
    if isinstance(value, str):
        if len(value) > _MAX_LENGTH or _NUMBER.fullmatch(value) is None:
            msg = f"must be a decimal number, was {quoted(value)}"
            raise BadValue(msg)
        number = Decimal(value)
    elif isinstance(value, Decimal):
        if not value.is_finite() or len(value.as_tuple().digits) > _MAX_LENGTH:
            msg = f"must be a finite number, was {quoted(value)}"
            raise BadValue(msg)
        number = value
    elif isinstance(value, int) and not isinstance(value, bool):
        if abs(value) >= 10 ** (_MAX_EXPONENT + 1):
            raise BadValue("number is too large")
        number = Decimal(value)
    else:
        msg = f"must be a decimal number as text, was {quoted(value)}"
        raise BadValue(msg)
    if not -_MAX_EXPONENT <= number.adjusted() <= _MAX_EXPONENT:
        msg = f"number is too large or too small, was {quoted(value)}"
        raise BadValue(msg)
    return number


def decimals(value: Decimal) -> int:
    """Count the decimals a value needs: `1.10000000` needs 1, `1E+3` needs 0."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), "not finite"
    if exponent >= 0 or not value:
        return 0
    shortest = value.normalize(EXACT).as_tuple().exponent
    assert isinstance(shortest, int)
    return max(0, -shortest)


def parse_amount(value: object) -> Decimal:
    """Read an amount of money: a number of at most 8 decimals, |amount| < 10¹⁵.

    Raises:
        BadValue: not a number, or out of range.
        OverPrecise: more than 8 decimals by value.
    """
    amount = parse_decimal(value)
    if not -AMOUNT_LIMIT < amount < AMOUNT_LIMIT:
        msg = f"amount is out of range, was {quoted(value)}"
        raise BadValue(msg)
    if decimals(amount) > UNIT_DIGITS:
        msg = f"at most {UNIT_DIGITS} decimals are allowed, was {quoted(value)}"
        raise OverPrecise(msg)
    return amount


def round_unit(value: Decimal) -> Decimal:
    """Round half-even to the unit, 10⁻⁸ of the account currency."""
    return value.quantize(UNIT, None, EXACT)


def shared(value: Decimal) -> Decimal:
    """Return one object for amounts written alike: a million accounts hold few different ones.

    Not for all that are equal: ``1`` and ``1.0`` stay apart, else the digits of an amount would
    depend on what the process saw before.

    >>> shared(Decimal("1")), shared(Decimal("1.0"))
    (Decimal('1'), Decimal('1.0'))
    """
    return _one(value, value.as_tuple().exponent)


@lru_cache(maxsize=1 << 16)
def _one(value: Decimal, _exponent: object) -> Decimal:
    return value


def text(value: Decimal) -> str:
    """Write a number without exponent and trailing zeros; zero is `0`, never `-0`."""
    shown = str(value)  # much faster than `format`, and the same unless it takes an exponent
    if "E" in shown:
        shown = format(value, "f")
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown
