"""One number for the state of all accounts, the same however they are spread over processes.

Every account is written as canonical text, whatever its objects hold, and hashed; the hashes are
added up. So the sum over the shards of one process and over those of four is equal exactly when
every account is.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import Any

from schemas.money import text

_MODULUS = 2**256
_PLAIN = (str, int, float, bool, bytes, type(None))


def state_hash(accounts: Mapping[str, object]) -> int:
    """Return the sum of the hashes of accounts, modulo 2^256."""
    total = 0
    for account_id, account in accounts.items():
        text = f"{account_id}\n{canonical(account)}"
        total += int.from_bytes(sha256(text.encode()).digest(), "big")
    return total % _MODULUS


def add(hashes: Iterable[int]) -> int:
    """Return the hash of disjoint sets of accounts taken together."""
    return sum(hashes) % _MODULUS


def canonical(value: Any) -> str:
    """Write any object of the state as text: equal states give equal text."""
    if isinstance(value, _PLAIN):
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, Mapping):
        items = sorted(f"{canonical(name)}={canonical(item)}" for name, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, set | frozenset):
        return "<" + ",".join(sorted(map(canonical, value))) + ">"
    if isinstance(value, Decimal):
        return f"Decimal:{text(value)}"  # 1 and 1.00 are one amount, whichever came first
    fields = _fields(value)
    if fields is not None:
        return f"{type(value).__name__}{canonical(fields)}"
    if isinstance(value, Iterable):
        return "[" + ",".join(map(canonical, value)) + "]"
    return f"{type(value).__name__}:{value}"


# What an object consists of; None for plain values such as decimals and for sequences.
def _fields(value: Any) -> dict[str, Any] | None:
    if isinstance(value, tuple):
        return getattr(value, "_asdict", lambda: None)()
    slots = [name for kind in type(value).__mro__ for name in _slots(kind)]
    held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    kept = getattr(value, "__dict__", {})
    held |= {name: item for name, item in kept.items() if not _worked_out(value, name)}
    return held if held or slots else None


# What was worked out once and kept says only that somebody asked.
def _worked_out(value: object, name: str) -> bool:
    return isinstance(getattr(type(value), name, None), cached_property)


def _slots(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    if kind.__module__ in {"builtins", "decimal", "_decimal"}:
        return ()
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(name for name in names if not name.startswith("__"))
