"""Canonical JSON (RFC 8785) on the domain we hash: no floats, so one text per value.

>>> canonical_bytes({"b": 1, "a": ["x", None, True]})
b'{"a":["x",null,true],"b":1}'
"""

import hashlib
from typing import Any

import orjson

_MAX_INTEGER = 2**53
_MAX_DEPTH = 100
_SORTED = orjson.OPT_SORT_KEYS


def canonical_bytes(value: object) -> bytes:
    """Write a value as canonical JSON.

    Args:
        value: `str`, `int` with |n| < 2⁵³, `bool`, `None`, and lists, tuples and dicts (with
            text keys) of them, at most 100 deep.

    Raises:
        TypeError: anything else, floats and `Decimal` above all, or text with lone surrogates.
    """
    if _check(value, 0):
        return orjson.dumps(value, option=_SORTED)
    return orjson.dumps(_in_order(value))


def content_hash(value: object) -> str:
    """Return the SHA-256 of the canonical JSON, as 64 lower-case hex characters."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


# Returns whether every key is ASCII: only then is orjson's order of keys the standard's.
def _check(value: object, depth: int) -> bool:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return True
    if kind is dict or kind is list or kind is tuple:
        if depth >= _MAX_DEPTH:
            msg = f"canonical JSON is at most {_MAX_DEPTH} levels deep"
            raise TypeError(msg)
        return _check_all(value, depth + 1)
    if kind is int:
        assert isinstance(value, int)
        if not -_MAX_INTEGER < value < _MAX_INTEGER:
            raise TypeError("an integer of canonical JSON must be below 2^53; write it as text")
        return True
    if isinstance(value, str):
        return True
    msg = f"canonical JSON has no {kind.__name__}; write it as text"
    raise TypeError(msg)


def _check_all(value: Any, depth: int) -> bool:
    ascii_keys = True
    if type(value) is dict:
        for key, item in value.items():
            if type(key) is not str:
                msg = f"a key of canonical JSON must be text, was {key!r}"
                raise TypeError(msg)
            ascii_keys = key.isascii() and ascii_keys
            ascii_keys = _check(item, depth) and ascii_keys
    else:
        for item in value:
            ascii_keys = _check(item, depth) and ascii_keys
    return ascii_keys


# The standard orders keys by UTF-16 code units, which differs from code points beyond the BMP.
def _in_order(value: object) -> object:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return {key: _in_order(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_in_order(item) for item in value]
    return value
