"""Cases about holding times: splits of profit, counts of short trades, or trades one by one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.checks import Told, Value
from flows.cases.clock import SECOND, Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.patterns.desk import Desk, start_of
from flows.cases.policies.facts import Facts
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE
from flows.engines import EngineKind
from schemas.money import ZERO, text

_THRESHOLD = ("threshold_s", "min_hold_s", "hold_s", "min_duration_s", "under_s", "seconds")
_SHARE = ("min_share_from_longer", "min_share", "min_profit_share", "min_share_longer")
_MAX_SHARE = ("max_share", "max_share_from_shorter", "max_scalp_share", "limit", "max_profit_share")
_AVERAGE_ABOVE = ("avg_duration_gt_s", "avg_gt_s", "average_gt_s", "avg_duration_s")
_AVERAGE = ("min_average_s", "avg_duration_gte_s", "min_avg_duration_s", "avg_gte_s")
_SHORT = ("profit_lt", "profit_short", "lt", "short", "short_profit", "scalp", "scalp_profit")
_LONG = ("profit_ge", "profit_gte", "profit_long", "ge", "long", "long_profit")
_TOTAL = ("total", "total_profit", "all", "count")
_HELD = ("duration_s", "held_s", "hold_s", "duration", "seconds", "held")
_RESULT = ("pnl", "profit", "net_pnl", "result")
_SCALPS = ("scalp", "scalps", "short", "lt", "under")
_VIOLATED = ("violation", "violated", "breach", "flag", "flagged")
_FINE = ("ok", "compliant", "eligible", "met", "allowed", "passed")
_TRADES = frozenset({"trade", "trade_close", "round_trip", "trade_result"})
_MOST = 5000
Trade = tuple[int, Decimal]
"""Seconds held, and the result."""


class _Terms(NamedTuple):
    """A case's terms as rules of a ruleset, and what their share is called."""

    threshold_s: int
    rules: list[dict[str, Any]]
    share: str


class _Play(NamedTuple):
    """How the stories of a case are told."""

    clock: Clock
    engine: EngineKind
    terms: _Terms


def tell_holding(case: Case, engine: EngineKind) -> Told:
    """Tell a case about holding times; what is told trade by trade is of one account."""
    play = _Play(clock_of(case.params), engine, _terms(case))
    facts = Facts()
    made: list[Trade] = []
    for event in case.events:
        if event.type in _TRADES:
            made.append(_trade(event))
            _say(facts, event.i, made, None, play)
        else:
            _say(facts, event.i, *_summary(event, play.terms), play)
    return facts.told(case)


def _terms(case: Case) -> _Terms:
    given = Given.params(case)
    threshold = given.whole(*_THRESHOLD)
    if threshold is None:
        minutes = given.needed("threshold_min", "min_hold_min", "minutes")
        threshold = int(minutes * 60)
    comparator = given.text("comparator")
    rule = {"id": RULE, "threshold_s": str(threshold), "breach_kind": "flag"}
    rules: list[dict[str, Any]] = []
    least, most = given.number(*_SHARE), given.number(*_MAX_SHARE)
    above, average = given.whole(*_AVERAGE_ABOVE), given.whole(*_AVERAGE)
    count = given.texts("count", "counts", "of")
    given.take("initial_balance", "scope", "denominator", "period")
    given.finish()
    strict = {"comparator": _comparator(comparator, most is not None)}
    if most is not None:
        counted = {"count": count or ["trades", "profit"]}
        shares = {"family": "scalp_share", "max_share": text(most), **counted}
        rules.append(rule | strict | shares)
    elif least is not None:
        longer = {"family": "hold_time", "min_share_from_longer": text(least)}
        rules.append(rule | strict | longer)
    if above is not None or average is not None:
        seconds = str(average if above is None else above)
        limit = {"min_average_s": seconds, "comparator": "gt" if above is None else "gte"}
        rules.append(rule | {"id": "average", "family": "hold_time"} | limit)
    if not rules:
        rules.append(rule | strict | {"family": "hold_time"})
    share = "scalp_share" if least is None else "share_from_longer"
    return _Terms(threshold, rules, share)


