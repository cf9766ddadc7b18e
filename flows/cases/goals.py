"""Cases about days and trades: trading days, profitable days, consistency, phase completion."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from flows.cases.checks import Probe, Told, Value
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of, read_label
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.cases.story import Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import UNIT, ZERO

_RESULTS = ("net_pnl", "pnl", "result")
_BEST = ("best_day", "best_trade", "best")
_MOST_PARTS = 1000
_NEVER_MET = {"id": "never", "family": "profit_target", "amount": "9000000000"}
"""Keeps the phase of a case from passing, which would end its days."""
_TRADING_DAYS = ("min_days", "counts", "min_notional_pct", "min_result_pct", "min_change_pct")
_PROFITABLE_DAYS = ("min_days", "pct", "amount", "comparator", "attribution")


def tell_trading_days(case: Case, engine: EngineKind) -> Told:
    """Tell a case about trading days."""
    clock = clock_of(case.params)
    params = {"min_days": "1", **case.params}
    entry = rule_entry(case.family, params, _TRADING_DAYS)
    return _told_by_days(case, clock, case_ruleset(clock, [], [entry, _NEVER_MET]), engine)


def tell_profitable_days(case: Case, engine: EngineKind) -> Told:
    """Tell a case about profitable days."""
    clock = clock_of(case.params)
    params = dict(case.params)
    params.setdefault("min_days", params.pop("need", "1"))
    if "min_profit" in params:
        params["amount"] = params.pop("min_profit")
    if params.pop("base", "initial") != "initial":
        raise NotSupported("parameter `base`")
    window = params.pop("window", None)
    if window is not None and len(case.events) > number(window, "parameter `window`"):
        raise NotSupported("parameter `window`, with more days than it holds")
    entry = rule_entry(case.family, params, _PROFITABLE_DAYS)
    ruleset = case_ruleset(clock, [], [entry, _NEVER_MET])
    start = _starting_balance(case)
    told = _told_by_days(case, clock, ruleset, engine)
    probe = partial(_threshold, case, clock, ruleset, engine)
    probes: dict[str, Probe] = {
        "threshold": probe,
        "needed_eod_balance": lambda value: _shifted(probe, value, start),
    }
    return told._replace(probes=probes)


def tell_consistency(case: Case, engine: EngineKind) -> Told:
    """Tell a case about consistency: days one by one, or summaries of an account each."""
    clock = clock_of(case.params)
    params = dict(case.params)
    if params.pop("denominator", "total_profit") != "total_profit":
        raise NotSupported(f"denominator {case.params['denominator']!r}")
    entry = rule_entry(case.family, params, ("scope", "max_share", "comparator"))
    ruleset = case_ruleset(clock, [], [entry, _NEVER_MET])
    if any(event.type == "summary" for event in case.events):
        return _told_by_summaries(case, clock, ruleset, engine)
    return _told_by_days(case, clock, ruleset, engine)


def tell_completion(case: Case, engine: EngineKind) -> Told:
    """Tell a case about passing a phase: a target, and days that count at their end."""
    clock = clock_of(case.params)
    params = dict(case.params)
    if "reset" not in str(params.pop("advance_at", "reset")):
        raise NotSupported("parameter `advance_at`")
    days = {"id": "days", "family": "trading_days", "min_days": params.pop("min_days", "0")}
    if "target_pct" in params:
        params["pct"] = params.pop("target_pct")
    if "target" in params:
        params["amount"] = params.pop("target")
    target = rule_entry("profit_target", params, ("pct", "amount"))
    ruleset = case_ruleset(clock, [], [target, days])
    story = Story()
    initial = initial_balance(case)
    needed = number(target.get("amount", 0), "target") or initial * number(target["pct"], "target")
    seqs = _tell_completion(case, clock, story, needed)
    decisions = story.run(ruleset, engine)
    readings: dict[int | None, Reading] = {
        index: Reading(decisions, "case", seq) for index, seq in seqs.items()
    }
    return Told(initial, case.params, readings)


def _tell_completion(case: Case, clock: Clock, story: Story, needed: Decimal) -> dict[int, int]:
    seqs: dict[int, int] = {}
    trader: Trader | None = None
    traded = 0
    for event in case.events:
        event.only("trading_days", "id")
        days = int(event.amount("trading_days") or 0)
        at = clock.moment(read_label(event.label), story.now or clock.instant(DAY_ONE, NOON))
        if trader is None:  # the days before the first event had a trade each
            opened = clock.boundaries_through(clock.next_boundary(at), days + 1)[0] + MINUTE
            trader = Trader(story, "case", initial_balance(case), opened)
            for _ in range(1, days):
                trader.day(story.now + MINUTE, ZERO, clock)
            traded = max(0, days - 1)
        if event.type == "reset":
            trader.end_day(clock)
        elif event.type in {"target_reached", "trade_open"}:
            trader.round_trip(at, needed if event.type == "target_reached" else ZERO)
            traded += 1
        else:
            raise NotSupported(f"event `{event.type}`")
        if days and days != traded:
            raise NotSupported(f"{days} trading days where {traded} are told")
        seqs[event.i] = story.seq
    return seqs


# What is known after a day or a trade is known when its day has ended, so every check has a story
# of its own, told up to its event and to the end of that day.
def _told_by_days(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> Told:
    readings: dict[int | None, Reading] = {}
    initial = initial_balance(case)
    for check in case.checks:
        events = case.events
        if check.i is not None:
            events = tuple(event for event in events if event.i <= check.i)
        readings[check.i] = _read_days(events, initial, clock, ruleset, engine)
    return Told(initial, case.params, readings)


def _read_days(
    events: Sequence[CaseEvent],
    initial: Decimal,
    clock: Clock,
    ruleset: Ruleset,
    engine: EngineKind,
) -> Reading:
    story = Story()
    trader: Trader | None = None
    ended = True
    for event in events:
        at = clock.moment(read_label(event.label), story.now or clock.instant(DAY_ONE, NOON))
        trader = trader or Trader(story, "case", initial, at - MINUTE)
        ended = _tell_day(event, trader, at, initial, clock)
    if trader is None:
        Trader(story, "case", initial, clock.instant(DAY_ONE, NOON))
    elif not ended:
        trader.end_day(clock)
    return Reading(story.run(ruleset, engine), "case", story.seq)


def _tell_day(event: CaseEvent, trader: Trader, at: int, initial: Decimal, clock: Clock) -> bool:
    """Tell one event; return whether its day has ended with it."""
    if event.type == "day_result":
        event.only(*_RESULTS)
        trader.day(at, _result(event), clock)
        return True
    if event.type == "trade_open":
        event.only("id")
        trader.open(at, str(event.fields.get("id", event.i)))
    elif event.type == "trade_close":
        event.only("id", "pnl_pct", *_RESULTS)
        share = event.amount("pnl_pct")
        result = _result(event, ZERO) if share is None else share * initial
        trader.close(at, str(event.fields.get("id", event.i)), result)
    elif event.type in {"trade", "trade_result"}:
        event.only("id", *_RESULTS)
        trader.round_trip(at, _result(event))
    elif event.type == "balance":
        event.only("balance")
    elif event.type in {"reset", "eod"}:
        event.only()
        trader.end_day(clock)
        return True
    else:
        raise NotSupported(f"event `{event.type}`")
    return False


def _result(event: CaseEvent, default: Decimal | None = None) -> Decimal:
    given = [value for name in _RESULTS if (value := event.amount(name)) is not None]
    if len(given) != 1:
        if default is not None and not given:
            return default
        raise NotSupported(f"event `{event.type}` without one result")
    return given[0]


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


def _starting_balance(case: Case) -> Decimal | None:
    for event in case.events:
        if event.type == "balance":
            return event.amount("balance")
    return None


# A day that wins the threshold must count (under `gt`: not), and one that wins the least less
# (more) the other way round. Anything else that is expected is not the threshold.
def _threshold(
    case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind, wanted: Decimal
) -> Value:
    strict = case.params.get("comparator") == "gt"
    counts = []
    for result in (wanted, wanted + UNIT if strict else wanted - UNIT):
        day = CaseEvent(0, "D1", "day_result", {"net_pnl": str(result)})
        reading = _read_days([day], initial_balance(case), clock, ruleset, engine)
        counts.append(Decimal(reading.goal["value"]))
    return wanted if counts == ([0, 1] if strict else [1, 0]) else None


def _shifted(probe: Probe, balance: Decimal, start: Decimal | None) -> Value:
    if start is None:
        raise NotSupported("expected `needed_eod_balance` without a balance before")
    return None if probe(balance - start) is None else balance
