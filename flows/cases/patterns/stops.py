"""Cases about mandatory stops: positions, stops that come and go, and a deadline."""

from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.checks import Told
from flows.cases.clock import SECOND, Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.patterns.desk import Desk, breaches, moment, shown, start_of, wanted
from flows.cases.policies.facts import Facts
from flows.cases.ruleset import RULE
from flows.engines import EngineKind
from schemas.instants import parse_instant

_WITHIN = ("within_s", "deadline_s", "seconds", "limit_s", "max_s", "time_limit_s", "sl_within_s")
_WITHIN_MIN = ("within_min", "within_minutes", "minutes", "deadline_min")
_ALLOWED = ("max_violations", "violations_allowed", "strikes_allowed", "allowed_violations")
_LAST = ("strikes_to_hard", "strikes", "hard_after", "terminate_at")
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
             "tenth")  # fmt: skip
_HARD = frozenset({"terminate", "hard", "breach", "fail", "close account", "account closed"})
_SOFT = frozenset({
    "soft", "flag", "warning", "strike", "auto_close", "close", "close position", "close trade",
    "close_position", "notify", "auto-close",
})  # fmt: skip
_OPENS = frozenset({"position_open", "trade_open", "open", "fill", "order_filled", "entry",
                    "position_opened", "order_fill"})  # fmt: skip
_CLOSES = frozenset({"position_close", "trade_close", "close", "exit", "position_closed"})
_SETS = frozenset({"sl_set", "set_sl", "stop_set", "sl_placed", "sl_added", "stop_loss", "sl",
                   "add_sl", "stop_placed", "sl_restored"})  # fmt: skip
_MOVES = frozenset({"sl_modified", "sl_moved", "sl_edited", "sl_modify", "sl_edit", "edit_sl",
                    "stop_moved", "sl_changed", "sl_update", "sl_updated"})  # fmt: skip
_REMOVES = frozenset({"sl_removed", "sl_cancelled", "sl_canceled", "remove_sl", "cancel_sl",
                      "stop_removed", "sl_cancel", "sl_remove", "sl_deleted"})  # fmt: skip
_WAITS = frozenset({"deadline", "check", "clock", "time", "now", "tick", "timer", "wait", "no_sl",
                    "no_stop", "sl_missing"})  # fmt: skip
_ORDERS = frozenset({"order_placed", "pending_order", "pending_placed", "limit_placed"})
_DUE = ("deadline", "new_deadline", "due")
_LATE = ("violation_at", "violated_at", "late_at", "breach_time")
_NEW_TIME = ("new_timer", "new_grace", "grace_granted", "timer_reset", "timer_restarts", "new_time",
             "new_window", "restarted")  # fmt: skip
_COUNTS = ("violations", "strikes", "violation_count", "count")
_REMOVALS = ("cancel", "remov", "restart", "new_time", "regrant")
_STOPS = ("sl", "stop", "stop_loss", "with_sl")
_STOP, _MOVED = "0.5", "0.6"
_FOR_GOOD = 400 * 24 * 3600 * SECOND


class _Step(NamedTuple):
    """An event told: whose position it is about, the last entry and its time, ns."""

    position: str
    after: int
    at: int


def tell_mandatory_sl(case: Case, engine: EngineKind) -> Told:
    """Tell a case about stops within a time."""
    clock, rule = clock_of(case.params), _rule(case)
    teller = _Teller(clock)
    steps = {event.i: teller.tell(event) for event in case.events}
    decisions = teller.desk.run(clock, [rule], engine)
    facts = Facts()
    like = max(map(str, wanted(case, *_DUE, *_LATE)), key=len, default="")
    for event in case.events:
        step = steps[event.i]
        made = breaches(decisions, 0, step.after)
        late = [one for one in made if step.position in _positions(one)]
        _say(facts, event.i, late, made)
        if not any(isinstance(each, list) for each in wanted(case, *_COUNTS)):
            facts.say(event.i, Decimal(len(made)), *_COUNTS)
        deadline = _deadline(case, clock, rule, engine, event.i)
        told = None if deadline is None else shown(clock, deadline, like)
        facts.say(event.i, told, *_DUE)
        first = min((parse_instant(one["ts"]) for one in late), default=None)
        told = None if first is None else shown(clock, first, like)
        facts.say(event.i, told, *_LATE)
        if event.type in _REMOVES and deadline is not None:
            granted = _late_from(case, clock, rule, engine, event) > max(deadline, step.at)
            facts.say(event.i, granted, *_NEW_TIME)
    return facts.told(case)


def _say(facts: Facts, index: int, late: list[dict[str, Any]], made: list[dict[str, Any]]) -> None:
    ended = any(one["breach_kind"] == "hard" for one in made)
    facts.say(index, bool(late), "violation", "violated", "breach", "late", "strike")
    facts.say(index, not late, "ok", "compliant", "in_time", "allowed")
    facts.say(index, ended, "terminated", "hard", "failed", "account_closed", "terminate")


# Whatever comes after it, the last position opened by an event would be late then.
def _deadline(
    case: Case, clock: Clock, rule: dict[str, Any], engine: EngineKind, through: int
) -> int | None:
    teller = _Teller(clock)
    opens = [event for event in case.events if event.i <= through and event.type in _OPENS]
    for event in opens:
        step = teller.tell(event)
    if not opens:
        return None
    bare = [event for event in opens if not _has_stop(event)]
    if opens[-1] not in bare:
        return None
    teller.desk.wait(teller.desk.now + _FOR_GOOD)
    decisions = teller.desk.run(clock, [rule | {"strikes_to_hard": "100000"}], engine)
    for made in breaches(decisions, 0, teller.desk.seq):
        for position in made["evidence"]["facts"]["positions"]:
            if position["position_id"] == step.position:
                return parse_instant(position["deadline"])
    return None


