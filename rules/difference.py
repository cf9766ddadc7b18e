"""What another version of a ruleset changes for a trader, in words and at example balances.

Source: contract 1.4; decision 0032 for what counts as harder.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rules.compare import Bound, Change, compare_phases, tightens
from rules.examples import floors_of
from rules.ruleset import Phase, Ruleset
from schemas.money import text


class PhaseChange(NamedTuple):
    """A change, the phase it is in, and the example balances at which it reads so."""

    phase: str
    change: Change
    balances: tuple[Decimal, ...]


class FloorChange(NamedTuple):
    """A floor that stands elsewhere after the same days: account currency."""

    phase: str
    rule: str
    balance: Decimal
    story: str
    before: Decimal
    after: Decimal


class RulesetDifference(NamedTuple):
    """Everything that differs between two versions; ``added`` and ``removed`` name phases."""

    before: Ruleset
    after: Ruleset
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changes: tuple[PhaseChange, ...]
    floors: tuple[FloorChange, ...]

    @property
    def tightens(self) -> bool:
        """Something is harder for a trader, or might be."""
        changes = (found.change for found in self.changes)
        return bool(tightens(changes) or self.added or self.removed)

    def record(self) -> dict[str, Any]:
        """Return it as JSON, amounts as decimal text."""
        return {
            "from": {"ruleset": self.before.ref, "hash": self.before.hash},
            "to": {"ruleset": self.after.ref, "hash": self.after.hash},
            "tightens": self.tightens,
            "phases_added": list(self.added),
            "phases_removed": list(self.removed),
            "changes": [
                {
                    "phase": found.phase,
                    **found.change._asdict(),
                    "balances": [text(balance) for balance in found.balances],
                }
                for found in self.changes
            ],
            "floors": [
                {
                    "phase": moved.phase,
                    "rule": moved.rule,
                    "balance": text(moved.balance),
                    "story": moved.story,
                    "before": text(moved.before),
                    "after": text(moved.after),
                    "change": text(moved.after - moved.before),
                }
                for moved in self.floors
            ],
        }


def compare_rulesets(
    before: Ruleset, after: Ruleset, balances: Sequence[Decimal]
) -> RulesetDifference:
    """Compare two versions phase by phase; phases are matched by name.

    Args:
        before: the old version.
        after: the new one.
        balances: initial balances of example accounts, in the rulesets' currency.
    """
    olds = {phase.name: phase for phase in before.phases}
    news = {phase.name: phase for phase in after.phases}
    changes: list[PhaseChange] = []
    floors: list[FloorChange] = []
    for name in (name for name in olds if name in news):
        bound = Bound(olds[name], before.session), Bound(news[name], after.session)
        changes += _changes(name, *bound, balances)
        floors += _floors(olds[name], news[name], balances)
    return RulesetDifference(
        before,
        after,
        tuple(name for name in news if name not in olds),
        tuple(name for name in olds if name not in news),
        tuple(changes),
        tuple(floors),
    )


# A share reads as other money at another balance, and may be harder at one and easier at another.
def _changes(
    name: str, old: Bound, new: Bound, balances: Sequence[Decimal]
) -> Iterator[PhaseChange]:
    found: dict[Change, list[Decimal]] = {}
    for balance in balances:
        for change in compare_phases(old, new, balance):
            found.setdefault(change, []).append(balance)
    for change, read in found.items():
        yield PhaseChange(name, change, tuple(read))


def _floors(old: Phase, new: Phase, balances: Sequence[Decimal]) -> Iterator[FloorChange]:
    for balance in balances:
        pairs = zip(floors_of(old, balance), floors_of(new, balance), strict=True)
        for before, after in pairs:
            for rule, floor in before.floors.items():
                moved = after.floors.get(rule, floor)
                if moved != floor:
                    yield FloorChange(old.name, rule, balance, before.words, floor, moved)
