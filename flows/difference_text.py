"""Two versions of a ruleset side by side, for people."""

from collections.abc import Iterator
from decimal import Decimal

from rules.difference import FloorChange, PhaseChange, RulesetDifference
from rules.examples import STORIES
from schemas.money import text

_EFFECTS = {"tighter": "tighter", "looser": "looser", "unclear": "either", "neutral": "same"}


def difference_lines(found: RulesetDifference, balances: int) -> Iterator[str]:
    """Say what differs, phase by phase: changes in words, then floors at example balances.

    Args:
        found: the differences.
        balances: how many example balances there are.
    """
    yield f"{found.before.ref} → {found.after.ref}: what changes for a trader"
    if found.before.hash == found.after.hash:
        yield "  nothing: the content is the same"
        return
    yield from (f"phase {name} is gone" for name in found.removed)
    yield from (f"phase {name} is new" for name in found.added)
    told: dict[tuple[str, ...], str] = {}
    phases = [item.phase for item in found.changes] + [item.phase for item in found.floors]
    for name in dict.fromkeys(phases):
        lines = tuple(_phase(found, name, balances))
        same = told.setdefault(lines, name)
        yield from [f"phase {name}", *lines] if same == name else [f"phase {name}: as {same}"]
    if not (told or found.removed or found.added):
        yield "  nothing that matters to a trader"


def _phase(found: RulesetDifference, name: str, balances: int) -> Iterator[str]:
    for item in found.changes:
        if item.phase == name:
            yield _change(item, balances)
    groups: dict[tuple[str, Decimal, Decimal], list[FloorChange]] = {}
    for moved in found.floors:
        if moved.phase == name:
            by = moved.after - moved.before
            groups.setdefault((moved.rule, moved.balance, by), []).append(moved)
    for (rule, balance, by), examples in groups.items():
        first, count = examples[0], f"{len(examples)} of {len(STORIES)}"
        yield (
            f"  floor   `{rule}` {_signed(by)} at {text(balance)}: {first.story}: "
            f"{text(first.before)} → {text(first.after)} ({count} examples)"
        )


def _change(item: PhaseChange, balances: int) -> str:
    at = ""
    if len(item.balances) < balances:
        at = f", at {', '.join(text(balance) for balance in item.balances)}"
    return f"  {_EFFECTS[item.change.effect]:8}{item.change.words}{at}"


def _signed(amount: Decimal) -> str:
    return text(amount) if amount < 0 else f"+{text(amount)}"
