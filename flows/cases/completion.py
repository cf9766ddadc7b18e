"""Cases about passing a phase."""

from decimal import Decimal

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of, read_label
from flows.cases.document import Case, NotSupported, number
from flows.cases.loss import initial_balance
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.cases.story import Story
from flows.cases.trader import Trader
from flows.engines import EngineKind
from schemas.money import ZERO


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
