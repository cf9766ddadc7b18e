"""One loss rule of one account: its floor, its session, and what it has already said."""

from decimal import Decimal

from rules.api import DecisionRef
from rules.catalog import Floor
from rules.conduct.scene import Scene
from rules.floors.common import FloorParams, Standing
from rules.lifecycle import State
from rules.reference.evidence import used_share
from rules.reference.verdict import Finding, Notice
from rules.response import BreachKind
from rules.sessions import Session

_ONE = Decimal(1)
_NONE: frozenset[Decimal] = frozenset()  # one object for all that have warned of nothing


class RuleState:
    """A rule's floor with its latch and the warning levels fired this session."""

    __slots__ = ("breach", "fired", "floor", "latched", "params", "session")

    ends_as: State = "breached"

    def __init__(self, params: FloorParams, floor: Floor, session: Session) -> None:
        self.params = params
        self.floor = floor
        self.session = session
        self.latched = False
        self.breach: DecisionRef | None = None
        self.fired = _NONE

    @property
    def kind(self) -> BreachKind:
        """How grave the next breach is."""
        return self.params.breach_kind

    def start_session(self) -> DecisionRef | None:
        """Forget the ended session; return the pause breach it unlatches, if there is one."""
        paused = self.latched and self.params.breach_kind == "pause"
        ended = self.breach if paused else None
        self.latched = False
        self.breach = None
        self.fired = _NONE
        return ended

    def latch(self, breach: DecisionRef) -> None:
        """Remember that this rule has breached: it says so once."""
        self.latched = True
        self.breach = breach

    def crosses(self, scene: Scene) -> bool:
        """Tell whether an unlatched rule breaches at this standing."""
        if self.latched:
            return False
        return self.params.crosses(scene.standing.measure(self.params.metric), self.floor.floor)

    def finding(self, scene: Scene) -> Finding:
        """Say what was compared."""
        observed, floor = scene.standing.measure(self.params.metric), self.floor.floor
        return Finding(
            self.params.metric, observed, floor, floor - observed, self.params.comparator
        )

    def room(self, standing: Standing) -> Decimal:
        """Return metric − floor."""
        return standing.measure(self.params.metric) - self.floor.floor

    def notices(self, scene: Scene) -> list[Notice]:
        """Return the warnings reached and not yet given this session, levels ascending."""
        if not self.params.warn_at or self.latched:
            return []
        room, allowance = self.room(scene.standing), self.floor.allowance
        due = []
        for level in self.params.levels:
            if level not in self.fired and room <= (_ONE - level) * allowance:
                self.fired |= {level}
                due.append(Notice(level, used_share(room, allowance), self.floor.floor, room))
        return due

    def adopt(self, old: "RuleState | None") -> None:
        """Keep the latch of the rule of the same id, and its marks when it is the same rule."""
        if old is None:
            return
        self.latched, self.breach = old.latched, old.breach
        if type(old.floor) is type(self.floor):
            self.floor.adopt(old.floor)  # type: ignore[arg-type]
            self.fired = old.fired
