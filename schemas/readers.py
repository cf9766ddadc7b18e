"""Readers: each turns one raw value into what a field holds, or refuses it.

Every number arrives as text: a `Number` of `schemas.json_text`, a plain string, or an `int`.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from schemas.errors import BadValue, InputError, OverPrecise, join_path, quoted
from schemas.json_text import Number
from schemas.money import UNIT_DIGITS, decimals, parse_amount, parse_decimal

LIMIT = Decimal(10) ** 10  # exclusive bound of every price, quantity and amount of an input
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_INTEGER = re.compile(r"[0-9]{1,10}")


def positive(value: object) -> Decimal:
    """Read a number above 0 and below 10¹⁰."""
    number = parse_decimal(value)
    if not 0 < number < LIMIT:
        msg = f"must be above 0 and below 10^10, was {quoted(value)}"
        raise BadValue(msg)
    return number


def positive_amount(value: object) -> Decimal:
    """Read a number above 0 and below 10¹⁰ of at most 8 decimals."""
    number = positive(value)
    if decimals(number) > UNIT_DIGITS:
        msg = f"at most {UNIT_DIGITS} decimals are allowed, was {quoted(value)}"
        raise OverPrecise(msg)
    return number


def amount(value: object) -> Decimal:
    """Read an amount of at most 8 decimals within 10¹⁰ of zero."""
    number = parse_amount(value)
    if not -LIMIT < number < LIMIT:
        msg = f"must be within 10^10 of zero, was {quoted(value)}"
        raise BadValue(msg)
    return number


def amount_from_zero(value: object) -> Decimal:
    """Read an amount of at most 8 decimals from 0 to below 10¹⁰."""
    number = amount(value)
    if number < 0:
        msg = f"must not be negative, was {quoted(value)}"
        raise BadValue(msg)
    return number


def whole_number(lowest: int, highest: int) -> Callable[[object], int]:
    """Make a reader of whole numbers from `lowest` to `highest`, both included."""

    def read(value: object) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value):
            number = int(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            number = value
        else:
            msg = f"must be a whole number, was {quoted(value)}"
            raise BadValue(msg)
        if not lowest <= number <= highest:
            msg = f"must be from {lowest} to {highest}, was {quoted(value)}"
            raise BadValue(msg)
        return number

    return read


def clean_text(most: int) -> Callable[[object], str]:
    """Make a reader of text: 1 to `most` characters, none of them a control character."""

    def read(value: object) -> str:
        if type(value) is not str:
            msg = f"must be text, was {quoted(value)}"
            raise BadValue(msg)
        if not 0 < len(value) <= most:
            msg = f"must be of 1 to {most} characters, was {quoted(value)}"
            raise BadValue(msg)
        if not value.isprintable() and CONTROL.search(value):
            raise BadValue("must hold no control characters")
        return value

    return read


def text_or_number(value: object) -> str:
    """Read what may be written as a number or as text, and is only ever compared as text."""
    if isinstance(value, Number) or (isinstance(value, int) and not isinstance(value, bool)):
        value = str(value)
    return clean_text(128)(value)


def matching(pattern: re.Pattern[str], what: str) -> Callable[[object], str]:
    """Make a reader of text of one form, called `what` in the complaint."""

    def read(value: object) -> str:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            msg = f"must be {what}, was {quoted(value)}"
            raise BadValue(msg)
        return str(value)

    return read


def raw_value(value: object, path: str = "", depth: int = 0) -> object:
    """Check and copy raw parameters: text, true, false, null and lists and mappings of them.

    Raises:
        BadValue: a float or anything else that is not text, nested deeper than 20.
    """
    if value is None or isinstance(value, bool | Number) or type(value) is str:
        return value
    if isinstance(value, int):
        return Number(value)
    if depth >= 20:
        raise BadValue("nested too deep", path)
    if isinstance(value, Mapping):
        return {
            str(key): raw_value(item, join_path(path, str(key)), depth + 1)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            raw_value(item, join_path(path, place), depth + 1) for place, item in enumerate(value)
        ]
    msg = f"must be text, was {quoted(value)}"
    raise BadValue(msg, path)


def flag(value: object) -> bool:
    """Read true or false; nothing else stands for them."""
    if not isinstance(value, bool):
        msg = f"must be true or false, was {quoted(value)}"
        raise BadValue(msg)
    return value


def tuple_from_list(value: object) -> object:
    """Turn the list of JSON into the tuple a frozen model holds."""
    return tuple(value) if isinstance(value, list) else value


def raw_mapping(value: object) -> dict[str, Any]:
    """Check and copy a mapping of raw parameters; the errors are those of `raw_value`."""
    if not isinstance(value, Mapping):
        msg = f"must be a mapping, was {quoted(value)}"
        raise BadValue(msg)
    return {str(key): raw_value(item, str(key)) for key, item in value.items()}


def overrides(value: object) -> dict[str, dict[str, Any]]:
    """Check and copy raw parameters by rule or goal id."""
    if not isinstance(value, Mapping):
        msg = f"must be a mapping, was {quoted(value)}"
        raise BadValue(msg)
    found = {}
    for key, item in value.items():
        try:
            found[clean_text(128)(key)] = raw_mapping(item)
        except InputError as error:
            raise error.under(str(key)) from None
    return found
