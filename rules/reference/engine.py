"""The reference engine: one journal entry at a time, one account at a time, in ``decimal``.

It is slow and meant to be read beside the contract; the fast engine is held to its bytes.

Source: contract section 2, "Order" and "One step".
"""

from collections.abc import Callable, Iterable
from decimal import Decimal, localcontext
from functools import partial
from typing import Literal

from rules.api import At, Decision, Outcome, Rejection
from rules.calendar import Calendar
from rules.reference.account import Account
from rules.reference.evidence import boundary_entry, event_entry, tick_entry
from rules.reference.holders import DueTimes, Holders
from rules.reference.market import Market, Tick
from rules.reference.requests import opening, request
from rules.reference.shelf import Shelf
from rules.reference.step import Step
from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import InputError
from schemas.events import (
    AccountEvent,
    AccountOpened,
    CalendarPublished,
    InstrumentListed,
    RulesetPublished,
)
from schemas.frames import NO_PRICE, Frame, FrameEvent
from schemas.instruments import InstrumentTable
from schemas.money import EXACT

FINAL_ORDINAL = 1_000_000
"""Ordinal of the progress a replay ends with: after whatever its last input decided."""


class ReferenceEngine:
    """Evaluates the accounts of one key group, entry by entry.

    Args:
        instruments: listed before the journal starts.
        rulesets: published before the journal starts.
        owns: tells whether an account is this key group's; all are, when left out.
        progress: ``every`` also reports after each of an account's own events.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        rulesets: Iterable[Ruleset] = (),
        owns: Callable[[str], bool] | None = None,
        progress: Literal["boundary", "every"] = "boundary",
    ) -> None:
        self.market = Market(instruments.copy())
        self.shelf = Shelf(rulesets)
        self.accounts: dict[str, Account] = {}
        self._owns = owns or _all
        self._every = progress == "every"
        self._holders = Holders()
        self._due = DueTimes()
        self._decisions: list[Decision] = []
        self._rejections: list[Rejection] = []
        # Entries since the last one that moved this group's time: others' events, refused ones.
        self._passed: list[tuple[int, int]] = []

    def process(self, frame: Frame) -> Outcome:
        """Apply one frame, entry by entry."""
        ticks = iter(frame.tick_at.tolist())
        next_tick = next(ticks, frame.n)
        tick = 0
        events = {item.at: item for item in frame.events}
        with localcontext(EXACT):
            for index, ts in enumerate(frame.ts.tolist()):
                if index == next_tick:
                    self._tick(frame, tick, frame.first + index, ts)
                    tick += 1
                    next_tick = next(ticks, frame.n)
                else:
                    self._event(events[index], frame.first + index, ts)
        return self._outcome()

    def finish(self, through: int, position: int, final_progress: bool) -> Outcome:
        """Run what is due through the last accepted input, then report every account."""
        with localcontext(EXACT):
            self._advance(through, position)
            if final_progress:
                for account in self.accounts.values():
                    step = Step(through, position, self.market, dict)
                    step.first_ordinal = FINAL_ORDINAL
                    account.report(step)
                    self._decisions += step.decisions
        return self._outcome()

    def _outcome(self) -> Outcome:
        outcome = Outcome(self._decisions, self._rejections, self._due.next)
        self._decisions, self._rejections = [], []
        return outcome

    def _tick(self, frame: Frame, index: int, position: int, ts: int) -> None:
        self._advance(ts, position)
        instrument = self.market.instruments.by_id(int(frame.tick_symbol[index]))
        digits = -instrument.price_digits
        last = int(frame.last[index])
        late_ts = frame.late.get(position - frame.first)
        tick = Tick(
            instrument.symbol,
            Decimal(int(frame.bid[index])).scaleb(digits),
            Decimal(int(frame.ask[index])).scaleb(digits),
            None if last == NO_PRICE else Decimal(last).scaleb(digits),
            At(position),
            ts,
        )
        self.market.update(tick)
        for account_id in self._holders.of(tick.symbol):
            account = self.accounts[account_id]
            step = Step(ts, position, self.market, partial(tick_entry, tick, late_ts))
            account.settle(step)
            # Time to put a level right may end without a word.
            if step.decisions or account.conduct:
                self._collect(account, step)

    def _event(self, item: FrameEvent, position: int, ts: int) -> None:
        event = item.event
        if isinstance(event, AccountEvent) and not self._owns(event.account_id):
            self._passed.append((ts, position))
            return
        if isinstance(event, CalendarPublished):
            self._advance(ts, position)
            self._follow_calendar(event, Step(ts, position, self.market, dict))
            return
        shown = partial(event_entry, event, position, ts, item.late_ts)
        if isinstance(event, AccountEvent) and event.account_id in self.accounts:
            self._catch_up(self.accounts[event.account_id])
        try:
            act = self._prepared(event, ts)
        except InputError as error:
            self._passed.append((ts, position))
            self._rejections.append(Rejection(position, error.code, error.path, error.message))
            return
        self._advance(ts, position)
        if act is not None:
            step = Step(ts, position, self.market, shown)
            account = act(step)
            if self._every and not any(made.body["type"] == "progress" for made in step.decisions):
                account.report(step)
            self._collect(account, step)

    def _prepared(self, event: object, ts: int) -> Callable[[Step], Account] | None:
        """Check an event and return how to carry it out; None when there is no account to it."""
        if isinstance(event, AccountOpened):
            if event.account_id in self.accounts:
                message = f"account {event.account_id!r} is already open"
                raise InputError("duplicate_account", message, "account_id")
            return opening(event, self.shelf)
        if isinstance(event, AccountEvent):
            account = self.accounts.get(event.account_id)
            if account is None:
                message = f"account {event.account_id!r} was never opened"
                raise InputError("unknown_account", message, "account_id")
            return request(event, account, self.shelf, self.market, ts)
        if isinstance(event, RulesetPublished):
            self.shelf.add(_published(event))
        elif isinstance(event, InstrumentListed):
            try:
                self.market.instruments.add(event.instrument)
            except InputError as error:
                raise error.under("instrument") from None
        return None

    def _follow_calendar(self, event: CalendarPublished, step: Step) -> None:
        """Put a version of the calendar in force, and move the timers that depend on it."""
        self.market.calendar = Calendar(event)
        for name, account in self.accounts.items():
            if account.follow_calendar(step):
                self._due.update(name, account.next_due)

    def _advance(self, ts: int, position: int) -> None:
        """Run every boundary at or before the accepted input at ``ts``."""
        while (instant := self._due.next) <= ts:
            self._boundaries(instant, self._due.at(instant), self._at(instant, position))
        self._passed.clear()

    def _at(self, instant: int, position: int) -> int:
        """Return the position of the input a boundary precedes, ``position`` or one passed."""
        return next((at for passed, at in self._passed if passed >= instant), position)

    def _boundaries(self, instant: int, names: list[str], at: int) -> None:
        """Run what is due at one instant, account by account."""
        for name in names:
            self._boundary(instant, name, at)

    def _boundary(self, instant: int, account_id: str, at: int) -> None:
        account = self.accounts[account_id]
        self._catch_up(account)
        if account.next_due != instant:
            return  # it ended on a tick before this boundary
        shown = partial(boundary_entry, at, instant)
        equity = self._equity(account_id)
        step = Step(instant, at, self.market, shown, derived=True, equity=equity)
        account.boundary(step)
        self._collect(account, step)

    def _catch_up(self, account: Account) -> None:
        """Bring an account up to the last tick; here every account always is."""

    def _equity(self, account_id: str) -> Decimal | None:
        """Return an account's equity where it is known already; here it never is."""
        del account_id
        return None

    def _collect(self, account: Account, step: Step) -> None:
        """Keep what a step decided, and what it changed about when to look at the account."""
        self._decisions += step.decisions
        account_id = account.identity.account_id
        self.accounts[account_id] = account
        self._due.update(account_id, account.next_due)
        self._register(account)

    def _register(self, account: Account) -> None:
        """Remember which ticks concern the account."""
        symbols = account.symbols() if account.live else ()
        self._holders.update(account.identity.account_id, symbols)


def _published(event: RulesetPublished) -> Ruleset:
    try:
        return load_ruleset(event.document)
    except InputError as error:
        raise error.under("document") from None


def _all(account_id: str) -> bool:
    return bool(account_id)
