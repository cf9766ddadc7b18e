"""Accounts that trade day by day, read when a day has ended."""

from collections.abc import Sequence
from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, read_label
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.story import PRICE, Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import ZERO

RESULTS = ("net_pnl", "pnl", "result")
"""What an event may call the result of a day or a trade."""
NEVER_MET = {"id": "never", "family": "profit_target", "amount": "9000000000"}
"""Keeps the phase of a case from passing, which would end its days."""


def told_by_days(case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind) -> Told:
    """Tell a case of days.

    What is known after a day or a trade is known when its day has ended, so every check has a
    story of its own, told up to its event and to the end of that day.
    """
    readings: dict[int | None, Reading] = {}
    initial = initial_balance(case)
    for check in case.checks:
        events = case.events
        if check.i is not None:
            events = tuple(event for event in events if event.i <= check.i)
        readings[check.i] = read_days(events, initial, clock, ruleset, engine)
    return Told(initial, case.params, readings)


def read_days(
    events: Sequence[CaseEvent],
    initial: Decimal,
    clock: Clock,
    ruleset: Ruleset,
    engine: EngineKind,
) -> Reading:
    """Tell events to one account, end the last day, and read."""
    story = Story()
    trader: Trader | None = None
    ended = True
    for event in events:
        at = clock.moment(read_label(event.label), story.now or clock.instant(DAY_ONE, NOON))
        trader = trader or Trader(story, "case", initial, at - MINUTE)
        ended = tell_day(event, trader, at, initial, clock)
    if trader is None:
        Trader(story, "case", initial, clock.instant(DAY_ONE, NOON))
    elif not ended:
        trader.end_day(clock)
    return Reading(story.run(ruleset, engine), "case", story.seq)


def tell_day(event: CaseEvent, trader: Trader, at: int, initial: Decimal, clock: Clock) -> bool:
    """Tell one event; return whether its day has ended with it."""
    if event.type == "day_result":
        event.only(*RESULTS)
        trader.day(at, result_of(event), clock)
        return True
    if event.type == "trade_open":
        event.only("id")
        trader.open(at, str(event.fields.get("id", event.i)))
    elif event.type == "trade_close":
        event.only("id", "pnl_pct", *RESULTS)
        share = event.amount("pnl_pct")
        result = result_of(event, ZERO) if share is None else share * initial
        trader.close(at, str(event.fields.get("id", event.i)), result)
    elif event.type in {"trade", "trade_result"}:
        event.only("id", "notional", *RESULTS)
        trader.round_trip(at, result_of(event), event.amount("notional") or PRICE)
    elif event.type == "balance":
        event.only("balance")
    elif event.type in {"reset", "eod"}:
        event.only()
        trader.end_day(clock)
        return True
    else:
        raise NotSupported(f"event `{event.type}`")
    return False


def result_of(event: CaseEvent, default: Decimal | None = None) -> Decimal:
    """Return the result an event tells.

    Raises:
        NotSupported: it tells none (and there is no ``default``), or several.
    """
    given = [value for name in RESULTS if (value := event.amount(name)) is not None]
    if len(given) != 1:
        if default is not None and not given:
            return default
        raise NotSupported(f"event `{event.type}` without one result")
    return given[0]