# A case says how a share must compare to be fine; a rule what breaks it.
def _comparator(words: str, most: bool) -> str:
    fine = {"lte": "gt", "<=": "gt", "lt": "gte", "<": "gte"} if most else {
        "gte": "gt", ">=": "gt", "gt": "gte", ">": "gte"
    }  # fmt: skip
    if words and words not in fine:
        raise NotSupported(f"comparator {words!r}")
    return fine.get(words, "gt")


# A summary judges what it tells and nothing else: counts of trades, or money.
def _counting(terms: _Terms, counted: str | None, trades: int) -> list[dict[str, Any]]:
    rules = []
    for rule in terms.rules:
        narrowed: dict[str, Any] = {"min_trades": str(trades)} if trades else {}
        if counted and rule["family"] == "scalp_share":
            if counted not in rule["count"]:
                raise NotSupported(f"a share of {counted}, which does not count")
            narrowed["count"] = [counted]
        rules.append(rule | narrowed)
    return rules


def _trade(event: CaseEvent) -> Trade:
    given = Given.event(event)
    held = given.number(*_HELD)
    if held is None:
        held = given.needed("duration_min", "held_min", "minutes") * 60
    result = given.number(*_RESULT) or ZERO
    given.take("id", "symbol", "lots")
    given.finish()
    if held != held.to_integral_value() or held < 0:
        raise NotSupported(f"a trade held for {held} s")
    return int(held), result


def _summary(event: CaseEvent, terms: _Terms) -> tuple[list[Trade], str | None]:
    given = Given.event(event)
    short_s, long_s = max(0, terms.threshold_s - 1), 100 * max(terms.threshold_s, 60)
    if event.type in {"average", "avg", "avg_duration", "average_duration"}:
        average = given.whole("avg_s", "average_s", "seconds", "duration_s", "avg_duration_s")
        given.finish()
        return [(average or 0, ZERO)], None
    if event.type in {"trades", "trade_count", "count"}:
        total, short = given.whole(*_TOTAL), given.whole(*_SCALPS)
        given.finish()
        if total is None or short is None or not 0 <= short <= total <= _MOST:
            raise NotSupported("event `trades` without a total and its short ones")
        return [(short_s, ZERO)] * short + [(long_s, ZERO)] * (total - short), "trades"
    if event.type not in {"profit", "profit_split", "split", "summary"}:
        raise NotSupported(f"event `{event.type}`")
    total_won, short_won, long_won = (given.number(*names) for names in (_TOTAL, _SHORT, _LONG))
    given.finish()
    if total_won is not None and long_won is None and short_won is not None:
        long_won = total_won - short_won
    if total_won is not None and short_won is None and long_won is not None:
        short_won = total_won - long_won
    if short_won is None or long_won is None or total_won not in {None, short_won + long_won}:
        raise NotSupported(f"event `{event.type}` without two parts of a profit")
    won = [(short_s, short_won), (long_s, long_won)]
    return [trade for trade in won if trade[1]], "profit"


def _say(
    facts: Facts, index: int, trades: Sequence[Trade], counted: str | None, play: _Play
) -> None:
    rules = _counting(play.terms, counted, len(trades))
    desk = Desk(start_of(play.clock))
    for place, (held, result) in enumerate(trades):
        desk.open(desk.now + SECOND, f"t{place}")
        desk.close(desk.now + held * SECOND, f"t{place}", result)
    desk.wait(desk.now + SECOND)
    reading = Reading(desk.run(play.clock, rules, play.engine), "case", desk.seq)
    broken = bool(reading.of("breach"))
    facts.say(index, broken, *_VIOLATED)
    facts.say(index, not broken, *_FINE)
    facts.say(index, _share(reading, rules[0]), "share", play.terms.share)


# The share as the report has it: what is allowed and what is left of it.
def _share(reading: Reading, rule: dict[str, Any]) -> Value:
    shown = reading.rule
    if shown["floor"] is None:
        return None
    limit, part = Decimal(shown["floor"]), Decimal(shown["floor"]) - Decimal(shown["room"])
    if rule["family"] == "scalp_share":
        return part * Decimal(rule["max_share"]) / limit if limit else None
    if "min_share_from_longer" in rule:
        least = 1 - Decimal(rule["min_share_from_longer"])
        return 1 - part * least / limit if limit else None
    return None
