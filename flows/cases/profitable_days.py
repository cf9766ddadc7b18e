"""Cases about profitable days: how many, which, and what a day must win."""

from decimal import Decimal
from functools import partial

from flows.cases.checks import Probe, Told, Value
from flows.cases.clock import Clock, clock_of
from flows.cases.days import NEVER_MET, read_days, told_by_days
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.loss import initial_balance
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import UNIT

_PROFITABLE_DAYS = ("min_days", "pct", "amount", "comparator", "attribution")


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
    ruleset = case_ruleset(clock, [], [entry, NEVER_MET])
    start = _starting_balance(case)
    told = told_by_days(case, clock, ruleset, engine)
    probe = partial(_threshold, case, clock, ruleset, engine)
    probes: dict[str, Probe] = {
        "threshold": probe,
        "needed_eod_balance": lambda value: _shifted(probe, value, start),
    }
    wanted = [check.i for check in case.checks if "profitable_days" in check.expected]
    count = _days_opened if params.get("attribution") == "open_day" else _counted_days
    counted = count(case, clock, ruleset, engine) if wanted else []
    facts: dict[tuple[int | None, str], Value] = {(i, "profitable_days"): counted for i in wanted}
    return told._replace(facts=facts, probes=probes)


# The labels of the days that raised the count when they ended.
def _counted_days(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> list[str]:
    counted, before = [], Decimal(0)
    labels = list(dict.fromkeys(event.label for event in case.events))
    for place, label in enumerate(labels, 1):
        events = [event for event in case.events if event.label in labels[:place]]
        reading = read_days(events, initial_balance(case), clock, ruleset, engine)
        now = Decimal(reading.goal["value"])
        if now > before:
            counted.append(label)
        before = now
    return counted


# The labels of the days whose own trades, told alone to their ends, make a day that counts.
def _days_opened(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> list[str]:
    opened: dict[str, set[object]] = {}
    for event in case.events:
        if event.type != "trade_close":
            opened.setdefault(event.label, set()).add(event.fields.get("id", event.i))
    counted = []
    for label, trades in opened.items():
        events = [event for event in case.events if event.fields.get("id", event.i) in trades]
        reading = read_days(events, initial_balance(case), clock, ruleset, engine)
        if Decimal(reading.goal["value"]) > 0:
            counted.append(label)
    return counted


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
        reading = read_days([day], initial_balance(case), clock, ruleset, engine)
        counts.append(Decimal(reading.goal["value"]))
    return wanted if counts == ([0, 1] if strict else [1, 0]) else None


def _shifted(probe: Probe, balance: Decimal, start: Decimal | None) -> Value:
    if start is None:
        raise NotSupported("expected `needed_eod_balance` without a balance before")
    return None if probe(balance - start) is None else balance