# When the position of an event is late if nothing happens after it.
def _late_from(
    case: Case, clock: Clock, rule: dict[str, Any], engine: EngineKind, event: CaseEvent
) -> int:
    teller = _Teller(clock)
    for told in case.events:
        if told.i <= event.i:
            step = teller.tell(told)
    teller.desk.wait(teller.desk.now + _FOR_GOOD)
    decisions = teller.desk.run(clock, [rule | {"strikes_to_hard": "100000"}], engine)
    made = breaches(decisions, 0, teller.desk.seq)
    late = [parse_instant(one["ts"]) for one in made if step.position in _positions(one)]
    return max(late, default=teller.desk.now)


def _positions(breach: dict[str, Any]) -> set[str]:
    return {position["position_id"] for position in breach["evidence"]["facts"]["positions"]}


def _rule(case: Case) -> dict[str, Any]:
    given = Given.params(case)
    within = given.number(*_WITHIN)
    if within is None:
        within = given.needed(*_WITHIN_MIN) * 60
    if within != within.to_integral_value():
        raise NotSupported(f"a time of {within} s")
    rule: dict[str, Any] = {"id": RULE, "family": "mandatory_sl", "within_s": str(int(within))}
    last = _last_strike(given)
    hard = _is_hard(given)
    if last is None:
        last = 1 if hard else 100_000
    rule |= {"breach_kind": "flag", "strikes_to_hard": str(last)}
    rule |= _cures(given)
    for name in case.params:
        if any(word in name for word in _REMOVALS) and not _grants_nothing(given, name):
            raise NotSupported(f"parameter `{name}`")
    starts = given.text("timer_starts", "starts", "timer_start", "start", "from")
    if starts and "fill" not in starts and "open" not in starts:
        raise NotSupported(f"a timer that starts at {starts!r}")
    given.take("initial_balance")
    given.finish()
    return rule


def _cures(given: Given) -> dict[str, str]:
    cure, minutes = given.whole("cure_s", "grace_s"), given.number("cure_min", "cure_minutes")
    hours = given.number("cure_h", "cure_hours")
    if cure is None and (minutes is not None or hours is not None):
        cure = int((minutes or 0) * 60 + (hours or 0) * 3600)
    cures = given.whole("cures_allowed", "cures", "cures_per_account", "max_cures", "cure_count")
    if cure is None:
        if cures:
            raise NotSupported("cures without a time for them")
        return {}
    return {"grace_s": str(cure)} | ({} if cures is None else {"cures_allowed": str(cures)})


# What firms say of a stop that is removed: that it grants no new time.
def _grants_nothing(given: Given, name: str) -> bool:
    words = given.text(name)
    return words in {"false", "0"} or words.startswith(("no", "old", "original"))


# The number of the violation that ends the account.
def _last_strike(given: Given) -> int | None:
    allowed, last = given.whole(*_ALLOWED), given.whole(*_LAST)
    found = set() if allowed is None else {allowed + 1}
    found |= set() if last is None else {last}
    for place, ordinal in enumerate(_ORDINALS, 1):
        consequence = given.text(ordinal)
        if consequence in _HARD:
            found.add(place)
        elif consequence and consequence not in _SOFT:
            raise NotSupported(f"parameter `{ordinal}`")
    if len(found) > 1:
        raise NotSupported("two numbers of violations")
    return next(iter(found), None)


def _is_hard(given: Given) -> bool:
    words = given.text("consequence", "breach_kind", "on_violation", "action", "severity")
    if words and words not in _HARD | _SOFT:
        raise NotSupported(f"consequence {words!r}")
    return words in _HARD


def _has_stop(event: CaseEvent) -> bool:
    told = (event.fields.get(name) for name in _STOPS)
    return any(value is not None and value is not False for value in told)


class _Teller:
    """Turns events into entries; an id that opens again is another position."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.desk = Desk(start_of(clock))
        self._names: dict[str, str] = {}

    def tell(self, event: CaseEvent) -> _Step:
        """Tell one event."""
        given = Given.event(event)
        name = str(given.take("id", "position", "position_id", "trade") or "p")
        stop = _has_stop(event)
        given.take(*_STOPS)
        given.take("symbol", "side", "lots", "qty")
        given.finish()
        at = moment(self._clock, event.label, self.desk.now)
        if event.type in _OPENS:
            self._names[name] = f"{name}{event.i}"
            self.desk.open(at, self._names[name], stop_loss=_STOP if stop else None)
        elif event.type in _WAITS:
            self.desk.wait(at)
        elif event.type in _ORDERS:
            self.desk.order(at, f"o{event.i}")
        else:
            self._act(event, self._names.get(name, name), at)
        return _Step(self._names.get(name, name), self.desk.seq, at)

    def _act(self, event: CaseEvent, position: str, at: int) -> None:
        if event.type in _CLOSES:
            self.desk.close(at, position)
        elif event.type in _SETS:
            self.desk.protect(at, position, _STOP)
        elif event.type in _MOVES:
            self.desk.protect(at, position, _MOVED)
        elif event.type in _REMOVES:
            self.desk.protect(at, position, None)
        else:
            raise NotSupported(f"event `{event.type}`")
