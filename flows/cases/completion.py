"""Cases about passing a phase."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.cases.checks import Told, Value
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of, read_label
from flows.cases.document import Case, NotSupported
from flows.cases.given import Given
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE, case_ruleset
from flows.cases.story import Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from schemas.money import ZERO, text


def tell_completion(case: Case, engine: EngineKind) -> Told:
    """Tell a case about passing a phase: a target, and days that count at their end."""
    clock = clock_of(case.params)
    given = Given.params(case)
    if "reset" not in given.text("advance_at", "passes_at", "evaluated") + "reset":
        raise NotSupported("parameter `advance_at`")
    least = given.whole("min_days", "min_trading_days", "days")
    days = {"id": "days", "family": "trading_days", "min_days": str(least or 0)}
    target: dict[str, Any] = {"id": RULE, "family": "profit_target"}
    share = given.number("target_pct", "pct", "profit_target_pct")
    amount = given.number("target", "amount", "profit_target", "target_amount")
    if amount is not None:
        target["amount"] = text(amount)
    elif share is not None:
        target["pct"] = text(share)
    goals = [target, days]
    most = given.number("max_share", "consistency", "consistency_max_share")
    if most is not None:
        goals.append({"id": "best", "family": "consistency", "max_share": text(most)})
    for name in ("initial_balance", "reset_tz", "reset_time", "tz", "time"):
        given.take(name)
    given.finish()
    ruleset = case_ruleset(clock, [], goals)
    story = Story()
    initial = initial_balance(case)
    needed = amount or initial * (share or ZERO)
    seqs = _tell_completion(case, clock, story, needed)
    decisions = story.run(ruleset, engine)
    readings: dict[int | None, Reading] = {
        index: Reading(decisions, "case", seq) for index, seq in seqs.items()
    }
    if seqs:
        readings[None] = readings[max(seqs)]
    return Told(initial, case.params, readings, _goal_facts(readings))


def _goal_facts(
    readings: Mapping[int | None, Reading],
) -> dict[tuple[int | None, str], Value]:
    facts: dict[tuple[int | None, str], Value] = {}
    for index, reading in readings.items():
        target, days = reading.progress["goals"][:2]
        facts[index, "target_met"] = facts[index, "target_reached"] = bool(target["met"])
        facts[index, "days_met"] = facts[index, "min_days_met"] = bool(days["met"])
        facts[index, "trading_days"] = facts[index, "days"] = Decimal(days["value"])
        facts[index, "profit"] = Decimal(target["value"])
        passed = bool(reading.of("phase.passed"))
        for name in ("passed", "complete", "completed", "phase_complete", "advanced"):
            facts[index, name] = passed
    return facts


def _tell_completion(case: Case, clock: Clock, story: Story, needed: Decimal) -> dict[int, int]:
    seqs: dict[int, int] = {}
    trader: Trader | None = None
    traded = 0
    for event in case.events:
        fields = Given.event(event)
        days = fields.whole("trading_days", "days") or 0
        fields.take("id")
        at = clock.moment(read_label(event.label), story.now or clock.instant(DAY_ONE, NOON))
        if trader is None:  # the days before the first event had a trade each
            opened = clock.boundaries_through(clock.next_boundary(at), max(days, 1) + 1)[0] + MINUTE
            trader = Trader(story, "case", initial_balance(case), opened)
            for _ in range(1, days):
                trader.day(story.now + MINUTE, ZERO, clock)
            traded = max(0, days - 1)
        if event.type in {"reset", "eod"}:
            trader.end_day(clock)
        elif event.type in {"target_reached", "target_hit"}:
            trader.round_trip(at, needed)
            traded += 1
        elif event.type in {"trade_open", "trade", "day_result", "trade_result"}:
            trader.round_trip(at, fields.number("net_pnl", "pnl", "result", "profit") or ZERO)
            traded += 1
        else:
            raise NotSupported(f"event `{event.type}`")
        if event.type == "day_result":
            trader.end_day(clock)
        fields.finish()
        if days and days != traded:
            raise NotSupported(f"{days} trading days where {traded} are told")
        seqs[event.i] = story.seq
    return seqs
