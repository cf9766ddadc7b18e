"""What the tellers of conduct cases share: the words of a case as a rule, facts by event."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from flows.cases.checks import Told, Value
from flows.cases.clock import DAY_ONE, NOON, Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.holder import Holder, Standing, opening_balance, standing
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.cases.story import Story
from flows.engines import EngineKind

COMMON = ("pct", "amount", "comparator", "breach_kind", "pct_base", "limit")
SMALLEST = {"amount": "0.00000001", "comparator": "gte", "breach_kind": "flag"}
"""The limit of a rule that anything at all breaks, and that so shows what it measured."""
Place = Callable[[Holder, CaseEvent], object]


class Facts:
    """What was read, by event and name."""

    def __init__(self) -> None:
        self.read: dict[tuple[int | None, str], Value] = {}

    def put(self, event: int | None, **values: Value) -> None:
        """Remember what was read at an event, or at the end."""
        for name, value in values.items():
            self.read[event, name] = value

    def told(self, case: Case) -> Told:
        """Return the case as it was told."""
        return Told(opening_balance(case), case.params, {}, self.read)


def entry_of(
    case: Case,
    family: str,
    known: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
    words: Mapping[str, Mapping[str, object]] | None = None,
) -> dict[str, Any]:
    """Make the ruleset entry of a conduct case.

    Args:
        case: whose parameters it gets.
        family: of the rule, which may be another word than the case's.
        known: parameters it takes beside the common ones.
        renamed: parameters by another name; an empty one has no meaning for the rule.
        words: values by other words, for each parameter; what is not listed is kept.
    """
    params: dict[str, Any] = {}
    for name, value in case.params.items():
        target = (renamed or {}).get(name, name)
        said = (words or {}).get(name)
        if said is not None and str(value) not in said:
            raise NotSupported(f"parameter `{name}` {value!r}")
        if target:
            params[target] = value if said is None else said[str(value)]
    return rule_entry(family, params, {*COMMON, *known})


def start_of(clock: Clock) -> int:
    """Return when conduct stories begin, ns: noon of the first day."""
    return clock.instant(DAY_ONE, NOON)


def snapshots(
    case: Case, rules: list[dict[str, Any]], engine: EngineKind, place: Place
) -> dict[int, list[Standing]]:
    """Tell every event as an account of its own, judged once; return how each rule stands."""
    clock = clock_of(case.params)
    story, seqs = Story(), {}
    for event in case.events:
        holder = Holder(story, f"case{event.i}", opening_balance(case), start_of(clock))
        place(holder, event)
        seqs[event.i] = holder.approve()
    decisions = story.run(case_ruleset(clock, rules, [], funded=True), engine)
    return {
        i: [standing(decisions, f"case{i}", seq, rule["id"]) for rule in rules]
        for i, seq in seqs.items()
    }


def resting(case: Case, rules: list[dict[str, Any]], engine: EngineKind) -> list[Standing]:
    """Open an account that does nothing and return how each rule stands."""
    clock = clock_of(case.params)
    story = Story()
    seq = Holder(story, "case", opening_balance(case), start_of(clock)).report()
    decisions = story.run(case_ruleset(clock, rules, []), engine)
    return [standing(decisions, "case", seq, rule["id"]) for rule in rules]


def required(event: CaseEvent, *names: str) -> Decimal:
    """Return the number an event has under one of several names.

    Raises:
        NotSupported: it has none of them.
    """
    for name in names:
        value = event.amount(name)
        if value is not None:
            return value
    raise NotSupported(f"event `{event.type}` without `{names[0]}`")
