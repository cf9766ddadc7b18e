"""One account: its rules, goals, state, and the one-step order that turns an entry into decisions.

After every entry: (1) apply it to prices, balance and positions; (2) raise the high-water marks
whose source includes this instant; (3) recompute floors; (4) compare each rule's metric with its
floor; (5) latch and emit. So a new high never breaches itself, and a boundary re-bases first and
compares after.

Source: contract section 2, "One step", "Session", "Breach", "States".
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from sys import intern
from typing import Any, Final

from rules.api import NEVER, DecisionRef
from rules.catalog import AnyGoal, open_goal
from rules.conduct.bounds import Bound
from rules.conduct.facts import Fact
from rules.conduct.scene import Scene
from rules.floors.common import ZERO, Standing
from rules.lifecycle import JUDGED, TERMINAL, State
from rules.reference.binding import open_rules
from rules.reference.conduct_state import ConductState
from rules.reference.evidence import timer_entry
from rules.reference.judge import Judge
from rules.reference.ledger import Ledger
from rules.reference.orders import OrderBook
from rules.reference.positions import Valuation
from rules.reference.report import progress_fields
from rules.reference.rule_state import RuleState
from rules.reference.step import Identity, Step
from rules.ruleset import Phase, Ruleset
from rules.sessions import Session
from schemas.events import (
    AccountOpened,
)
from schemas.money import shared

# What most accounts have none of is one object, not one for each: there may be a million accounts.
_NO_OVERRIDES: Final[Mapping[str, Mapping[str, Any]]] = {}


@lru_cache(maxsize=4096)
def _shared(boundaries: tuple[tuple[Session, int], ...]) -> Mapping[Session, int]:
    # Accounts of one firm have the same boundaries; the mapping is never written to.
    return dict(boundaries)


@lru_cache(maxsize=4096)
def _following(boundaries: tuple[tuple[Session, int], ...], ts: int) -> Mapping[Session, int]:
    # The boundaries after those at `ts`.
    return _shared(
        tuple(
            (session, session.next_after(ts) if due == ts else due) for session, due in boundaries
        )
    )


class Account:
    """One funded or evaluation account under one version of one firm's rules."""

    __slots__ = (
        "boundaries",
        "conduct",
        "goals",
        "identity",
        "judged",
        "kyc_flagged",
        "ledger",
        "operator_paused",
        "orders",
        "overrides",
        "phase",
        "rules",
        "ruleset",
        "state",
    )

    def __init__(self, event: AccountOpened, ruleset: Ruleset, phase: Phase, step: Step) -> None:
        initial = shared(event.initial_balance)
        self.ledger = Ledger(ruleset.currency, initial, event.position_mode)
        self.orders = OrderBook()
        self.overrides: Mapping[str, Mapping[str, Any]] = event.overrides or _NO_OVERRIDES
        self.state: State = "created"
        self.operator_paused = False
        self.kyc_flagged = False
        self.identity = Identity(
            intern(event.firm_id),
            event.account_id,
            event.trader_id,
            phase.name,
            ruleset.ref,
            ruleset.hash,
        )
        self.ruleset = ruleset
        self.phase = phase
        self.bind_rules(open_rules(phase.rules, initial, ruleset.session, step.at))
        self.goals: tuple[AnyGoal, ...] = tuple(
            open_goal(params, initial) for params in phase.goals
        )
        self.boundaries = self.boundaries_after(step.ts)
        self.move(step, "awaiting_kyc" if phase.funded else "active", "opened", event.event_id)
        scene = self.scene(step)
        for rule in self.conduct:
            rule.rule.open(scene)
        self.settle(step, scene)
        self.report(step, scene)

    @property
    def live(self) -> bool:
        """The account has not ended."""
        return self.state not in TERMINAL

    @property
    def next_due(self) -> int:
        """The next instant at which a session of this account ends or a timer fires, ns."""
        if not self.live:
            return NEVER
        ends = min(self.boundaries.values())
        return min(ends, *(rule.due for rule in self.conduct)) if self.conduct else ends

    @property
    def pause_latched(self) -> bool:
        """A pause rule is latched until its next boundary."""
        return any(rule.latched and rule.params.breach_kind == "pause" for rule in self.judged)

    @property
    def follows_prices(self) -> bool:
        """A tick may break more than the account's floors."""
        # Asked after each step; most accounts have no such rule, and a generator costs more.
        return bool(self.conduct) and any(
            rule.rule.follows_prices and not rule.latched for rule in self.conduct
        )

    def bounds(self, step: Step) -> Sequence[Bound] | None:
        """Return the sums of prices that keep every conduct rule silent, None for "look always"."""
        if self.state not in JUDGED:
            return ()
        scene = self.scene(step)
        found = [rule.bounds(scene) for rule in self.conduct]
        return None if None in found else [bound for some in found for bound in some or ()]

    def bind_rules(self, judged: list[RuleState | ConductState]) -> None:
        """Make these the rules of the account, in rule order."""
        self.rules = tuple(rule for rule in judged if isinstance(rule, RuleState))
        self.conduct = tuple(rule for rule in judged if isinstance(rule, ConductState))
        self.judged: tuple[RuleState | ConductState, ...] = self.rules
        if self.conduct:
            self.judged = tuple(judged)

    def value(self, step: Step) -> tuple[Standing, list[Valuation]]:
        """Return balance and equity at the latest prices, and each position's part in it."""
        values = self.ledger.valuations(step.market)
        balance = self.ledger.balance
        return Standing(balance, balance + sum((value.pnl for value in values), ZERO)), values

    def settle(self, step: Step, scene: Scene | None = None, *, day_ended: bool = False) -> None:
        """Steps 2 to 5 of the one-step order, after the entry has been applied.

        ``scene`` is the account as it stands then, where that is known already.
        """
        if not self.live:
            return
        scene = scene or self.scene(step)
        for rule in self.rules:
            rule.floor.raise_marks(scene.standing, step.at)
        Judge(self, step, scene).run(day_ended=day_ended)
        for conduct in self.conduct:
            conduct.settled(step.ts)

    def scene(self, step: Step) -> Scene:
        """Return the account as rules see it at a step."""
        if step.equity is not None:
            standing = Standing(self.ledger.balance, step.equity)
            return Scene(self, step.ts, step.market, standing)
        return Scene(self, step.ts, step.market, *self.value(step))

    def boundary(self, step: Step) -> None:
        """Do what is due at the step's instant: end sessions, then fire timers."""
        ended = {session for session, due in self.boundaries.items() if due == step.ts}
        if ended:
            self._end_sessions(ended, step)
        if self.conduct and self.live:
            self._fire(step)

    def _end_sessions(self, ended: set[Session], step: Step) -> None:
        """End every session of this account that ends at the step's instant, as one entry."""
        scene = self.scene(step)
        lifted: DecisionRef | None = None
        every = len(ended) == len(self.boundaries)
        for rule in self.judged:
            if not every and rule.session not in ended:
                continue
            if isinstance(rule, RuleState):
                rule.floor.rebase(scene.standing, step.at)
                lifted = rule.start_session() or lifted
            else:
                lifted = rule.start_session(scene) or lifted
        self.boundaries = _following(tuple(self.boundaries.items()), step.ts)
        day_ended = every or self.ruleset.session in ended
        if day_ended:
            self._end_day(scene)
        if lifted and self.state == "paused" and not (self.operator_paused or self.pause_latched):
            self.move(step, "active", "pause_ended", lifted)
        self.settle(step, scene, day_ended=day_ended)
        self.report(step, scene)

    def _fire(self, step: Step) -> None:
        """Fire every timer due at the step's instant, as one entry."""
        due = [rule for rule in self.conduct if rule.due <= step.ts]
        if not due:
            return
        step.entry = partial(timer_entry, step.at, step.ts)
        scene = self.scene(step)
        for rule in due:
            rule.fire(scene)
        self.settle(step, scene)

    def follow_calendar(self, step: Step) -> bool:
        """Tell the rules that depend on the calendar about a new version; False if none does."""
        following = [rule for rule in self.conduct if rule.rule.follows_calendar]
        if not following or not self.live:
            return False
        scene = self.scene(step)
        for rule in following:
            rule.rule.calendar_changed(scene)
        return True

    def tell(self, fact: Fact, step: Step) -> None:
        """Let the conduct rules take note of an event that has been booked."""
        if not self.live:
            return
        scene = self.scene(step)
        for rule in self.conduct:
            rule.observe(fact, scene)

    def move(
        self,
        step: Step,
        target: State,
        reason: str,
        cause: str | DecisionRef | None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Change state and say so."""
        fields = {"from": self.state, "to": target, "reason": reason, "cause": cause}
        step.emit(self.identity, "state", fields | dict(extra or {}))
        self.state = target

    def report(self, step: Step, scene: Scene | None = None) -> None:
        """Emit how far every goal and rule is; see ``settle`` for ``scene``."""
        step.emit(self.identity, "progress", progress_fields(self, scene or self.scene(step)))

    def symbols(self) -> Iterator[str]:
        """Name every instrument whose ticks move this account's equity."""
        for position in self.ledger.positions.values():
            yield position.instrument.symbol
            conversion = position.instrument.conversion_for(self.ledger.currency)
            if conversion is not None and position.instrument.pnl_currency != self.ledger.currency:
                yield conversion.symbol

    def boundaries_after(self, ts: int) -> Mapping[Session, int]:
        """Return the next boundary of the ruleset's session and of every rule's own."""
        sessions = dict.fromkeys((self.ruleset.session, *(rule.session for rule in self.judged)))
        return _shared(tuple((session, session.next_after(ts)) for session in sessions))

    def _end_day(self, scene: Scene) -> None:
        self.kyc_flagged = False
        floating = scene.standing.equity - scene.standing.balance
        day = self.ledger.end_day(floating, scene.pnls)
        for goal in self.goals:
            goal.end_day(day)
