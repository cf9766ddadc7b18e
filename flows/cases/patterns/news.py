"""Cases about trading around releases: every event is a fill or a holding of its own account."""

import re
from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.checks import Told, Value
from flows.cases.clock import MINUTE, SECOND, Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.patterns.desk import ANY, Desk, moment, shown, start_of, wanted
from flows.cases.policies.facts import Facts
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE
from flows.engines import EngineKind
from schemas.instants import parse_instant

_BOTH = ("window_s", "n_s", "around_s")
_BEFORE = ("before_s", "window_before_s", "pre_s")
_AFTER = ("after_s", "window_after_s", "post_s")
_BEFORE_MIN = ("before_min", "window_before_min", "before_minutes")
_AFTER_MIN = ("after_min", "window_after_min", "after_minutes")
_BOTH_MIN = ("window_min", "window_minutes", "n_min", "minutes")
_AT = ("event", "release", "event_time", "news_time", "news_at", "news", "release_time")
_CURRENCY = ("news_ccy", "currency", "ccy", "news_currency", "event_ccy", "event_currency")
_PHASES = ("applies_to_phases", "phases", "applies_to", "phase", "scope", "account_type", "only")
_PHASE = ("phase", "account", "account_type", "stage", "plan")
_OPENS = frozenset({"trade_open", "open", "position_open", "buy", "sell", "order_fill", "entry",
                    "pending_fill", "order_filled", "fill", "limit_fill"})  # fmt: skip
_CLOSES = frozenset({"trade_close", "close", "position_close", "exit", "partial_close",
                     "manual_close"})  # fmt: skip
_STOPPED = frozenset({"sl_fill", "sl_hit", "stop_fill", "stop_loss", "sl", "stop_hit", "stop_out",
                      "stop_loss_fill"})  # fmt: skip
_TAKEN = frozenset({"tp_fill", "tp_hit", "take_profit", "tp", "target_fill",
                    "take_profit_fill"})  # fmt: skip
_HELD = frozenset({"hold", "held", "hold_through", "position_held", "holding", "trade_held"})
_OPENING = frozenset({"open", "opens", "opening", "opened"})
_CLOSING = frozenset({"close", "closes", "closing", "closed", "sl", "tp", "sl_fill", "tp_fill"})
_ALLOWED = frozenset({"allowed", "true", "ok", "yes"})
_COUNTING = frozenset({"counts", "count", "true", "yes", "included", "violation"})
_FORBIDDEN = frozenset({"forbidden", "banned", "false", "no", "not allowed", "not_allowed"})
_OPENED = ("opened", "open", "opened_at", "open_time", "entry_time", "from", "since")
_CLOSED = ("closed", "close", "closed_at", "close_time", "exit_time", "until", "to")
_RELATIVE = re.compile(
    r"(?:T|E|event|release)?\s*([+-])\s*(?:(\d+):(\d\d)|(\d+)\s*(s|sec|m|min)?)", re.IGNORECASE
)
_EARLIER = 3 * 3600 * SECOND
_FUNDED = frozenset({"funded", "funded_standard", "standard funded", "funded only", "funded_only",
                     "funded standard", "ftmo account"})  # fmt: skip
_FREE = frozenset({"evaluation", "challenge", "verification", "swing", "phase1", "phase 1",
                   "free_trial"})  # fmt: skip


class _Terms(NamedTuple):
    """A case's terms: the rule, when the release is, and where the rule is in force."""

    rule: dict[str, Any]
    before_s: int
    release: int
    by_currency: bool
    impact: str | None
    funded_only: bool


def tell_news(case: Case, engine: EngineKind) -> Told:
    """Tell a case about releases."""
    clock = clock_of(case.params)
    terms = _terms(case, clock)
    facts = Facts()
    for event in case.events:
        broken = _broken(event, terms, clock, engine)
        facts.say(event.i, broken, "violation", "violated", "breach", "in_window", "counts", "flag")
        facts.say(event.i, not broken, "ok", "allowed", "compliant")
    facts.say(None, _window(case, terms, clock, engine), "window")
    return facts.told(case)


def _terms(case: Case, clock: Clock) -> _Terms:
    given = Given.params(case)
    before, after = _window_of(given)
    rule: dict[str, Any] = {
        "id": RULE,
        "family": "news",
        "window_before_s": str(before),
        "window_after_s": str(after),
        "protective": _protective(given, _named(case, "sl", "tp", "stop", "stops", "protective")),
        "holding": _holding(given, _named(case, "hold", "holding", "held")),
        "breach_kind": "flag",
    }
    impacts = given.texts("impacts", "impact")
    if impacts:
        rule["impacts"] = impacts
    fills = set(given.texts("counts", "fills", "judged"))
    if not fills <= _OPENING | _CLOSING:
        raise NotSupported(f"fills {sorted(fills)}")
    if fills:
        rule["fills"] = _fills(fills)
    # What the release is called is said under the same names as when it is.
    at = next((told for told in [given.take(name) for name in _AT] if ":" in str(told)), None)
    matched = given.flag(*_named(case, "match", "matched", "matching"))
    phases = set(given.texts(*_PHASES))
    if not phases <= _FUNDED:
        raise NotSupported(f"phases {sorted(phases)}")
    if given.flag("inclusive", "ends_inclusive") is False:
        raise NotSupported("a window without its ends")
    given.take("initial_balance", "tz", "time", "reset_tz", "reset_time")
    given.finish()
    release = moment(clock, str(at), start_of(clock)) if at else start_of(clock) + 12 * 60 * MINUTE
    impact = impacts[0] if impacts else None
    return _Terms(rule, before, release, matched is not False, impact, bool(phases))


