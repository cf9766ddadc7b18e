"""Locks of trailing floors that are never reached, or that hold from the opening on."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rules.api import At
from rules.catalog import open_floor
from rules.floors.max_drawdown import MaxDrawdownParams
from rules.lint.finding import Finding
from rules.params import Params
from rules.ruleset import Phase
from schemas.money import round_unit

_ONE = Decimal(1)


class _Lock(NamedTuple):
    """A parameter that locks a floor, and the profit at which it does, by balance (None: never)."""

    part: str
    profits: list[Decimal | None]


def lock_findings(
    rule: Params, phase: Phase, balances: Sequence[Decimal], path: str
) -> Iterator[Finding]:
    """Check where a drawdown's floor locks.

    Args:
        rule: of any family.
        phase: it is a rule of.
        balances: a finding holds for accounts opened with any of these.
        path: of the rule.
    """
    if not isinstance(rule, MaxDrawdownParams):
        return
    if rule.lock_offset is not None and not _locks(rule):
        message = f"it has no meaning: nothing locks a floor of `mode: {rule.mode}`"
        yield Finding("warning", "no_effect", f"{path}.lock_offset", message, "remove it")
        return
    lock = _lock(rule, balances)
    if lock is None:
        return
    here = f"{path}.{lock.part}"
    if all(profit is not None and profit <= 0 for profit in lock.profits):
        message = "the floor is locked from the opening on: it never trails"
        fix = "raise it, or use `mode: static`"
        yield Finding("warning", "locked_from_start", here, message, fix)
    elif all(map(_passed_before(phase, rule), balances, lock.profits)):
        message = "the lock is not reached before the profit target, and then the phase passes"
        fix = "lower it below the profit target, if it should lock in this phase"
        yield Finding("hint", "lock_never_reached", here, message, fix)


def _locks(rule: MaxDrawdownParams) -> bool:
    trails = rule.mode.startswith("trail")
    return trails or rule.mode == "lock_on_profit" or rule.payout_effect == "lock"


def _lock(rule: MaxDrawdownParams, balances: Sequence[Decimal]) -> _Lock | None:
    trigger = rule.closed_profit_to_lock
    if trigger is not None:
        part = "lock_trigger" if rule.lock_trigger is not None else "lock_trigger_profit"
        return _Lock(part, [trigger] * len(balances))
    if rule.lock_offset is None or not rule.mode.startswith("trail"):
        return None
    return _Lock("lock_offset", [_profit(rule, balance) for balance in balances])


# The profit at which the candidate, mark − allowance, is at initial + lock_offset.
def _profit(rule: MaxDrawdownParams, initial: Decimal) -> Decimal | None:
    assert rule.lock_offset is not None
    if rule.pct is None or rule.pct_base == "initial":
        return rule.lock_offset + open_floor(rule, initial, At(1)).allowance
    if rule.pct == _ONE:
        return None
    return round_unit((initial + rule.lock_offset) / (_ONE - rule.pct)) - initial


# With other goals the account trades on after its target; floating profit may be above it, too.
def _passed_before(phase: Phase, rule: MaxDrawdownParams) -> Any:
    target: Any = phase.goals[0] if len(phase.goals) == 1 else None

    def passed(initial: Decimal, profit: Decimal | None) -> bool:
        if profit is None:
            return True
        if target is None or target.family != "profit_target" or rule.mode == "trail_equity":
            return False
        aim = target.amount if target.amount is not None else round_unit(target.pct * initial)
        return bool(profit > aim)

    return passed
