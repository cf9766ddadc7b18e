"""Goals that nobody can meet, and goals that everybody meets."""

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal
from typing import Any

from rules.lint.finding import Finding
from rules.lint.phases import time_limit
from rules.params import Params
from rules.ruleset import Phase, Ruleset

_ONE = Decimal(1)


def goal_findings(ruleset: Ruleset) -> Iterator[Finding]:
    """Check the goals of every phase, in themselves and against its time limit."""
    for number, phase in enumerate(ruleset.phases):
        limit = time_limit(phase)
        for place, goal in enumerate(phase.goals):
            here = f"phases.{number}.goals.{place}"
            yield from _always_met(goal, here)
            if limit is not None:
                yield from _too_late(goal, limit, here)
        yield from _lone_share(phase, f"phases.{number}.goals")


def _always_met(goal: Params, here: str) -> Iterator[Finding]:
    if getattr(goal, "min_days", None) == 0:
        message = f"`{goal.id}` is always met: it asks for 0 days"
        yield Finding("warning", "always_met", f"{here}.min_days", message, "remove it")
    elif _allows_all(goal):
        message = f"`{goal.id}` forbids nothing: one day or trade may make all of the profit"
        yield Finding("warning", "always_met", f"{here}.max_share", message, "lower or remove it")


def _allows_all(goal: Any) -> bool:
    whole = getattr(goal, "denominator", "total") != "target"
    return whole and getattr(goal, "max_share", None) == _ONE and _touching(goal)


def _touching(goal: Any) -> bool:
    return bool(getattr(goal, "comparator", "lte") == "lte")


def _too_late(goal: Params, limit: int, here: str) -> Iterator[Finding]:
    needed = days_needed(goal)
    if needed > limit:
        part = "min_days" if hasattr(goal, "min_days") else "max_share"
        message = f"`{goal.id}` needs {needed} days, the phase is over after {limit}"
        fix = "ask for fewer days, allow a larger share, or give the phase more time"
        yield Finding("error", "cannot_be_met", f"{here}.{part}", message, fix)


# A share of the profit needs a profit, which nothing else asks for.
def _lone_share(phase: Phase, here: str) -> Iterator[Finding]:
    if phase.goals and all(_asks_for_shares_alone(goal) for goal in phase.goals):
        message = f"`{phase.name}` is passed with any profit: only its spread is asked for"
        fix = "add a `profit_target`"
        yield Finding("warning", "no_target", here, message, fix)


def _asks_for_shares_alone(goal: Any) -> bool:
    target = getattr(goal, "pct", None) or getattr(goal, "amount", None)
    return hasattr(goal, "max_share") and target is None


def days_needed(goal: Any) -> int:
    """Return the fewest days in which a goal can be met.

    A best day of at most a share `s` of the total needs 1/s days at least, more when it must be
    below the share.
    """
    days = getattr(goal, "min_days", None)
    if days is not None:
        return int(days)
    share = getattr(goal, "max_share", None)
    if share is None or getattr(goal, "scope", "day") != "day":
        return 1
    if getattr(goal, "denominator", "total") == "target":
        return 1
    least = (_ONE / share).to_integral_value(ROUND_CEILING)
    strictly = not _touching(goal) and least * share == _ONE
    return int(least) + strictly
