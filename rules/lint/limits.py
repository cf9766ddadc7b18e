"""Limits that never bind, locks that are never reached, warnings that never come."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, permutations
from typing import Any

from rules.catalog import open_conduct
from rules.compare import by_parameter, tightens
from rules.conduct.common import ConductParams
from rules.examples import floors_of
from rules.floors.common import FloorParams
from rules.floors.daily_loss import SessionLossParams
from rules.lint.finding import Finding
from rules.lint.locks import lock_findings
from rules.params import Params
from rules.ruleset import Phase, Ruleset
from rules.sessions import Session
from schemas.money import text

_BALANCES = tuple(Decimal(size) for size in (5_000, 10_000, 25_000, 50_000, 100_000, 200_000))
"""A ruleset does not say for which balance it is meant: what is found holds at all of these."""

_ONE = Decimal(1)
_DAYS = {"weekly_loss": 7}
_FOR_GOOD = 10_000


def limit_findings(ruleset: Ruleset) -> Iterator[Finding]:
    """Check the rules of every phase against each other and in themselves."""
    for number, phase in enumerate(ruleset.phases):
        here = f"phases.{number}"
        yield from _twins(phase.rules, f"{here}.rules")
        yield from _twins(phase.goals, f"{here}.goals")
        yield from _never_binding(phase, f"{here}.rules")
        yield from _easier(phase, ruleset.session, f"{here}.rules")
        for place, rule in enumerate(phase.rules):
            path = f"{here}.rules.{place}"
            yield from _warnings(rule, path)
            yield from lock_findings(rule, phase, _BALANCES, path)
            yield from _base(rule, path)


def _twins(entries: tuple[Params, ...], here: str) -> Iterator[Finding]:
    for (first, one), (second, other) in combinations(enumerate(entries), 2):
        if one.family == other.family and _content(one) == _content(other):
            message = f"`{other.id}` says the same as `{one.id}` (entry {first})"
            yield Finding(
                "warning", "same_twice", f"{here}.{second}", message, "remove one of the two"
            )


def _content(params: Params) -> dict[str, Any]:
    return params.model_dump(exclude={"id"})


# Told the same stories, a floor that is never the higher one is never crossed first.
def _never_binding(phase: Phase, here: str) -> Iterator[Finding]:
    told = [floors_of(phase, initial) for initial in _BALANCES]
    stories = [story.floors for balance in told for story in balance]
    openings = [balance[0].floors for balance in told]
    for place, rule in enumerate(phase.rules):
        for other in _harder(rule, phase):
            path = f"{here}.{place}"
            if all(floors[rule.id] < floors[other.id] for floors in stories):
                message = f"`{rule.id}` never binds: the floor of `{other.id}` is always above it"
                fix = f"make its limit smaller than that of `{other.id}`, or remove it"
                yield Finding("warning", "never_binds", path, message, fix)
            elif all(floors[rule.id] < floors[other.id] for floors in openings):
                message = (
                    f"`{rule.id}` does not bind at first: a new account reaches the floor of "
                    f"`{other.id}` before it"
                )
                fix = f"make its limit smaller than that of `{other.id}`, if that is not meant"
                yield Finding("warning", "binds_late", path, message, fix)


# The hard limits over the same time or a longer one that look at the same money or at less. A
# longer limit is wider by nature: several bad days lead to it.
def _harder(rule: Params, phase: Phase) -> list[FloorParams]:
    if not isinstance(rule, FloorParams):
        return []
    return [
        other
        for other in phase.rules
        if isinstance(other, FloorParams)
        and other.id != rule.id
        and other.breach_kind == "hard"
        and other.metric in (rule.metric, "min_balance_equity")
        and _span(other) >= _span(rule)
    ]


# A conduct rule that is easier in everything than another of its family never says anything first.
def _easier(phase: Phase, session: Session, here: str) -> Iterator[Finding]:
    rules = [(place, rule) for place, rule in enumerate(phase.rules) if _is_hard_conduct(rule)]
    for (_, strict), (place, easy) in permutations(rules, 2):
        if strict.family != easy.family:
            continue
        changes = [
            change
            for change in by_parameter("rule", strict, easy, session, _BALANCES[0])
            if change.effect != "neutral"
        ]
        if changes and not tightens(changes):
            message = f"`{easy.id}` never binds: `{strict.id}` is stricter in everything"
            fix = f"remove it, or make it stricter than `{strict.id}` in something"
            yield Finding("warning", "never_binds", f"{here}.{place}", message, fix)


def _is_hard_conduct(rule: Params) -> bool:
    return isinstance(rule, ConductParams) and rule.breach_kind == "hard"


def _span(rule: FloorParams) -> int:
    if isinstance(rule, SessionLossParams):
        return _DAYS.get(rule.family, 1)
    return _FOR_GOOD


def _warnings(rule: Any, path: str) -> Iterator[Finding]:
    if not rule.warn_at:
        return
    if isinstance(rule, ConductParams) and open_conduct(rule).deed:
        message = f"`{rule.family}` is broken by a deed: there is no level to warn of"
        yield Finding("warning", "warning_never_fires", f"{path}.warn_at", message, "remove it")
    elif isinstance(rule, FloorParams) and rule.comparator == "lte" and _ONE in rule.warn_at:
        message = "level 1 never fires: touching the floor is a breach here (`lte`)"
        fix = "use levels below 1"
        yield Finding("warning", "warning_never_fires", f"{path}.warn_at", message, fix)


def _base(rule: Any, path: str) -> Iterator[Finding]:
    bases = type(rule).model_fields.get("pct_base")
    if (
        bases is not None
        and getattr(rule, "pct", None) is not None
        and "pct_base" not in rule.model_fields_set
    ):
        message = f"`pct` does not say of what: {text(rule.pct)} of `{bases.default}` is meant"
        fix = f"write `pct_base: {bases.default}`, so that nobody has to guess"
        yield Finding("hint", "implicit_base", f"{path}.pct", message, fix)
