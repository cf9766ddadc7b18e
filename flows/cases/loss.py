"""Cases about standings: loss rules and the profit target."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flows.cases.checks import Told
from flows.cases.clock import DAY_ONE, MINUTE, NOON, Clock, clock_of, read_label
from flows.cases.document import Case, CaseEvent, NotSupported, number
from flows.cases.reading import Reading
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.cases.standing import ACCOUNT, Standing
from flows.cases.story import Story
from flows.engines import EngineKind
from rules.ruleset import Ruleset
from schemas.money import round_unit

_COMMON = ("pct", "amount", "metric", "comparator", "breach_kind", "pct_base")
_FLOORS = {
    "daily_loss": (*_COMMON, "reference"),
    "max_drawdown": (
        *_COMMON,
        "mode",
        "lock_offset",
        "lock_trigger_profit",
        "lock_trigger",
        "payout_effect",
    ),
}
_TARGET = ("pct", "amount")
_SHARES = ("split", "trader_share", "profit_split")
_LOCK_SHARES = {"lock_trigger_pct", "lock_trigger_profit_pct", "lock_at_profit_pct"}
_LOCKING = {"lock_on_profit", "profit_lock", "milestone_lock"}
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_ENDS = {
    "reset": False, "day_start": False, "session_start": False,
    "eod": True, "day_end": True, "session_end": True,
}  # fmt: skip
"""Events that stand for a session boundary, and whether it is the end of the day they name."""
_MARKS = ("mark", "tick", "snapshot", "equity", "balance", "close", "trade_close")
_FLOATING = ("floating", "floating_pnl", "open_pnl", "unrealised", "unrealized")
_PAID = ("payout", "withdrawal", "deposit", "fee", "bonus")
_WAYS_BACK = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class _Story(NamedTuple):
    """A told story: the last entry of each event, and the last before the first boundary."""

    decisions: list[dict[str, Any]]
    seqs: dict[int, int]
    before: int
    last: int


class _Play(NamedTuple):
    """How the stories of a case are told."""

    clock: Clock
    ruleset: Ruleset
    engine: EngineKind
    flat_when_even: bool
    split: Decimal | None = None
    """The trader's part of a payout, where the case says it once and not with each."""


