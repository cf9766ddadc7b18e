"""Lint: everything that can be said about one ruleset document.

First its shape; only a document that can be loaded is asked whether it can be meant.
"""

from collections.abc import Callable, Iterator
from decimal import localcontext

from rules.lint.finding import Finding
from rules.lint.goals import goal_findings
from rules.lint.limits import limit_findings
from rules.lint.phases import phase_findings
from rules.lint.shape import shape_findings
from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import InputError
from schemas.money import EXACT

_CHECKS: tuple[Callable[[Ruleset], Iterator[Finding]], ...] = (
    phase_findings,
    limit_findings,
    goal_findings,
)


def lint(data: object) -> list[Finding]:
    """Return what is found in a ruleset document.

    Args:
        data: the raw document, every number as text.
    """
    found = list(shape_findings(data))
    if found:
        return found
    try:
        ruleset = load_ruleset(data)  # type: ignore[arg-type]
    except InputError as error:
        return [Finding("error", "bad_value", error.path, error.message, "correct the value")]
    with localcontext(EXACT):
        return [finding for check in _CHECKS for finding in check(ruleset)]
