"""Cases about consistency: days one by one, or summaries of an account each."""

from decimal import Decimal
from typing import Any

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of, read_label
from flows.cases.days import NEVER_MET, told_by_days
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.cases.story import Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from rules.ruleset import Ruleset

_BEST = ("best_day", "best_trade", "best")
_MOST_PARTS = 1000
_TOTALS = frozenset({
    "total_profit", "total", "net_profit", "total_net_profit", "net_total", "net_closed_profit",
})  # fmt: skip
"""Names of the one total the engine knows: of all days, losing ones included."""


def tell_consistency(case: Case, engine: EngineKind) -> Told:
    """Tell a case about consistency: days one by one, or summaries of an account each."""
    clock = clock_of(case.params)
    params = dict(case.params)
    if params.pop("denominator", "total_profit") not in _TOTALS:
        raise NotSupported(f"denominator {case.params['denominator']!r}")
    entry = rule_entry(case.family, params, ("scope", "max_share", "comparator"))
    ruleset = case_ruleset(clock, [], [entry, NEVER_MET])
    if any(event.type == "summary" for event in case.events):
        return _told_by_summaries(case, clock, ruleset, engine)
    return told_by_days(case, clock, ruleset, engine)


def _told_by_summaries(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> Told:
    initial = initial_balance(case)
    story = Story()
    ends: dict[int, tuple[str, int]] = {}
    for event in case.events:
        if event.type != "summary":
            raise NotSupported(f"event `{event.type}` beside summaries")
        at = clock.moment(read_label(event.label), story.now or clock.instant(DAY_ONE, NOON))
        name = f"case-{event.i}"
        trader = Trader(story, name, initial, at)
        for result in _summary_parts(event):
            trader.day(story.now + MINUTE, result, clock)
        ends[event.i] = name, story.seq
    decisions: list[dict[str, Any]] = story.run(ruleset, engine)
    readings: dict[int | None, Reading] = {
        index: Reading(decisions, name, seq) for index, (name, seq) in ends.items()
    }
    if ends:
        readings[None] = readings[max(ends)]
    return Told(initial, case.params, readings)


# The best day or trade, and others that bring the total about without being better.
def _summary_parts(event: CaseEvent) -> list[Decimal]:
    event.only("total", *_BEST)
    bests = [value for name in _BEST if (value := event.amount(name)) is not None]
    total = event.amount("total")
    if len(bests) != 1 or total is None:
        raise NotSupported("event `summary` without one best result and a total")
    best, rest = bests[0], total - bests[0]
    parts = [best]
    if rest < 0:
        return [*parts, rest]
    while rest > 0:
        if best <= 0 or len(parts) > _MOST_PARTS:
            raise NotSupported(f"a total of {total} with a best result of {best}")
        parts.append(min(rest, best))
        rest -= parts[-1]
    return parts
