"""Cases about limits that step up with the balance, and about drawdown as a share of the peak."""

from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.checks import Told, Value
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of
from flows.cases.document import Case, CaseEvent, NotSupported
from flows.cases.given import Given
from flows.cases.reading import Reading
from flows.cases.ruleset import RULE, case_ruleset
from flows.cases.standing import ACCOUNT, Standing
from flows.cases.story import Story
from flows.engines import EngineKind
from schemas.money import text

_SIZE = ("initial_balance", "account", "size", "account_size")
_CLOCK = ("reset_tz", "reset_time", "tz", "time")
_ENDS = ("eod", "session_end", "day_end", "close")
_STARTS = ("session_start", "reset", "day_start", "open")
_LIMITS = ("limit", "daily_limit", "dll", "amount", "daily_loss_limit", "allowance")
_NEXT = ("next_limit", "next_session_limit", "next_dll")
_PAIR = 2


def tell_step(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a daily loss limit that steps up with the balance at the day's end."""
    given = Given.params(case)
    rows = given.rows("tiers", "steps", "step_up", "levels")
    if not rows or any(len(row) != _PAIR for row in rows):
        raise NotSupported("parameter `tiers`, of other rows than a balance and an amount")
    if given.text("effective") not in {"", "next_session", "next session", "next_day"}:
        raise NotSupported("parameter `effective`")
    words = given.text("evaluated", "direction")
    down = given.flag("step_down", "may_go_down") or "down" in words
    initial = given.number(*_SIZE)
    clock = clock_of(case.params)
    for name in _CLOCK:
        given.take(name)
    given.finish()
    (_, first), *steps = rows
    rule: dict[str, Any] = {
        "id": RULE, "family": "daily_loss", "amount": text(first), "breach_kind": "flag",
    }  # fmt: skip
    if steps:
        rule["step_up"] = [{"balance": text(at), "amount": text(to)} for at, to in steps]
        rule["step_down"] = bool(down)
    ruleset = case_ruleset(clock, [rule], [])
    if initial is None:  # an account that has not reached the first step
        initial = steps[0][0] - 1 if steps else Decimal(100_000)
    teller = _Teller(initial, clock)
    for event in case.events:
        teller.tell(event)
    decisions = teller.story.run(ruleset, engine)
    facts: dict[tuple[int | None, str], Value] = {}
    for look in teller.looks:
        reading = Reading(decisions, ACCOUNT, look.seq)
        limit = look.reference - Decimal(reading.rule["floor"])
        facts |= {(look.event, name): limit for name in look.names}
    return Told(initial, case.params, {}, facts)


class _Look(NamedTuple):
    """Where a limit is read: what its session started with, and up to which entry."""

    reference: Decimal
    seq: int
    names: tuple[str, ...]
    event: int


class _Teller:
    """Tells days that end, and begin, at stated balances."""

    def __init__(self, initial: Decimal, clock: Clock) -> None:
        self.story = Story()
        self.looks: list[_Look] = []
        self._clock = clock
        self._reference = initial
        self._account = Standing(self.story, initial, clock.instant(DAY_ONE, NOON))
        self._begun = False

    def tell(self, event: CaseEvent) -> None:
        """Tell one event: the money at a moment, the end of a day, or the beginning of one."""
        event.only("balance", "equity")
        balance = event.amount("balance")
        equity = event.amount("equity")
        balance = self._account.balance if balance is None else balance
        equity = balance if equity is None else equity
        if event.type in _STARTS:
            if not self._begun:
                self._account.move(self.story.now + MINUTE, balance, equity)
                self._cross()
            self._look(event.i, _LIMITS)
            self._begun = False
        elif event.type in {*_ENDS, "mark", "balance"}:
            self._account.move(self.story.now + MINUTE, balance, equity)
            self._look(event.i, _LIMITS)
            if event.type in _ENDS:
                self._cross()
                self._look(event.i, _NEXT)
            self._begun = event.type in _ENDS
        else:
            raise NotSupported(f"event `{event.type}`")

    def _cross(self) -> None:
        self._account.cross(self._clock.next_boundary(self.story.now))
        self._reference = self._account.balance

    def _look(self, event: int, names: tuple[str, ...]) -> None:
        self.looks.append(_Look(self._reference, self.story.seq, names, event))


def tell_drawdown(case: Case, engine: EngineKind) -> Told:
    """Tell a case about drawdown as a share of the highest equity.

    A rule that allows all of the mark is used up by exactly that share.
    """
    given = Given.params(case)
    initial = given.number(*_SIZE)
    given.take("metric", "hwm_source")
    for name in _CLOCK:
        given.take(name)
    given.finish()
    rule = {"id": RULE, "family": "max_drawdown", "mode": "trail_equity", "pct": "1"}
    ruleset = case_ruleset(clock_of(case.params), [rule | {"pct_base": "hwm"}], [])
    facts: dict[tuple[int | None, str], Value] = {}
    peak = initial
    for event in case.events:
        fields = Given.event(event)
        stated = fields.number("hwm", "peak", "high_water_mark", "peak_equity")
        equity = fields.number("equity", "balance")
        fields.finish()
        known = [value for value in (peak, stated, equity) if value is not None]
        if not known:
            raise NotSupported(f"event `{event.type}` without an equity")
        equity = known[-1] if equity is None else equity
        peak = max(known)
        story = Story()
        account = Standing(story, peak, clock_of(case.params).instant(DAY_ONE, NOON))
        account.move(story.now + MINUTE, peak, equity)
        used = Reading(story.run(ruleset, engine), ACCOUNT, story.seq).rule["used"]
        for name in ("drawdown_pct", "drawdown", "pct"):
            facts[event.i, name] = Decimal(used)
        for name in ("drawdown_amount", "amount"):
            facts[event.i, name] = peak - equity
        facts[event.i, "hwm"] = peak
    return Told(initial or Decimal(0), case.params, {}, facts)