def _window_of(given: Given) -> tuple[int, int]:
    both, minutes = given.whole(*_BOTH), given.number(*_BOTH_MIN)
    if both is None and minutes is not None:
        both = int(minutes * 60)
    sides = []
    for seconds, as_minutes in ((_BEFORE, _BEFORE_MIN), (_AFTER, _AFTER_MIN)):
        side, told = given.whole(*seconds), given.number(*as_minutes)
        if side is None and told is not None:
            side = int(told * 60)
        side = both if side is None else side
        if side is None:
            raise NotSupported("a window without its length")
        sides.append(side)
    return sides[0], sides[1]


def _protective(given: Given, names: list[str]) -> str:
    words = set(given.texts(*names))
    if words <= _COUNTING:
        return "counts"
    if words <= _FORBIDDEN | {"exempt", "ignored", "free", "excluded"}:
        return "exempt"
    raise NotSupported(f"stops {sorted(words)}")


# Parameters that speak of something, whatever else their name says.
def _named(case: Case, *words: str) -> list[str]:
    return [name for name in case.params if set(name.split("_")) & set(words)]


def _holding(given: Given, names: list[str]) -> str:
    words = given.texts(*names)
    if not words or set(words) <= _ALLOWED:
        return "allowed"
    if set(words) <= _FORBIDDEN:
        return "forbidden"
    raise NotSupported(f"holding {words!r}")


def _fills(words: set[str]) -> str:
    opens, closes = bool(words & _OPENING), bool(words & _CLOSING)
    return "all" if opens and closes else "opening" if opens else "closing"


def _broken(event: CaseEvent, terms: _Terms, clock: Clock, engine: EngineKind) -> bool:
    given = Given.event(event)
    symbol, currency = given.take("symbol", "instrument"), given.take(*_CURRENCY)
    impact = given.take("impact")
    opened, closed = given.take(*_OPENED), given.take(*_CLOSED)
    phase = given.text(*_PHASE)
    given.take("id", "side", "lots", "qty", "price", "pnl", "profit")
    given.finish()
    if phase and phase not in _FUNDED | _FREE:
        raise NotSupported(f"phase {phase!r}")
    release: dict[str, Any] = {"id": "release", "ts": str(terms.release), "title": "release"}
    if impact or terms.impact:
        release["impact"] = str(impact or terms.impact).lower()
    if currency and terms.by_currency:
        release["currency"] = str(currency)
    desk = Desk(start_of(clock) - 2 * 24 * 60 * MINUTE)
    desk.publish(desk.now, [release])
    at = _at(event.label, terms, clock, event.type in _HELD and not event.label)
    at_open = None if opened is None else _at(str(opened), terms, clock)
    at_close = None if closed is None else _at(str(closed), terms, clock)
    _tell(desk, event.type, str(symbol or ANY), (at, at_open, at_close), terms)
    desk.wait(desk.now + _EARLIER + 24 * 60 * MINUTE)
    rules = [] if phase in _FREE and terms.funded_only else [terms.rule]
    decisions = desk.run(clock, rules, engine)
    return bool(Reading(decisions, "case", desk.seq).of("breach"))


# Positions that are closed or held were opened long before, unless the case says when.
def _tell(
    desk: Desk, kind: str, symbol: str, when: tuple[int, int | None, int | None], terms: _Terms
) -> None:
    at, opened, closed = when
    before = min(at, terms.release - terms.before_s * SECOND) - _EARLIER
    reasons = dict.fromkeys(_CLOSES, "client") | dict.fromkeys(_STOPPED, "stop_loss")
    reasons |= dict.fromkeys(_TAKEN, "take_profit")
    if kind in _OPENS:
        desk.open(at, "t", symbol=symbol)
    elif kind in reasons:
        desk.open(before if opened is None else opened, "t", symbol=symbol)
        desk.close(at, "t", reason=reasons[kind])
    elif kind in _HELD or (kind == "trade" and opened is not None and closed is not None):
        desk.open(before if opened is None else opened, "t", symbol=symbol)
        later = max(at, terms.release) + _EARLIER + 24 * 60 * MINUTE
        desk.close(later if closed is None else closed, "t")
    else:
        raise NotSupported(f"event `{kind}`")


def _at(label: str, terms: _Terms, clock: Clock, anywhen: bool = False) -> int:
    relative = _RELATIVE.fullmatch(label.strip())
    if relative is not None:
        minutes, seconds = relative[2], relative[3]
        amount = int(minutes) * 60 + int(seconds) if minutes else int(relative[4])
        if not minutes and (relative[5] or "s").lower().startswith("m"):
            amount *= 60
        return terms.release + (amount if relative[1] == "+" else -amount) * SECOND
    if label.strip().lower() in {"event", "release", "t", "0"} or anywhen:
        return terms.release
    found = moment(clock, label, start_of(clock))
    if found == start_of(clock) + MINUTE:
        raise NotSupported(f"time {label!r}, which tells none")
    return found


# The window as the evidence of a fill at the release has it, if fills at its ends agree.
def _window(case: Case, terms: _Terms, clock: Clock, engine: EngineKind) -> Value:
    desk = Desk(start_of(clock) - 24 * 60 * MINUTE)
    release: dict[str, Any] = {"id": "release", "ts": str(terms.release), "title": "release"}
    if terms.impact:
        release["impact"] = terms.impact
    desk.publish(desk.now, [release])
    desk.open(terms.release, "t", Decimal(1))
    found = Reading(desk.run(clock, [terms.rule], engine), "case", desk.seq).of("breach")
    if not found:
        return None
    shows = found[0]["evidence"]["facts"]["releases"][0]
    like = next(iter(wanted(case, "window")), [""])
    texts = like if isinstance(like, list) and like else [""]
    ends = (parse_instant(shows[name]) for name in ("window_from", "window_to"))
    return [shown(clock, end, texts[0]) for end in ends]
