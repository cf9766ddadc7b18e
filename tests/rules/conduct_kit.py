"""What tests of size and risk rules share: a rule alone in a plan, and both engines as one."""

from decimal import Decimal
from typing import Any

from schemas.money import text
from tests.rules.kit import ENGINES, Journal
from tests.rules.outcome import Run
from tests.rules.samples import ruleset

UNIT = "0.00000001"


def rule(family: str, **params: Any) -> dict[str, Any]:
    """A rule named after its family."""
    return {"id": family, "family": family, **params}


def flagged(family: str, **params: Any) -> dict[str, Any]:
    """A rule that says every violation and ends nothing."""
    return rule(family, breach_kind="flag", strikes_to_hard="99999", **params)


def hedged(*rules: dict[str, Any], balance: str = "10000", **plan: Any) -> Journal:
    """An account that may hold several positions in one symbol."""
    return Journal(ruleset(*rules, **plan)).open("a", balance, position_mode="hedging")


def agreed(journal: Journal) -> Run:
    """Run a journal on both engines, which must say the same."""
    first, *others = (journal.run(engine) for engine in ENGINES.values())
    for other in others:
        assert other.lines == first.lines
    return first


def observed(run: Run, name: str) -> str:
    """What a rule observes in the last progress."""
    shown = run.rule(name)
    return text(Decimal(shown["floor"]) - Decimal(shown["room"]))