def tell_loss(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a loss rule."""
    clock = clock_of(case.params)
    params = dict(case.params)
    for name in _LOCK_SHARES & params.keys():
        share = number(params.pop(name), f"parameter `{name}`")
        params["lock_trigger_profit"] = str(share * initial_balance(case))
    closed = _PERCENT.search(str(params.pop("lock_requires", "")))
    if closed is not None and "trail" in str(params.get("mode")):
        params["lock_trigger"] = str(number(closed[1], "percentage") / 100 * initial_balance(case))
    if params.get("mode") in _LOCKING and "lock_trigger" in params:
        params.setdefault("lock_trigger_profit", params.pop("lock_trigger"))
    split = _trader_share(params)
    entry = rule_entry(case.family, params, _FLOORS[case.family])
    ruleset = case_ruleset(clock, [entry], [])
    return _told(case, _Play(clock, ruleset, engine, flat_when_even=False, split=split))


def tell_target(case: Case, engine: EngineKind) -> Told:
    """Tell a case about a profit target."""
    clock = clock_of(case.params)
    entry = rule_entry(case.family, case.params, _TARGET)
    ruleset = case_ruleset(clock, [], [entry])
    return _told(case, _Play(clock, ruleset, engine, flat_when_even=True))


# Only where it decides: otherwise a split says what the trader is paid, and nothing of the floor.
def _trader_share(params: dict[str, Any]) -> Decimal | None:
    given = [params.pop(name) for name in _SHARES if name in params]
    if not given or "reduce_allowance" not in str(params.get("payout_effect")):
        return None
    return number(given[0], "parameter `split`")


def initial_balance(case: Case) -> Decimal:
    """Return the initial balance of a case; 100,000 where it does not matter to its rule."""
    given = case.params.get("initial_balance")
    if given is None and case.family in {*_FLOORS, "profit_target"}:
        raise NotSupported("no initial balance")
    return number(given or "100000", "parameter `initial_balance`")


# A case that starts at a boundary with other money than the initial balance does not say how the
# account came there, only that it is alive. So it goes there at once, or, where that alone would
# have been a breach, in equal parts over as many sessions as it takes.
def _told(case: Case, play: _Play) -> Told:
    stories = (_tell(case, play, sessions) for sessions in _WAYS_BACK)
    first = next(stories)
    story = first
    if _starts_at_boundary(case.events) and _breached_early(first):
        story = next((other for other in stories if not _breached_early(other)), first)
    readings: dict[int | None, Reading] = {
        index: Reading(story.decisions, ACCOUNT, seq) for index, seq in story.seqs.items()
    }
    readings[None] = Reading(story.decisions, ACCOUNT, story.last)
    return Told(initial_balance(case), case.params, readings)


def _starts_at_boundary(events: Sequence[CaseEvent]) -> bool:
    return bool(events) and events[0].type in _ENDS


def _breached_early(story: _Story) -> bool:
    return any(made["type"] == "breach" and made["seq"] <= story.before for made in story.decisions)


def _tell(case: Case, play: _Play, sessions: int) -> _Story:
    teller = _Teller(case, play, sessions)
    for event in case.events:
        teller.tell(event)
    decisions = teller.story.run(play.ruleset, play.engine)
    return _Story(decisions, teller.seqs, teller.before, teller.story.seq)


class _Teller:
    """Turns the events of a case into entries, one after the other."""

    def __init__(self, case: Case, play: _Play, sessions: int) -> None:
        self.story = Story()
        self.seqs: dict[int, int] = {}
        self.before = 0
        self._clock = play.clock
        self._split = play.split
        self._way: list[int] = []
        opened = self._opening(case.events, sessions)
        self._account = Standing(
            self.story, initial_balance(case), opened, flat_when_even=play.flat_when_even
        )

    def tell(self, event: CaseEvent) -> None:
        """Tell one event."""
        if event.type in _ENDS:
            self._boundary(event)
        elif event.type in _MARKS:
            self._account.move(self._moment(event), *self._standing(event))
        elif event.type in _PAID:
            self._pay(event)
        else:
            raise NotSupported(f"event `{event.type}`")
        self.seqs[event.i] = self.story.seq

    # The account opens just before the first event; before a boundary, some sessions earlier.
    def _opening(self, events: Sequence[CaseEvent], sessions: int) -> int:
        start = self._clock.instant(DAY_ONE, NOON)
        if not events:
            return start
        label = read_label(events[0].label)
        now = start if label.day is None else 0
        if events[0].type not in _ENDS:
            return self._clock.moment(label, now) - MINUTE
        first = self._clock.boundary(label, now, ends_day=_ENDS[events[0].type])
        before, *self._way = self._clock.boundaries_through(first, sessions + 1)
        return before + MINUTE

    def _boundary(self, event: CaseEvent) -> None:
        balance, equity = self._standing(event)
        if self._way:
            boundary = self._glide(balance, equity)
        else:
            label = read_label(event.label)
            boundary = self._clock.boundary(label, self.story.now, ends_day=_ENDS[event.type])
            self._account.move(boundary - MINUTE, balance, equity)
        self.before = self.before or self.story.seq
        self._account.cross(boundary)

    # Goes to the standing of the first boundary in equal parts, one in every session before it.
    def _glide(self, balance: Decimal, equity: Decimal) -> int:
        way, self._way = self._way, []
        start, parts = self._account.balance, len(way)
        for part, boundary in enumerate(way, 1):
            share = Decimal(part) / parts
            there = [round_unit(start + (goal - start) * share) for goal in (balance, equity)]
            self._account.move(boundary - MINUTE, there[0], there[1])
        return way[-1]

    def _standing(self, event: CaseEvent) -> tuple[Decimal, Decimal]:
        event.only("balance", "equity", *_FLOATING)
        balance, equity = event.amount("balance"), event.amount("equity")
        floating = [value for name in _FLOATING if (value := event.amount(name)) is not None]
        if floating and equity is None:
            balance = self._account.balance if balance is None else balance
            equity = balance + floating[0]
        if balance is None and equity is None:
            return self._account.balance, self._account.equity
        if balance is None:
            balance = self._account.balance
        return balance, balance if equity is None else equity

    def _pay(self, event: CaseEvent) -> None:
        event.only("amount", "trader_share")
        amount, share = event.amount("amount"), event.amount("trader_share")
        if share is None and event.type == "payout":
            share = self._split
        if amount is None:
            raise NotSupported(f"event `{event.type}` without an amount")
        if share is not None and share <= 1 < amount:
            share *= amount  # published as a part of the payout, not as money
        self._account.adjust(self._moment(event), event.type, amount, share)

    def _moment(self, event: CaseEvent) -> int:
        return self._clock.moment(read_label(event.label), self.story.now)
