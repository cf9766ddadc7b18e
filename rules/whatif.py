"""Two tellings of the same accounts under two ruleset versions, and where they part.

A telling is what an engine decided about an account, entry by entry. Both are of the same journal,
so two decisions belong together when they are of one kind, about one rule, at one entry.

Source: contract section 3; decision 0033.
"""

from bisect import bisect_left
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from rules.api import At, Decision, Rejection
from rules.catalog import FLOORS
from rules.lifecycle import TERMINAL

Verdict = Literal[
    "would_breach",  # it breaches under the new version alone
    "would_survive",  # it breached, and would not
    "breach_moves",  # another rule, or another entry, ends it
    "would_pass",
    "would_not_pass",
    "pass_moves",  # another entry completes its goals
    "would_expire",
    "would_not_expire",
    "gains_room",  # at the end, to the nearest floor
    "loses_room",
    "cannot_move",  # the new version does not fit the account
    "same",
]

_COMPARED = frozenset({"breach", "state", "warning", "phase.passed"})


class Telling:
    """What was decided about one account."""

    __slots__ = ("decisions", "progress", "refused")

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.progress: dict[str, Any] | None = None
        self.refused: Rejection | None = None

    def add(self, decision: Decision) -> None:
        """Take the next decision."""
        kind = decision.body["type"]
        if kind == "progress":
            self.progress = decision.body
        elif kind in _COMPARED:
            self.decisions.append(decision)

    @property
    def end(self) -> Decision | None:
        """The move that ended the account, None while it lives."""
        ends = [
            told
            for told in self.decisions
            if told.body["type"] == "state" and told.body["to"] in TERMINAL
        ]
        return ends[0] if ends else None

    @property
    def breach(self) -> Decision | None:
        """The breach that ended the account."""
        end = self.end
        if end is None:
            return None
        for told in self.decisions:
            if told.body["type"] == "breach" and told[:3] == end[:3]:
                return told  # at the same instant and entry, derived or not
        return None

    @property
    def rooms(self) -> dict[str, Decimal]:
        """Room to every floor at the end, account currency."""
        rules = self.progress["rules"] if self.progress is not None else ()
        return {rule["id"]: Decimal(rule["room"]) for rule in rules if rule["family"] in FLOORS}


class Parting(NamedTuple):
    """A decision that only one of the two tellings has, or that says other in each."""

    live: Decision | None
    shadow: Decision | None

    @property
    def told(self) -> Decision:
        """The decision itself; of two, the live one."""
        found = self.live or self.shadow
        assert found is not None
        return found


def partings(live: Telling, shadow: Telling) -> Iterator[Parting]:
    """Yield where two tellings differ, in the order of the journal."""
    olds = {_key(decision): decision for decision in live.decisions}
    news = {_key(decision): decision for decision in shadow.decisions}
    for key in sorted(olds | news):
        old, new = olds.get(key), news.get(key)
        if old is None or new is None or _kind(old) != _kind(new):
            yield Parting(old, new)


def verdicts(live: Telling, shadow: Telling) -> list[Verdict]:
    """Sum up what the other version would have meant for the account."""
    if shadow.refused is not None:
        return ["cannot_move"]
    found = [*_ends(live, shadow), *_room(live, shadow)]
    return found or ["same"]


def nearest(rooms: dict[str, Decimal]) -> Decimal | None:
    """Return the room to the nearest floor, None where there is no floor."""
    return min(rooms.values(), default=None)


def _ends(live: Telling, shadow: Telling) -> Iterator[Verdict]:
    was, would = _state(live), _state(shadow)
    names: dict[str, tuple[Verdict, Verdict, Verdict]] = {
        "breached": ("would_breach", "would_survive", "breach_moves"),
        "passed": ("would_pass", "would_not_pass", "pass_moves"),
        "expired": ("would_expire", "would_not_expire", "breach_moves"),
    }
    for state, (begins, ends, moves) in names.items():
        if would == state != was:
            yield begins
        elif was == state != would:
            yield ends
        elif was == would == state and _end_key(live) != _end_key(shadow):
            yield moves


# An account that has ended has no room any more, whatever its floors say.
def _room(live: Telling, shadow: Telling) -> Iterator[Verdict]:
    if live.end is not None or shadow.end is not None:
        return
    was, would = nearest(live.rooms), nearest(shadow.rooms)
    if was is not None and would is not None and was != would:
        yield "gains_room" if would > was else "loses_room"


def _state(telling: Telling) -> str:
    end = telling.end
    return "" if end is None else str(end.body["to"])


def _end_key(telling: Telling) -> Any:
    end, breach = telling.end, telling.breach
    assert end is not None
    rule = breach.body["rule"] if breach is not None else ""
    return end.ts, end.position, end.derived, rule


def _key(decision: Decision) -> tuple[Any, ...]:
    body = decision.body
    name = body.get("rule") or body.get("to") or ""
    place = decision.ts, decision.position, not decision.derived
    return *place, body["type"], name, body.get("level", "")


def _kind(decision: Decision) -> Any:
    body = decision.body
    return body.get("breach_kind"), body.get("from"), body.get("next_phase")


class Numbering:
    """Turns journal positions into the ``seq`` of the live journal."""

    def __init__(self) -> None:
        self._refused: list[int] = []

    def refuse(self, positions: list[int]) -> None:
        """Take note of entries that the live engine refused; they come in order."""
        self._refused += positions

    def resolve(self, value: Any) -> Any:
        """Replace every position inside a decision's body."""
        if isinstance(value, At):
            return self.seq(value)
        if isinstance(value, dict):
            return {name: self.resolve(item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def seq(self, position: int) -> int:
        """Return the seq of an accepted entry; of a refused one, that of the next accepted."""
        return position - bisect_left(self._refused, position)
