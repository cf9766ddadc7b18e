"""Which of two values of one parameter is harder on the trader.

A parameter is known by its name, so that a new family that keeps to the catalogue's names is
compared without a line here. What is not known, or has no order, is ``unclear``: whoever must be
sure that nothing gets tighter has to take that for a tightening.

>>> effect("rule", "max_lots", "10", "8")
'tighter'
>>> effect("goal", "min_days", 5, 4)
'looser'

Source: contract section 2, "Daily loss", "Max drawdown", "Passing"; catalogue section 21.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from schemas.errors import InputError
from schemas.money import parse_decimal

Kind = Literal["rule", "goal"]
Effect = Literal["neutral", "looser", "tighter", "unclear"]

NOT_TIGHTER: frozenset[Effect] = frozenset({"neutral", "looser"})

_NEUTRAL = frozenset({"warn_at", "warn_levels"})
"""What only tells more or less about the same limit."""

# A larger number is harder: it must be reached (`min_`), or it makes a forbidden time longer.
_DEMANDS = ("min_", "window_", "cooldown_")
# A larger number is easier: it may be used up.
_LIMITS = ("max_", "grace_", "cures_", "strikes_", "within_", "cure_", "allowed_")
_RULE_LIMITS = frozenset({"pct", "amount", "lock_trigger_profit"})
_RULE_DEMANDS = frozenset({"lock_offset"})  # the floor may rise that far
_GOAL_DEMANDS = frozenset({"pct", "amount"})

# Pairs (easier, harder); an order holds through several of them.
_ORDERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "breach_kind": (("flag", "pause"), ("pause", "hard")),
    "metric": (("equity", "min_balance_equity"), ("balance", "min_balance_equity")),
    "reference": (
        ("balance", "max_balance_equity"),
        ("equity", "max_balance_equity"),
        ("equity", "intraday_peak_equity"),
    ),
    "mode": (
        ("static", "trail_eod_balance"),
        ("static", "trail_equity"),
        ("static", "lock_on_profit"),
        ("trail_eod_balance", "trail_eod_max"),
        ("trail_eod_balance", "trail_closed_balance"),
    ),
    "payout_effect": (
        ("reset", "none"),
        ("lower_hwm", "none"),
        ("lower_floor", "none"),
        ("none", "reduce_allowance"),
    ),
}
_TOUCHING: Mapping[str, bool] = {"lt": False, "gt": False, "lte": True, "gte": True}


def effect(kind: Kind, name: str, before: object, after: object) -> Effect:
    """Say what it does to a trader when a parameter changes.

    Args:
        kind: a rule's parameter (a limit) or a goal's (a demand).
        name: of the parameter.
        before: its value, None when it is not set.
        after: its new value.
    """
    if before == after or name in _NEUTRAL:
        return "neutral"
    if name == "comparator":
        return _of_comparators(kind, before, after)
    if name in _ORDERS:
        return _of_order(_ORDERS[name], str(before), str(after))
    if name == "actions":
        return _of_actions(before, after)
    rising = _rising(kind, name)
    if rising is None:
        return "unclear"
    absent = _absent(name)
    return _of_numbers(
        absent if before is None else before, absent if after is None else after, rising
    )


def worst(effects: Sequence[Effect]) -> Effect:
    """Sum up: tighter in one respect is tighter, whatever else got easier."""
    for found in ("tighter", "unclear", "looser"):
        if found in effects:
            return found
    return "neutral"


# What a larger number means, None when that is not known.
def _rising(kind: Kind, name: str) -> Effect | None:
    if kind == "rule" and name in _RULE_LIMITS:
        return "looser"
    if name in (_RULE_DEMANDS if kind == "rule" else _GOAL_DEMANDS) or name.startswith(_DEMANDS):
        return "tighter"
    return "looser" if name.startswith(_LIMITS) else None


# What a parameter that is not set amounts to: no limit at all, or none of it.
def _absent(name: str) -> Decimal | None:
    if name.startswith(("max_", "strikes_", "cures_")):
        return Decimal("Infinity")
    return Decimal(0) if name.startswith(("min_", "grace_")) else None


def _of_numbers(before: object, after: object, rising: Effect) -> Effect:
    old, new = _number(before), _number(after)
    if old is None or new is None:
        return "unclear"
    if old == new:
        return "neutral"
    falling: Effect = "looser" if rising == "tighter" else "tighter"
    return rising if new > old else falling


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        return value if isinstance(value, Decimal) else parse_decimal(value)
    except InputError:
        return None


# Touching a limit breaks it, touching a demand meets it.
def _of_comparators(kind: Kind, before: object, after: object) -> Effect:
    old, new = _TOUCHING.get(str(before)), _TOUCHING.get(str(after))
    if old is None or new is None:
        return "unclear"
    return "tighter" if new == (kind == "rule") else "looser"


def _of_order(pairs: Sequence[tuple[str, str]], before: str, after: str) -> Effect:
    if _leads(pairs, before, after):
        return "tighter"
    return "looser" if _leads(pairs, after, before) else "unclear"


def _leads(pairs: Sequence[tuple[str, str]], easier: str, harder: str) -> bool:
    return any(
        low == easier and (high == harder or _leads(pairs, high, harder)) for low, high in pairs
    )


def _of_actions(before: Any, after: Any) -> Effect:
    old, new = set(before or ()) - {"notify"}, set(after or ()) - {"notify"}
    if old == new:
        return "neutral"
    if old < new:
        return "tighter"
    return "looser" if new < old else "unclear"
