"""Neighbours of the rule families that the engine answers as they are."""

from decimal import Decimal

from flows.cases.checks import Told, Value
from flows.cases.clock import MIDNIGHT, MINUTE, clock_of, read_label
from flows.cases.document import Case, NotSupported, number
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset
from flows.cases.standing import ACCOUNT, Standing
from flows.cases.story import Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from schemas.instants import parse_instant
from schemas.money import text

_DAY = 24 * 60 * MINUTE


def tell_combined_floor(case: Case, engine: EngineKind) -> Told:
    """Tell a case about several floors at once: the highest is reported when all are crossed."""
    floors = {
        name: number(value, f"parameter `{name}`")
        for name, value in case.params.items()
        if name.endswith("floor")
    }
    if len(floors) != len(case.params) or not floors or len(case.events) != 1:
        raise NotSupported("other parameters or events than floors and a standing")
    event = case.events[0]
    event.only("balance", "equity")
    balance, equity = event.amount("balance"), event.amount("equity")
    if event.type not in {"reset", "mark", "eod"} or balance is None or equity is None:
        raise NotSupported(f"event `{event.type}`")
    rules = [_floor_at(name, balance - floor) for name, floor in floors.items()]
    clock = clock_of({})
    ruleset = case_ruleset(clock, rules, [])
    story = Story()
    label = read_label(event.label)
    boundary = clock.boundary(label, 0, ends_day=False)
    account = Standing(story, balance, boundary - 3 * MINUTE)
    account.move(boundary - MINUTE, balance, equity)
    account.cross(boundary)
    there = story.seq
    account.move(boundary + MINUTE, balance, min(floors.values()) - 1)
    reading = Reading(story.run(ruleset, engine), ACCOUNT, story.seq)
    breaches = reading.of("breach")
    facts: dict[tuple[int | None, str], Value] = {}
    for index in (event.i, None):
        floor = Decimal(breaches[0]["floor"]) if len(breaches) == 1 else None
        binding = str(breaches[0]["rule"]) if breaches else None
        facts |= dict.fromkeys([(index, "effective_floor"), (index, "floor")], floor)
        facts |= dict.fromkeys([(index, "binding"), (index, "binds")], binding)
        facts[index, "binding_floor"] = floor if _expects_money(case) else f"{binding}_floor"
        facts[index, "remaining"] = facts[index, "room"] = None if floor is None else equity - floor
        facts[index, "breach"] = bool(breaches) and breaches[0]["seq"] <= there
    return Told(balance, case.params, {None: reading}, facts)


def _floor_at(name: str, amount: Decimal) -> dict[str, str]:
    rule = {"id": name.removesuffix("floor").rstrip("_") or "floor", "amount": text(amount)}
    if "daily" in name:
        return {**rule, "family": "daily_loss"}
    return {**rule, "family": "max_drawdown", "mode": "static"}


# Which floor binds is said by its name, or by where it is.
def _expects_money(case: Case) -> bool:
    wanted = [check.expected.get("binding_floor") for check in case.checks]
    return any(str(value).replace(".", "").isdecimal() for value in wanted)


def tell_reset_time(case: Case, engine: EngineKind) -> Told:
    """Tell a case about when a trading day starts, and what another clock shows then."""
    params = dict(case.params)
    shown_on = params.pop("platform_clock", None)
    if set(params) - {"reset_tz", "reset_time", "tz", "time"}:
        raise NotSupported("other parameters than a clock")
    platform = None if shown_on is None else clock_of({"reset_tz": str(shown_on)})
    clock = clock_of(params)
    ruleset = case_ruleset(clock, [], [])
    readings: dict[int | None, Reading] = {}
    facts: dict[tuple[int | None, str], Value] = {}
    for event in case.events:
        event.only()
        day = read_label(event.label).day
        if event.type != "day" or day is None:
            raise NotSupported(f"event `{event.type}` at {event.label!r}")
        story = Story()
        start = clock.instant(day, MIDNIGHT)
        Trader(story, ACCOUNT, Decimal(100_000), start - MINUTE)
        story.event(start + 2 * _DAY, "clock", {})
        reading = Reading(story.run(ruleset, engine), ACCOUNT, story.seq)
        reset = reading.of("progress")[1]["ts"]  # the first is that of the opening
        readings[event.i] = reading
        facts[event.i, "reset_utc"] = reset
        if platform is not None:
            facts[event.i, "platform_clock"] = platform.shows(parse_instant(reset))
    return Told(Decimal(100_000), case.params, readings, facts)
