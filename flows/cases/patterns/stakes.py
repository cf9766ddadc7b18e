"""Cases about raising the stake after losses."""

from decimal import Decimal
from typing import Any

from flows.cases.checks import Told
from flows.cases.clock import Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.patterns.desk import ANY, Desk, breaches, moment, start_of
from flows.cases.policies.facts import Facts
from flows.cases.ruleset import RULE
from flows.engines import EngineKind
from schemas.money import ZERO, text

_HUGE = Decimal(1_000_000)
"""Lots that break any such rule, to hear what it allows."""
_LOTS = ("lots", "size", "qty", "volume", "contracts")
_RESULT = ("pnl", "profit", "result", "net_pnl")
_REFERENCES = {
    "first": "first", "initial": "first", "previous": "last", "last": "last", "prior": "last",
    "preceding": "last", "largest": "largest", "max": "largest", "biggest": "largest",
}  # fmt: skip
_COMPARATORS = {"": "gte", "gte": "gte", ">=": "gte", "gt": "gt", ">": "gt"}
_HOUR = 3600


def tell_martingale(case: Case, engine: EngineKind) -> Told:
    """Tell a case about raising the stake."""
    clock, rule = clock_of(case.params), _rule(case)
    facts = Facts()
    for place, event in enumerate(case.events):
        told = case.events[: place + 1]
        before, after, decisions = _play(told, clock, rule, engine, None)
        broken = bool(breaches(decisions, before, after))
        facts.say(event.i, broken, "violation", "violated", "breach", "martingale", "flag")
        facts.say(event.i, not broken, "ok", "allowed", "compliant")
        before, after, decisions = _play(told, clock, rule, engine, _HUGE)
        limits = [Decimal(made["floor"]) for made in breaches(decisions, before, after)]
        limit = limits[0] if limits else None
        facts.say(event.i, limit, "limit", "threshold", "forbidden_from", "max_lots", "limit_lots")
    return facts.told(case)


def _rule(case: Case) -> dict[str, Any]:
    given = Given.params(case)
    comparator = given.text("comparator")
    if comparator not in _COMPARATORS:
        raise NotSupported(f"comparator {comparator!r}")
    rule: dict[str, Any] = {
        "id": RULE,
        "family": "martingale",
        "multiplier": text(given.needed("multiplier", "factor", "times", "max_multiplier")),
        "comparator": _COMPARATORS[comparator],
        "breach_kind": "flag",
        "strikes_to_hard": "100000",
        "reference": _reference(given.text("reference", "base", "compared_with")),
    }
    streak = given.whole("min_losing_streak", "min_streak", "losing_streak", "losses", "streak")
    if streak is not None:
        rule["min_losing_streak"] = str(streak)
    hours = given.number("window_h", "within_h", "window_hours", "hours")
    seconds = given.number("window_s", "within_s")
    minutes = given.number("window_min", "within_min")
    if hours is None and (seconds is not None or minutes is not None):
        hours = (seconds or (minutes or ZERO) * 60) / _HOUR
    if hours is not None:
        if hours != hours.to_integral_value():
            raise NotSupported("a window that is not of whole hours")
        rule["window_h"] = str(int(hours))
    if given.flag("same_symbol", "per_symbol", "by_symbol"):
        rule["group_by"] = "symbol"
    given.take("initial_balance", "group_by")
    given.finish()
    return rule


def _reference(words: str) -> str:
    for word, meaning in _REFERENCES.items():
        if word in words:
            return meaning
    if words:
        raise NotSupported(f"reference {words!r}")
    return "first"


def _play(
    events: tuple[CaseEvent, ...],
    clock: Clock,
    rule: dict[str, Any],
    engine: EngineKind,
    last_lots: Decimal | None,
) -> tuple[int, int, list[dict[str, Any]]]:
    """Tell events to one account; return the entries before and after the last, and decisions."""
    desk = Desk(start_of(clock))
    before = desk.seq
    for event in events:
        before = desk.seq
        _tell(desk, event, clock, last_lots if event is events[-1] else None)
    return before, desk.seq, desk.run(clock, [rule], engine)


def _tell(desk: Desk, event: CaseEvent, clock: Clock, lots: Decimal | None) -> None:
    given = Given.event(event)
    size, result = given.number(*_LOTS), given.number(*_RESULT)
    symbol = given.take("symbol") or ANY
    name = str(given.take("id") or f"e{event.i}")
    given.take("side")
    given.finish()
    at = moment(clock, event.label, desk.now)
    if event.type in {"trade_close", "close"}:
        desk.close(at, name, result or ZERO)
        return
    if event.type not in {"trade", "trade_open", "open", "position_open", "trade_result"}:
        raise NotSupported(f"event `{event.type}`")
    if size is None:
        raise NotSupported(f"event `{event.type}` without lots")
    desk.open(at, name, lots or size, symbol=symbol)
    if event.type in {"trade", "trade_result"}:
        desk.close(at, name, result or ZERO)
