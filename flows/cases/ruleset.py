"""From the parameters of a case to a ruleset of one phase.

Only here the words of the worked examples stand for those of the contract (section 1.4); a real
ruleset must use the contract's.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flows.cases.clock import Clock
from flows.cases.document import NotSupported
from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import InputError

RULE = "rule"
"""The id of the rule or goal a case is about."""

_ALIASES = {
    "reference": {
        "max": "max_balance_equity",
        "max(balance,equity)": "max_balance_equity",
        "max_of_balance_equity": "max_balance_equity",
        "intraday_peak": "intraday_peak_equity",
        "peak_equity": "intraday_peak_equity",
    },
    "metric": {
        "balance_or_equity": "min_balance_equity",
        "min(balance,equity)": "min_balance_equity",
        "min": "min_balance_equity",
    },
    "mode": {
        "trail_intraday_equity": "trail_equity",
        "trail_intraday": "trail_equity",
        "trail_closed": "trail_closed_balance",
        "trail_eod": "trail_eod_balance",
        "payout_trailing": "static",
        "profit_lock": "lock_on_profit",
        "milestone_lock": "lock_on_profit",
    },
    "comparator": {"<": "lt", "<=": "lte", "le": "lte"},
    "pct_base": {
        "peak": "hwm",
        "high_water_mark": "hwm",
        "initial_balance": "initial",
        "start_of_day": "reference",
    },
    "payout_effect": {
        "lock_initial": "lock",
        "reduce_allowance_by_trader_share": "reduce_allowance",
        "lower_floor_by_amount": "lower_floor",
        "reset_to_initial": "reset",
    },
    "breach_kind": {"soft": "pause", "terminal": "hard"},
    "counts": {
        "open_day": "opened",
        "each day held": "held",
        "each_day_held": "held",
        "every day held": "held",
        "held_day": "held",
        "open and close same day": "opened_and_closed",
        "open_and_close_same_day": "opened_and_closed",
        "open_close_same_day": "opened_and_closed",
        "abs_day_change": "day_change",
    },
}
_CLOCK = frozenset({"reset_tz", "reset_time", "tz", "time"})
_SAYS_NOTHING = frozenset({
    "initial_balance", "note", "effect", "account_label", "snapshot_jitter_s",
})  # fmt: skip
"""Helpers of the worked examples that no rule reads."""


def rule_entry(family: str, params: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """Make the ruleset entry of a case's rule.

    Args:
        family: of the rule or goal.
        params: of the case.
        known: the parameters that go into the entry.

    Raises:
        NotSupported: the case has a parameter that is neither known nor without meaning.
    """
    wanted = set(known)
    entry: dict[str, Any] = {"id": RULE, "family": family}
    for name, value in params.items():
        if name in wanted:
            entry[name] = _ALIASES.get(name, {}).get(str(value), value)
        elif name not in _CLOCK and name not in _SAYS_NOTHING:
            raise NotSupported(f"parameter `{name}`")
    if "amount" in entry:
        entry.pop("pct_base", None)  # firms repeat it where it has no meaning
    return entry


def case_ruleset(
    clock: Clock,
    rules: list[dict[str, Any]],
    goals: list[dict[str, Any]],
    *,
    funded: bool = False,
) -> Ruleset:
    """Make the ruleset of a case; an account of a funded one is judged from its KYC on.

    Raises:
        NotSupported: the catalogue refuses it, and why.
    """
    session = {"timezone": clock.session.timezone, "reset": clock.session.reset}
    phase = {"name": "case", "rules": rules, "goals": goals, "funded": funded}
    document = {
        "ruleset": "case",
        "version": "1",
        "currency": "USD",
        "session": session,
        "phases": [phase],
    }
    try:
        return load_ruleset(document)
    except InputError as error:
        raise NotSupported(f"parameters: {error}") from None
