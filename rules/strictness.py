"""Which of two values of one parameter is harder on the trader.

A parameter is known by its name, so that a new family that keeps to the catalogue's names is
compared without a line here. What is not known, or has no order, is ``unclear``: whoever must be
sure that nothing gets tighter has to take that for a tightening.

>>> effect("rule", "limit", "10", "8")
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

# What a larger number does to a trader, by the parameter's name or how the name begins.
_RISING: Mapping[Kind, Mapping[str, Effect]] = {
    "rule": {
        **dict.fromkeys(("pct", "amount", "multiple", "limit", "threshold", "days"), "looser"),
        **dict.fromkeys(("pct_of_daily_limit", "no_sl_single_pct", "no_sl_total_pct"), "looser"),
        **dict.fromkeys(("raised_pct", "multiplier", "leverage", "within_s"), "looser"),
        **dict.fromkeys(("lock_trigger_profit", "min_trades", "min_losing_streak"), "looser"),
        "min_overlap_s": "looser",
        **dict.fromkeys(("raised_above", "threshold_s", "window_h", "lock_offset"), "tighter"),
        **dict.fromkeys(("min_share_from_longer", "min_average_s"), "tighter"),
    },
    "goal": dict.fromkeys(("pct", "amount"), "tighter"),
}
_RISING_BY_PREFIX: Mapping[Kind, Mapping[str, Effect]] = {
    "rule": {
        **dict.fromkeys(("max_", "grace_", "cures_", "strikes_"), "looser"),
        "window_before": "tighter",
        "window_after": "tighter",
    },
    "goal": {"max_": "looser", "min_": "tighter"},
}
# What a larger set does. Where one is left out, it holds everything (a scope) or nothing.
_GROWING: Mapping[str, Effect] = {
    "symbols": "tighter",
    "deny": "tighter",
    "impacts": "tighter",
    "groups": "tighter",
    "allow": "looser",
    "exempt": "looser",
}
# Without these a rule judges something else.
_WHAT_IS_JUDGED = frozenset({"min_share_from_longer", "min_average_s"})
_ALL_WHEN_ABSENT = frozenset({"symbols", "impacts", "allow"})

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
    "fills": (("opening", "all"), ("closing", "all")),
    "orders": (("ignored", "judged"),),
    "widening": (("allowed", "forbidden"),),
    "holding": (("allowed", "forbidden"),),
    "protective": (("exempt", "counts"),),
    "without_stop": (("nothing", "notional"),),
    "basis": (("current", "widest"),),
    "sum": (("net", "losses_only"),),
    "with_commission": (("False", "True"),),
    "step_down": (("False", "True"),),
    "orders_count": (("True", "False"),),
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
    if name in _GROWING:
        return _of_sets(name, before, after)
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
    known = _RISING[kind].get(name)
    if known is not None:
        return known
    prefixes = _RISING_BY_PREFIX[kind].items()
    return next((found for prefix, found in prefixes if name.startswith(prefix)), None)


# What a parameter that is not set amounts to: no limit at all, or none of it.
def _absent(name: str) -> Decimal | None:
    if name in _WHAT_IS_JUDGED:
        return None
    if name.startswith(("max_", "strikes_", "cures_")):
        return Decimal("Infinity")
    return Decimal(0) if name.startswith(("min_", "grace_")) else None


def _of_numbers(before: object, after: object, rising: Effect) -> Effect:
    old, new = _number(before), _number(after)
    if old is None or new is None:
        return "unclear"
    if old == new:
        return "neutral"
    return rising if new > old else _opposite(rising)


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
    return _of_growth(set(before or ()) - {"notify"}, set(after or ()) - {"notify"}, "tighter")


def _of_sets(name: str, before: Any, after: Any) -> Effect:
    growing = _GROWING[name]
    if name in _ALL_WHEN_ABSENT and not (before and after):
        return _opposite(growing) if before is None or not before else growing
    return _of_growth(set(before or ()), set(after or ()), growing)


def _of_growth(old: set[Any], new: set[Any], growing: Effect) -> Effect:
    if old == new:
        return "neutral"
    if old < new:
        return growing
    return _opposite(growing) if new < old else "unclear"


def _opposite(effect_: Effect) -> Effect:
    return "looser" if effect_ == "tighter" else "tighter"
