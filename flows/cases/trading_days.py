"""Cases about trading days."""

import re
from decimal import Decimal
from typing import Any

from flows.cases.checks import Told, Value
from flows.cases.clock import Clock, clock_of
from flows.cases.days import NEVER_MET, read_days, told_by_days
from flows.cases.document import Case, NotSupported
from flows.cases.given import Given
from flows.cases.loss import initial_balance
from flows.cases.ruleset import RULE, case_ruleset
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import text

_CLOCK = ("reset_tz", "reset_time", "tz", "time", "initial_balance")
_NOTIONAL = (
    "min_notional_pct", "notional_pct", "min_size_pct", "min_notional_pct_of_initial",
    "notional_min_pct", "min_notional_share", "min_position_pct",
)  # fmt: skip
_RESULT = (
    "min_result_pct", "min_pnl_pct", "min_abs_pnl_pct", "min_pnl_pct_of_trade", "pnl_pct_of_trade",
    "min_abs_pnl_pct_of_trade", "min_trade_pnl_pct", "min_pnl_share", "pnl_pct", "abs_pnl_pct",
)  # fmt: skip
_CHANGE = (
    "min_change_pct", "pct", "change_pct", "threshold_pct", "min_abs_change_pct", "abs_change_pct",
    "min_day_change_pct", "min_pct",
)  # fmt: skip
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_BOTH = 2
_SIZES = ("min_notional", "required_notional", "notional_threshold")
_CHANGES = ("threshold", "min_change", "required_change")
_ANY = Decimal("1E-12")
_COUNTED = ("counted_days", "days_counted", "dates")
_MARKS = ("counts", "counted", "qualifies", "is_trading_day", "trading_day", "qualified")


def tell_trading_days(case: Case, engine: EngineKind) -> Told:
    """Tell a case about trading days."""
    clock = clock_of(case.params)
    given = Given.params(case)
    entry: dict[str, Any] = {"id": RULE, "family": "trading_days"}
    least = given.whole("min_days", "need", "required", "min_trading_days")
    entry["min_days"] = str(1 if least is None else least)
    notional, result = given.number(*_NOTIONAL), given.number(*_RESULT)
    change = given.number(*_CHANGE)
    words = given.text("counts", "definition", "count", "day_counts")
    entry["counts"] = _counts(words, sized=notional is not None, changed=change is not None)
    stated = [Decimal(share) / 100 for share in _PERCENT.findall(words)]
    if entry["counts"] == "qualified_trade" and not (notional or result) and len(stated) == _BOTH:
        notional, result = stated
    elif entry["counts"] == "day_change" and change is None and len(stated) == 1:
        (change,) = stated
    if entry["counts"] == "qualified_trade":
        # One threshold alone leaves the other open: any size, or any result.
        entry["min_notional_pct"] = text(notional or _ANY)
        entry["min_result_pct"] = text(result or change or _ANY)
    elif change is not None:
        entry["min_change_pct"] = text(change)
    for name in (*_CLOCK, "base", "comparator"):
        given.take(name)
    given.finish()
    ruleset = case_ruleset(clock, [], [entry, NEVER_MET])
    told = told_by_days(case, clock, ruleset, engine)
    facts = _day_by_day(case, clock, ruleset, engine)
    for names, share in ((_SIZES, notional), (_CHANGES, change)):
        if share is not None:
            facts |= {(None, name): share * told.initial for name in names}
    return told._replace(facts=facts)


# Which of the five meanings a firm's words have (catalogue, section 5).
def _counts(words: str, *, sized: bool, changed: bool) -> str:
    if sized or "notional" in words or "qualif" in words:
        return "qualified_trade"
    if "change" in words or (changed and "trade" not in words):
        return "day_change"
    if "held" in words or "hold" in words:
        return "held"
    if "clos" in words or "round" in words:
        return "opened_and_closed"
    if not words or "open" in words or "trade" in words:
        return "opened"
    raise NotSupported(f"counts {words!r}")


# The engine's count after each event says whether the event's day was counted.
def _day_by_day(
    case: Case, clock: Clock, ruleset: Ruleset, engine: EngineKind
) -> dict[tuple[int | None, str], Value]:
    asked = {name for check in case.checks for name in check.expected}
    if not asked & {*_MARKS, *_COUNTED}:
        return {}
    facts: dict[tuple[int | None, str], Value] = {}
    counted: list[Value] = []
    before = 0
    for place, event in enumerate(case.events, 1):
        events = case.events[:place]
        reading = read_days(events, initial_balance(case), clock, ruleset, engine)
        now = int(reading.goal["value"])
        facts |= {(event.i, name): now > before for name in _MARKS}
        if now > before:
            counted.append(event.label)
        before = now
    return facts | {(None, name): counted for name in _COUNTED}
