"""One conduct rule of one account: its latch, its strikes, its time to put things right.

A hard violation ends the account. A pause or a flag is said once per session, unless strikes
count: then every violation is said, and the last one is hard. A level with grace is broken only
when it stays beyond its limit for that long; each use of grace is a warning of level 1.

Source: contract section 2, "Breach" and "Warnings"; catalogue sections 7, 8 and 21.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from rules.api import NEVER, DecisionRef
from rules.conduct.bounds import Bound
from rules.conduct.common import SECOND, Conduct, ConductParams, Deed, Measure
from rules.conduct.facts import Fact
from rules.conduct.scene import Scene
from rules.lifecycle import State
from rules.reference.evidence import used_part
from rules.reference.verdict import Finding, Notice
from rules.response import BreachKind
from rules.sessions import Session

_ONE = Decimal(1)


class ConductState:
    """A conduct rule with what it has already said."""

    __slots__ = (
        "_measure",
        "beyond",
        "breach",
        "cures",
        "deadline",
        "fired",
        "latched",
        "params",
        "rule",
        "session",
        "strikes",
    )

    def __init__(self, params: ConductParams, rule: Conduct, session: Session) -> None:
        self.params = params
        self.rule = rule
        self.session = session
        self.latched = False
        self.breach: DecisionRef | None = None
        self.fired: set[Decimal] = set()
        self.strikes = 0
        self.beyond = False
        self.cures = 0
        self.deadline = NEVER
        self._measure: Measure | None = None

    @property
    def ends_as(self) -> State:
        """The state a hard breach of this rule leads to."""
        return self.rule.ends_as

    @property
    def kind(self) -> BreachKind:
        """How grave the next breach is."""
        last = self.params.strikes_to_hard
        return "hard" if last is not None and self.strikes + 1 >= last else self.params.breach_kind

    @property
    def due(self) -> int:
        """The next instant this rule waits for, ns."""
        return min(self.rule.due, self.deadline)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Tell the rule about an event of the account."""
        self.rule.observe(fact, scene)

    def fire(self, scene: Scene) -> None:
        """Tell the rule that its instant has come; a deadline is seen by ``crosses``."""
        if self.rule.due <= scene.ts:
            self.rule.fire(scene)

    def start_session(self, scene: Scene) -> DecisionRef | None:
        """Begin a session; return the pause breach that ends, if there is one."""
        paused = self.latched and self.params.breach_kind == "pause"
        ended = self.breach if paused else None
        if self.latched:
            self.latched = self.beyond = False  # what goes on is said again, as floors do
        self.breach = None
        self.fired.clear()
        self.rule.start_session(scene)
        return ended

    def crosses(self, scene: Scene) -> bool:
        """Tell whether the rule is broken in this step, once for every violation."""
        if self.latched:
            return False
        self._measure = measure = self.rule.measure(scene)
        if measure is None or not self.params.crosses(measure.observed, measure.limit):
            self.beyond = False
            self.deadline = NEVER
            return False
        return not self.beyond and self._grace_over(scene.ts)

    def finding(self, scene: Scene) -> Finding:
        """Say what was compared."""
        del scene
        measure = self._measure
        assert measure is not None, "only a rule that crosses has something to show"
        facts: dict[str, Any] = dict(measure.facts)
        if self.params.strikes_to_hard is not None:
            facts["strike"] = self.strikes + 1
        return Finding(
            measure.metric or self.rule.metric,
            measure.observed,
            measure.limit,
            measure.observed - measure.limit,
            self.params.comparator,
            facts,
        )

    def latch(self, breach: DecisionRef) -> None:
        """Remember that this violation has been said."""
        self.breach = breach
        self.strikes += 1
        self.beyond = not self.rule.deed
        self.deadline = NEVER
        # A pause lasts until the session ends, strikes or not.
        self.latched = self.params.strikes_to_hard is None or self.params.breach_kind == "pause"

    def notices(self, scene: Scene) -> list[Notice]:
        """Return the warnings reached and not yet given this session, levels ascending."""
        del scene
        if isinstance(self.rule, Deed):
            return _reminder(self.rule.reminded)
        measure = self._measure
        if measure is None or self.latched or self.beyond or self.rule.deed:
            return []
        levels = self.params.levels
        if self.deadline != NEVER:
            levels = (*levels, _ONE)
        due = []
        for level in levels:
            if level not in self.fired and measure.observed >= level * measure.limit:
                self.fired.add(level)
                used = used_part(measure.observed, measure.limit)
                room = measure.limit - measure.observed
                due.append(Notice(level, used, measure.limit, room))
        return due

    def bounds(self, scene: Scene) -> Sequence[Bound] | None:
        """Return the sums of prices that stay above their levels until this rule has to be judged.

        None when every tick must be: the way back inside has no bound.
        """
        if self.latched or not self.rule.follows_prices:
            return ()
        if self.beyond or self.deadline != NEVER:
            return None
        share = min(
            (level for level in self.params.levels if level not in self.fired), default=_ONE
        )
        return self.rule.bounds(scene, share)

    def settled(self, ts: int) -> None:
        """End the step."""
        self._measure = None
        self.rule.settled()
        if self.deadline <= ts:
            self.deadline = NEVER  # it came while the account was not judged

    def measure(self, scene: Scene) -> Measure | None:
        """Return where the rule stands, for reports; None where it has no standing."""
        return self.rule.outlook(scene)

    def adopt(self, old: "ConductState | None") -> None:
        """Keep the latch of the rule of the same id, and its state when it is the same rule."""
        if old is None:
            return
        self.latched, self.breach = old.latched, old.breach
        if type(old.rule) is type(self.rule):
            self.strikes = old.strikes
            self.fired = set(old.fired)
            self.beyond, self.cures, self.deadline = old.beyond, old.cures, old.deadline
            self.rule.adopt(old.rule)

    def _grace_over(self, ts: int) -> bool:
        """Start the time to put a level right, or tell that it is over."""
        grace = getattr(self.params, "grace_s", None)
        if not grace or self.rule.deed:
            return True
        if self.deadline != NEVER:
            return ts >= self.deadline
        allowed = getattr(self.params, "cures_allowed", None)
        if allowed is not None and self.cures >= allowed:
            return True
        self.cures += 1
        self.deadline = ts + grace * SECOND
        # Each use of grace is said, even when the session has seen one before.
        self.fired.discard(_ONE)
        return False


def _reminder(due: Measure | None) -> list[Notice]:
    if due is None:
        return []
    used = used_part(due.observed, due.limit)
    return [Notice(_ONE, used, due.limit, due.limit - due.observed)]
