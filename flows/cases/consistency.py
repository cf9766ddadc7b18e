"""Cases about consistency: days one by one, or summaries of an account each."""

from decimal import Decimal
from typing import Any

from flows.cases.checks import Told, Value
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of, read_label
from flows.cases.days import NEVER_MET, RESULTS, told_by_days
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE, case_ruleset
from flows.cases.story import Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import ZERO, text

_NEEDED = (
    "needed_total", "required_total", "total_needed", "min_total", "required_profit", "new_target",
    "total_required", "profit_required",
)  # fmt: skip
_LACKING = ("profit_needed", "additional_needed", "still_needed", "more_needed", "remaining")
_BEST = ("best_day", "best_trade", "best", "largest_day", "largest_trade")
_TOTAL = ("total", "total_profit", "net_profit", "profit")
_MOST_PARTS = 1000
_TARGET = ("target", "profit_target", "target_profit", "target_amount")
_IGNORED = ("initial_balance", "reset_tz", "reset_time", "tz", "time", "excess")
_TOTALS = frozenset({
    "", "net", "total_profit", "total", "net_profit", "total_net_profit", "net_total",
    "net_closed_profit",
})  # fmt: skip
"""Names of the one total the engine knows: of all days, losing ones included."""


def tell_consistency(case: Case, engine: EngineKind) -> Told:
    """Tell a case about consistency: days one by one, or summaries of an account each."""
    clock = clock_of(case.params)
    given = Given.params(case)
    entry: dict[str, Any] = {"id": RULE, "family": "consistency"}
    entry["max_share"] = text(given.needed("max_share", "max_pct", "limit", "share", "cap_pct"))
    for name in ("scope", "share_scope"):
        entry |= {"scope": scope} if (scope := given.text(name)) else {}
    comparator = given.text("comparator")
    entry |= {"comparator": comparator} if comparator else {}
    target, share = given.number(*_TARGET), given.number("target_pct", "profit_target_pct")
    kind = given.text("denominator", "of")
    entry["denominator"] = _denominator(kind)
    if entry["denominator"] == "target":
        entry |= {"target": text(target)} if target is not None else {}
        entry |= {"target_pct": text(share)} if target is None and share is not None else {}
    for name in _IGNORED:
        given.take(name)
    given.finish()
    ruleset = case_ruleset(clock, [], [entry, NEVER_MET])
    tell = _told_by_summaries if any(e.type == "summary" for e in case.events) else told_by_days
    told = tell(case, clock, ruleset, engine)
    if entry["denominator"] == "target" and target is None:
        target = (share or ZERO) * told.initial
    fixed = {"total": None, "target": target, "positive": _won(case)}[entry["denominator"]]
    return told._replace(facts=_figures(told, Decimal(entry["max_share"]), fixed))


# What follows from the share the engine reports and from what it is a share of.
def _figures(
    told: Told, max_share: Decimal, fixed: Decimal | None
) -> dict[tuple[int | None, str], Value]:
    facts: dict[tuple[int | None, str], Value] = {}
    for index, reading in told.readings.items():
        total = Decimal(reading.progress["balance"]) - told.initial
        base = total if fixed is None else fixed
        said: dict[str, Value] = {"total": total, "total_profit": total}
        said |= dict.fromkeys(("cap", "day_cap", "trade_cap", "limit"), max_share * base)
        if reading.goal["value"] is not None:
            # The share is reported to 8 decimals, so the best comes out within a rounding.
            best = (Decimal(reading.goal["value"]) * base).quantize(Decimal("0.01"))
            needed = best / max_share
            said |= dict.fromkeys(("best", "best_day", "best_trade"), best)
            said |= dict.fromkeys(_NEEDED, needed)
            said |= dict.fromkeys(_LACKING, max(ZERO, needed - total))
        facts |= {(index, name): value for name, value in said.items()}
    return facts


# The winning days (trades) of a case alone; a summary says only what it says.
def _won(case: Case) -> Decimal:
    results = [result for event in case.events for result in _results(event)]
    return sum((max(ZERO, result) for result in results), ZERO)


def _results(event: CaseEvent) -> list[Decimal]:
    names = _TOTAL if event.type == "summary" else RESULTS
    return [value for name in names if (value := event.amount(name)) is not None]


def _denominator(words: str) -> str:
    if words in _TOTALS:
        return "total"
    if "target" in words:
        return "target"
    if "positive" in words or "winning" in words or words == "gross_profit":
        return "positive"
    raise NotSupported(f"denominator {words!r}")


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
    event.only(*_TOTAL, *_BEST)
    bests = [value for name in _BEST if (value := event.amount(name)) is not None]
    totals = [value for name in _TOTAL if (value := event.amount(name)) is not None]
    total = totals[0] if len(totals) == 1 else None
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
