"""One loss rule of one account: its floor, its session, and what it has already said."""

from decimal import Decimal

from rules.api import DecisionRef
from rules.catalog import Floor
from rules.floors.common import FloorParams, Standing
from rules.sessions import Session

_ONE = Decimal(1)


class RuleState:
    """A rule's floor with its latch and the warning levels fired this session."""

    __slots__ = ("breach", "fired", "floor", "latched", "params", "session")

    def __init__(self, params: FloorParams, floor: Floor, session: Session) -> None:
        self.params = params
        self.floor = floor
        self.session = session
        self.latched = False
        self.breach: DecisionRef | None = None
        self.fired: set[Decimal] = set()

    def start_session(self) -> DecisionRef | None:
        """Forget the ended session; return the pause breach it unlatches, if there is one."""
        paused = self.latched and self.params.breach_kind == "pause"
        ended = self.breach if paused else None
        self.latched = False
        self.breach = None
        self.fired.clear()
        return ended

    def latch(self, breach: DecisionRef) -> None:
        """Remember that this rule has breached: it says so once."""
        self.latched = True
        self.breach = breach

    def crosses(self, standing: Standing) -> bool:
        """Tell whether an unlatched rule breaches at this standing."""
        if self.latched:
            return False
        return self.params.crosses(standing.measure(self.params.metric), self.floor.floor)

    def room(self, standing: Standing) -> Decimal:
        """Return metric − floor."""
        return standing.measure(self.params.metric) - self.floor.floor

    def due_levels(self, standing: Standing) -> list[Decimal]:
        """Return the warning levels reached and not yet fired this session, ascending."""
        if not self.params.warn_at or self.latched:
            return []
        room, allowance = self.room(standing), self.floor.allowance
        return [
            level
            for level in self.params.levels
            if level not in self.fired and room <= (_ONE - level) * allowance
        ]

    def adopt(self, old: "RuleState | None") -> None:
        """Keep the latch of the rule of the same id, and its marks when it is the same rule."""
        if old is None:
            return
        self.latched, self.breach = old.latched, old.breach
        if type(old.floor) is type(self.floor):
            self.floor.adopt(old.floor)  # type: ignore[arg-type]
            self.fired = set(old.fired)
