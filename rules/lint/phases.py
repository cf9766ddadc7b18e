"""Phases that lead nowhere, in a circle, or never end."""

from collections.abc import Iterator

from rules.conduct.common import ConductParams
from rules.conduct.time_limit import TimeLimitParams
from rules.lint.finding import Finding
from rules.params import Params
from rules.response import RuleParams
from rules.ruleset import Phase, Ruleset


def phase_findings(ruleset: Ruleset) -> Iterator[Finding]:
    """Check how phases follow each other, and that each of them can end."""
    yield from _circles(ruleset)
    named = {phase.on_pass for phase in ruleset.phases}
    for number, phase in enumerate(ruleset.phases):
        here = f"phases.{number}"
        if number and phase.name not in named:
            message = f"no phase leads to `{phase.name}`"
            fix = f"name it in `on_pass` of the phase before, or remove `{phase.name}`"
            yield Finding("warning", "unreachable_phase", f"{here}.name", message, fix)
        yield from _next(phase, here)
        yield from _end(phase, here)


def _circles(ruleset: Ruleset) -> Iterator[Finding]:
    following = {phase.name: phase.on_pass for phase in ruleset.phases}
    for number, phase in enumerate(ruleset.phases):
        seen, name = [phase.name], phase.on_pass
        while name is not None and name not in seen:
            seen.append(name)
            name = following[name]
        if name == phase.name:
            message = f"passing leads in a circle: {' → '.join([*seen, name])}"
            fix = "let `on_pass` lead to a later phase, or leave it out where the last one ends"
            yield Finding("error", "phase_circle", f"phases.{number}.on_pass", message, fix)


def _next(phase: Phase, here: str) -> Iterator[Finding]:
    if phase.on_pass is not None and not phase.goals:
        message = f"`{phase.name}` leads to `{phase.on_pass}` but has no goals, so it never passes"
        fix = "add the goals that lead on, or remove `on_pass`"
        yield Finding("error", "never_passes", f"{here}.on_pass", message, fix)
    if phase.funded and phase.goals and phase.on_pass is None:
        message = f"the funded phase `{phase.name}` ends when its goals are met: nothing follows"
        fix = "name the phase that follows in `on_pass`, or remove the goals"
        yield Finding("warning", "funded_dead_end", f"{here}.goals", message, fix)


def _end(phase: Phase, here: str) -> Iterator[Finding]:
    if any(can_end(rule) for rule in phase.rules):
        return
    if phase.goals:
        message = f"no rule of `{phase.name}` is hard: an account can pass but never fail"
        fix = "give a rule `breach_kind: hard`, or say in a comment that this is meant"
        yield Finding("warning", "cannot_fail", f"{here}.rules", message, fix)
    else:
        message = f"`{phase.name}` has no end: no hard rule, no goal and no time limit"
        fix = "add a rule with `breach_kind: hard`, or goals"
        yield Finding("error", "phase_without_end", f"{here}.rules", message, fix)


def can_end(rule: Params) -> bool:
    """Tell whether a breach of this rule can end the account."""
    if isinstance(rule, ConductParams) and rule.strikes_to_hard is not None:
        return True
    return isinstance(rule, RuleParams) and rule.breach_kind == "hard"


def time_limit(phase: Phase) -> int | None:
    """Return the days after which a phase is over; None when it has no such limit."""
    days = [rule.days for rule in phase.rules if isinstance(rule, TimeLimitParams)]
    return min(days, default=None)
