"""Cases about profitable days: how many, which, and what a day must win."""

import re
from decimal import Decimal
from functools import partial
from typing import Any

from flows.cases.checks import Probe, Told, Value
from flows.cases.clock import Clock, clock_of
from flows.cases.days import NEVER_MET, read_days, told_by_days
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.loss import initial_balance
from flows.cases.ruleset import RULE, case_ruleset
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import UNIT, text

_BEST_SHARE = (
    "min_best_share", "min_share_of_best", "share_of_best_day", "min_share_of_best_day",
    "best_day_share", "pct_of_best_day", "min_pct_of_best_day", "share_of_best",
)  # fmt: skip
_IGNORED = ("initial_balance", "reset_tz", "reset_time", "tz", "time")
_THRESHOLD = ("threshold", "min_profit", "required_profit", "daily_threshold")
_LABELS = ("profitable_days", "counted_days", "qualifying_days", "dates")
_TIME = re.compile(r"\s+(?:\d\d:\d\d(?::\d\d)?|start|open|noon|close|end|eod)$", re.IGNORECASE)
_MARKS = ("counts", "counted", "qualifies", "is_profitable", "profitable_day", "profitable")


def tell_profitable_days(case: Case, engine: EngineKind) -> Told:
    """Tell a case about profitable days."""
    clock = clock_of(case.params)
    given = Given.params(case)
    entry = _entry(given)
    window = given.whole("window", "window_days")
    if window is not None and len(case.events) > window:
        raise NotSupported("parameter `window`, with more days than it holds")
    for name in _IGNORED:
        given.take(name)
    given.finish()
    ruleset = case_ruleset(clock, [], [entry, NEVER_MET])
    start = _starting_balance(case)
    told = told_by_days(case, clock, ruleset, engine)
    probe = partial(_threshold, case, clock, ruleset, engine)
    probes: dict[str, Probe] = dict.fromkeys(_THRESHOLD, probe)
    probes["needed_eod_balance"] = lambda value: _shifted(probe, value, start)
    probes["needed_eod_equity"] = probes["needed_eod_balance"]
    asked = {name for check in case.checks for name in check.expected}
    facts: dict[tuple[int | None, str], Value] = {}
    if asked & {*_LABELS, *_MARKS}:
        count = _days_opened if entry.get("attribution") == "open_day" else _counted_days
        for index in [*(event.i for event in case.events), None]:
            through = tuple(event for event in case.events if index is None or event.i <= index)
            told_so_far = case._replace(events=through)
            facts |= _labelled(told_so_far, index, count(told_so_far, clock, ruleset, engine))
    return told._replace(facts=facts, probes=probes)


def _entry(given: Given) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": RULE, "family": "profitable_days"}
    least = given.whole("min_days", "need", "required", "needed", "required_days", "days")
    entry["min_days"] = str(1 if least is None else least)
    amount = given.number("amount", "min_profit", "threshold", "min_amount", "min_pnl")
    share = given.number("pct", "min_pct", "threshold_pct", "min_profit_pct")
    best = given.number(*_BEST_SHARE)
    if amount is not None:
        entry["amount"] = text(amount)
    if share is not None:
        entry["pct"] = text(share)
    if best is not None:
        entry["min_best_share"] = text(best)
    comparator = given.text("comparator")
    if comparator:
        entry["comparator"] = comparator
    words = given.text("attribution", "day_attribution", "basis", "counted_on")
    if words:
        entry["attribution"] = _attribution(words)
    if given.text("base", "pct_base") not in {"", "initial", "initial_balance"}:
        raise NotSupported("parameter `base`")
    return entry


# Which attribution a firm's words have (catalogue, section 5).
def _attribution(words: str) -> str:
    if "equity" in words or "delta" in words:
        return "equity_delta"
    if "minus" in words or "float" in words or "less" in words:
        return "close_day_minus_floating"
    if "clos" in words or "reali" in words:
        return "close_day"
    if "open" in words:
        return "open_day"
    raise NotSupported(f"attribution {words!r}")


# What is said of the days so far: which of them counted, and whether the last one did.
def _labelled(
    case: Case, index: int | None, counted: list[str]
) -> dict[tuple[int | None, str], Value]:
    facts: dict[tuple[int | None, str], Value] = {(index, name): list(counted) for name in _LABELS}
    wanted = [check.expected.get("profitable_days") for check in case.checks]
    if not any(isinstance(value, list) for value in wanted):
        del facts[index, "profitable_days"]  # a number of days, which the goal's value is
    if index is not None:
        last = _days(case)[index]
        facts |= {(index, name): last in counted for name in _MARKS}
    return facts


# The day each event belongs to, by its label without a time. A boundary ends the day before it.
def _days(case: Case) -> dict[int, str]:
    days: dict[int, str] = {}
    day = ""
    for event in case.events:
        label = _TIME.sub("", event.label.strip())
        days[event.i] = day if event.type == "reset" and day else label
        day = label
    return days


# The days that raised the count when they ended.
def _counted_days(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> list[str]:
    counted, before = [], Decimal(0)
    days = _days(case)
    labels = list(dict.fromkeys(days.values()))
    for place, label in enumerate(labels, 1):
        events = [event for event in case.events if days[event.i] in labels[:place]]
        reading = read_days(events, initial_balance(case), clock, ruleset, engine)
        now = Decimal(reading.goal["value"])
        if now > before:
            counted.append(label)
        before = now
    return counted


# The days whose own trades, told alone to their ends, make a day that counts.
def _days_opened(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> list[str]:
    opened: dict[str, set[object]] = {}
    days = _days(case)
    for event in case.events:
        if event.type not in {"trade_close", "close"}:
            opened.setdefault(days[event.i], set()).add(event.fields.get("id", event.i))
    counted = []
    for label, trades in opened.items():
        events = [event for event in case.events if event.fields.get("id", event.i) in trades]
        reading = read_days(events, initial_balance(case), clock, ruleset, engine)
        if Decimal(reading.goal["value"]) > 0:
            counted.append(label)
    return counted


def _starting_balance(case: Case) -> Decimal | None:
    for event in case.events:
        if event.type in {"balance", "equity", "day_start", "start", "snapshot"}:
            return event.amount("balance") or event.amount("equity")
    return None


# A day that wins the threshold must count (under `gt`: not), and one that wins the least less
# (more) the other way round. Anything else that is expected is not the threshold.
def _threshold(
    case: Case,
    clock: Clock,
    ruleset: Ruleset,
    engine: EngineKind,
    wanted: Decimal,
) -> Value:
    strict = str(case.params.get("comparator", "")) == "gt"
    counts = []
    for result in (wanted, wanted + UNIT if strict else wanted - UNIT):
        day = CaseEvent(0, "D1", "day_result", {"net_pnl": str(result)})
        reading = read_days([day], initial_balance(case), clock, ruleset, engine)
        counts.append(Decimal(reading.goal["value"]))
    return wanted if counts == ([0, 1] if strict else [1, 0]) else None


def _shifted(probe: Probe, balance: Decimal, start: Decimal | None) -> Value:
    if start is None:
        raise NotSupported("expected `needed_eod_balance` without a balance before")
    return None if probe(balance - start) is None else balance
