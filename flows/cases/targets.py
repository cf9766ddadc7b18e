"""Cases about what too good a day does to a target: it lifts it, or does not count in full."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from flows.cases.checks import Probe, Told, Value
from flows.cases.clock import Clock, clock_of
from flows.cases.days import NEVER_MET, read_days
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE, case_ruleset
from flows.engines import EngineKind
from schemas.money import UNIT, text

Read = Callable[[Sequence[CaseEvent]], Reading]
_CLOCK = ("reset_tz", "reset_time", "tz", "time", "initial_balance")
_TARGET = ("target", "amount", "profit_target", "target_amount")
_TARGET_PCT = ("target_pct", "pct", "profit_target_pct")
_SHARE = ("max_share", "consistency", "consistency_pct", "max_day_share", "share")
_NET = {"", "net", "total", "net_profit", "total_profit", "net_total", "total_net_profit"}
_POSITIVE = {"positive", "positive_only", "positive_days", "winning_days", "gross_profit"}


def tell_target_lift(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a target that the best day lifts."""
    given = Given.params(case)
    goal = _goal(given, "consistency_target_lift")
    read = _reader(case, given, goal, engine)
    facts: dict[tuple[int | None, str], Value] = {}
    for index in [None, *(event.i for event in case.events)]:
        reading = read(_through(case, index))
        goal_now = reading.goal
        needed, target = Decimal(goal_now["needed"]), Decimal(read(()).goal["needed"])
        value = Decimal(goal_now["value"])
        for name in ("new_target", "target", "needed", "lifted_target", "required_profit"):
            facts[index, name] = needed
        for name in ("total", "profit", "total_profit"):
            facts[index, name] = value
        for name in ("remaining", "profit_needed", "still_needed"):
            facts[index, name] = max(Decimal(0), needed - value)
        facts[index, "lifted"] = facts[index, "exceeded"] = needed > target
        facts[index, "met"] = facts[index, "passed"] = bool(goal_now["met"])
        facts[index, "breach"] = facts[index, "violation"] = bool(reading.of("breach"))
    cap: Probe = _Cap(read)
    probes = dict.fromkeys(("day_cap", "cap", "max_day", "max_day_profit", "trade_cap"), cap)
    return Told(initial_balance(case), case.params, {None: read(case.events)}, facts, probes)


class _Cap:
    """The most a day (or trade) may win without lifting the target: the engine must agree."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def __call__(self, wanted: Decimal) -> Value:
        target = self._read(()).goal["needed"]
        won = [_lone_day(wanted), _lone_day(wanted + UNIT)]
        at, above = (self._read([day]).goal["needed"] for day in won)
        return wanted if at == target and Decimal(above) > Decimal(target) else None


def tell_distribution(case: Case, engine: EngineKind) -> Told:
    """Tell a case about profit beyond a share of the target, which does not count."""
    given = Given.params(case)
    goal = _goal(given, "profit_distribution")
    if given.text("excess") not in {"", "not_counted", "excluded", "not counted"}:
        raise NotSupported("parameter `excess`")
    kind = given.text("denominator")
    if kind not in _NET | _POSITIVE:
        raise NotSupported(f"denominator {kind!r}")
    if kind in _POSITIVE:
        goal["denominator"] = "positive"
    read = _reader(case, given, goal, engine)
    target = Decimal(read(()).goal["needed"])
    cap = Decimal(read([_lone_day(2 * target)]).goal["value"])
    facts: dict[tuple[int | None, str], Value] = {}
    counted: list[Value] = []
    before = Decimal(0)
    for index in [*(event.i for event in case.events), None]:
        reading = read(_through(case, index))
        value = Decimal(reading.goal["value"])
        total = Decimal(reading.progress["balance"]) - initial_balance(case)
        said: dict[str, Value] = {
            "total": total, "total_profit": total, "profit": total,
            "cap": cap, "day_cap": cap, "trade_cap": cap, "max_day": cap,
            "counted": value - before if index is not None else value,
            "counted_profit": value, "counted_total": value, "total_counted": value,
            "excluded": total - value, "excess": total - value, "not_counted": total - value,
            "remaining": max(Decimal(0), target - value), "target": target,
            "met": bool(reading.goal["met"]), "passed": bool(reading.goal["met"]),
            "breach": bool(reading.of("breach")),
        }  # fmt: skip
        facts |= {(index, name): what for name, what in said.items()}
        if index is not None:
            counted.append(value - before)
        before = value
    for name in ("counted_days", "counted_trades", "counted_profits"):
        facts[None, name] = counted
    return Told(initial_balance(case), case.params, {}, facts)


def _goal(given: Given, family: str) -> dict[str, Any]:
    goal: dict[str, Any] = {"id": RULE, "family": family}
    goal["max_share"] = text(given.needed(*_SHARE))
    amount = given.number(*_TARGET)
    pct = given.number(*_TARGET_PCT)
    if amount is not None:
        goal["amount"] = text(amount)
    elif pct is not None:
        goal["pct"] = text(pct)
    else:
        raise NotSupported("no target")
    scope = given.text("scope")
    if scope:
        goal["scope"] = scope
    given.take("comparator")  # exactly the share is met: what the target is lifted to says so
    return goal


def _reader(case: Case, given: Given, goal: dict[str, Any], engine: EngineKind) -> Read:
    clock: Clock = clock_of(case.params)
    for name in _CLOCK:
        given.take(name)
    given.finish()
    ruleset = case_ruleset(clock, [], [goal, NEVER_MET])
    initial = initial_balance(case)

    def read(events: Sequence[CaseEvent]) -> Reading:
        return read_days(events, initial, clock, ruleset, engine)

    return read


def _through(case: Case, index: int | None) -> tuple[CaseEvent, ...]:
    return tuple(event for event in case.events if index is None or event.i <= index)


def _lone_day(result: Decimal) -> CaseEvent:
    return CaseEvent(0, "D1", "day_result", {"net_pnl": text(result)})
