"""Strict JSON in which every number keeps its exact text.

>>> loads('{"qty": 0.10, "price": "1.5"}')
{'qty': Number('0.10'), 'price': '1.5'}
>>> dumps({"qty": Number("0.10")})
b'{"qty":0.10}'
"""

import json
import re
from decimal import Decimal
from typing import NoReturn

import orjson

from schemas.errors import BadValue, InputError, quoted
from schemas.money import text

MAX_DEPTH = 100


class Number(str):
    """The text of a JSON number literal, exactly as it was written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Number({str.__repr__(self)})"


def loads(data: bytes | str) -> object:
    """Read one JSON value; objects become dicts and numbers become `Number`.

    Raises:
        InputError: `bad_format` when it is not JSON or not UTF-8, or is nested deeper than 100;
            `bad_value` for a key given twice, NaN, an infinity or half of a surrogate pair.
    """
    shown = _decoded(data)
    if shown.count("[") + shown.count("{") > MAX_DEPTH:
        _check_depth(shown)
    try:
        value: object = _DECODER.decode(shown)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        reason = error.msg[:1].lower() + error.msg[1:]
        raise InputError("bad_format", f"not JSON: {reason} at {place}") from error
    if _SURROGATE.search(shown):
        _check_surrogates(value)
    return value


def dumps(value: object) -> bytes:
    """Write a value as compact JSON.

    A `Number` becomes the literal it was read from, a `Decimal` a plain literal.
    """
    return orjson.dumps(value, default=_literal, option=orjson.OPT_PASSTHROUGH_SUBCLASS)


def _decoded(data: bytes | str) -> str:
    try:
        if isinstance(data, str):
            data.encode()
            return data
        return bytes(data).decode()
    except UnicodeError:
        raise InputError("bad_format", "not UTF-8 text") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        msg = f"key {quoted(twice)} is given twice"
        raise BadValue(msg)
    return found


def _constant(name: str) -> NoReturn:
    msg = f"{name} is not a number"
    raise BadValue(msg)


def _literal(value: object) -> object:
    if isinstance(value, Number):
        return orjson.Fragment(str(value))
    if isinstance(value, Decimal):
        return orjson.Fragment(text(value))
    if isinstance(value, str):
        return str(value)
    msg = f"JSON has no {type(value).__name__}"
    raise TypeError(msg)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Number, parse_int=Number, parse_constant=_constant
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
# A string that never ends runs to the end of the text, which keeps the scan linear.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.?)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)


# The decoder recurses, so the depth of suspicious text is counted before it is decoded.
def _check_depth(shown: str) -> None:
    depth = 0
    for match in _TOKEN.finditer(shown):
        found = match[0]
        if found in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise InputError("bad_format", f"nested deeper than {MAX_DEPTH} levels")
        elif found in "]}":
            depth -= 1


def _check_surrogates(value: object) -> None:
    try:
        orjson.dumps(value)
    except TypeError:
        raise BadValue("text holds half of a surrogate pair") from None
