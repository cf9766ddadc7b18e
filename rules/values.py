"""A rule's parameters as they are compared: defaults filled in, and what belongs together as one.

`pct`, `amount` and `pct_base` are three ways to state one limit; the session a rule follows and
the actions it takes may come from elsewhere. Nothing here knows a family.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from rules.params import Params
from rules.response import RuleParams
from rules.sessions import Session
from schemas.money import round_unit, text

LIMIT = "limit"
"""The parameter that stands for `pct`, `amount` and `pct_base`."""

_MONEY = "money"
_SAME = "same"
_NEVER = Decimal("Infinity")
_APART = frozenset({"id", "family", "pct", "amount", "pct_base", "reset_tz", "reset_time"})


class Value(NamedTuple):
    """One parameter.

    Attributes:
        words: as it is shown, None when it is not set.
        compared: what is compared.
        basis: only values of one basis have an order; None never has one.
        name: which parameter it is compared as, its own when empty.
    """

    words: str | None
    compared: Any = None
    basis: str | None = _SAME
    name: str = ""

    def __str__(self) -> str:
        return self.words if self.words is not None else "nothing"


Values = dict[str, Value]


def values_of(params: Params, session: Session, initial: Decimal) -> Values:
    """Return the parameters of a rule or goal for comparison; one that means nothing is left out.

    Args:
        params: of any family.
        session: what it follows when it has none of its own.
        initial: the account's initial balance, in account currency.
    """
    found: Values = {}
    if hasattr(params, "pct") or hasattr(params, "amount"):
        found[LIMIT] = _limit(params, initial)
    for name in sorted(type(params).model_fields.keys() - _APART):
        value = _READERS.get(name, _plain)(params, name)
        if value is not None:
            found[name] = value
    if isinstance(params, RuleParams):
        own = params.session(session)
        words = "the ruleset's" if own == session else f"{own.reset} {own.timezone}"
        found["session"] = Value(words, words, None)
    return found


def shown(value: object) -> str:
    """Show a value in a sentence."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return text(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {shown(item)}" for name, item in sorted(value.items()))
    if isinstance(value, tuple | list) and any(isinstance(item, tuple) for item in value):
        return "; ".join(shown(item) for item in value)
    if isinstance(value, tuple | list):
        return ", ".join(shown(item) for item in value) or "nothing"
    return str(value)


def _plain(params: Params, name: str) -> Value:
    value = getattr(params, name)
    return Value(None if value is None else shown(value), value)


# A share of the initial balance is money; of anything else it is comparable with its like only.
def _limit(params: Params, initial: Decimal) -> Value:
    pct, amount = getattr(params, "pct", None), getattr(params, "amount", None)
    if amount is not None:
        return Value(text(amount), amount, _MONEY, "amount")
    if pct is None:
        return Value(None)
    # A goal's share is of the initial balance; a rule may take its own of something else.
    base = getattr(params, "pct_base", "own" if isinstance(params, RuleParams) else "initial")
    if base == "own":
        return Value(text(pct), pct, base, "pct")
    if base != "initial":
        return Value(f"{text(pct)} of {base}", pct, base, "pct")
    money = round_unit(pct * initial)
    return Value(f"{text(pct)} of initial ({text(money)})", money, _MONEY, "amount")


def _actions(params: Params, name: str) -> Value:
    actions = getattr(params, "actions", None) or getattr(params, name)
    return Value(shown(actions), actions, _SAME, "actions")


# Where the high-water mark trails, no offset means that the floor never stops rising; elsewhere it
# matters only to what locks, from 0 on when it is left out.
def _lock_offset(params: Params, name: str) -> Value | None:
    offset: Decimal | None = getattr(params, name)
    if str(getattr(params, "mode", "")).startswith("trail"):
        return Value(shown(offset), _NEVER if offset is None else offset)
    locks = getattr(params, "mode", None) == "lock_on_profit"
    if locks or getattr(params, "payout_effect", None) == "lock":
        return Value(shown(offset or Decimal(0)), offset or Decimal(0))
    return None


# It goes with a mode of its own, whose change says it all.
def _lock_trigger(params: Params, name: str) -> Value | None:
    return None if getattr(params, name) is None else _plain(params, name)


_READERS: dict[str, Callable[[Params, str], Value | None]] = {
    "action": _actions,
    "lock_offset": _lock_offset,
    "lock_trigger_profit": _lock_trigger,
}
