"""Every position must have a stop within so many seconds of the fill that opened it.

    deadline = opening fill + within_s          0: the opening fill itself must bring the stop
    broken   = no stop at the deadline, or, once it is past, at any moment

Removing a stop grants no new time: before the deadline the old one stands, after it the position
is late at once. Moving a stop is fine. A stop that comes at the very deadline is late.

With ``cures_allowed`` the first lapses of the account are only reminded of; each then has
``grace_s`` more seconds.

>>> from rules.conduct.mandatory_sl import MandatorySlParams
>>> MandatorySlParams(id="sl", family="mandatory_sl", within_s="300").comparator
'gt'

Source: catalogue section 8, "Mandatory SL".
"""

from decimal import Decimal
from typing import Any, ClassVar, Literal

from rules.api import NEVER
from rules.conduct.common import SECOND, Deed, LevelParams, Measure
from rules.conduct.facts import Fact, Filled
from rules.conduct.scene import Scene
from rules.conduct.stops import stops_of
from rules.params import Whole
from schemas.fields import Flag
from schemas.instants import instant_text
from schemas.money import text


class MandatorySlParams(LevelParams):
    """Parameters of ``mandatory_sl``.

    Attributes:
        within_s: time for the stop, seconds from the opening fill.
        orders_count: a working stop order of the other side counts, if it covers the position.
        grace_s: more time after a reminder, seconds.
        cures_allowed: how many lapses are reminded of; every one with grace when left out.
    """

    family: Literal["mandatory_sl"]
    within_s: Whole
    orders_count: Flag = False


class MandatorySl(Deed):
    """The deadlines of one account's positions."""

    metric: ClassVar[str] = "positions_without_stop"

    __slots__ = ("bare", "cures", "deadlines", "told", "warned")

    def __init__(self, params: MandatorySlParams) -> None:
        super().__init__(params)
        self.deadlines: dict[str, int] = {}
        self.bare: set[str] = set()  # have no stop now
        self.told: set[str] = set()  # the violation has been said, until a stop comes
        self.warned: set[str] = set()
        self.cures = 0

    def open(self, scene: Scene) -> None:
        """Give what is open already the time of a new position."""
        for name in scene.positions:
            self.deadlines[name] = scene.ts + max(1, self.params.within_s * SECOND)
        self._look(scene)

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Start the time of a new position; look at who has a stop and who is late."""
        bare = self.bare
        if isinstance(fact, Filled):
            self._follow(fact, scene.ts)
        self._look(scene)
        if isinstance(fact, Filled) and self._outgrew(fact, bare):
            self.deadlines[fact.position_id] = scene.ts + self.params.within_s * SECOND
        self._judge(scene)

    @property
    def due(self) -> int:
        """The next deadline of a position without a stop, ns."""
        waiting = self.bare - self.told
        return min((self.deadlines[name] for name in waiting), default=NEVER)

    def fire(self, scene: Scene) -> None:
        """Judge the positions whose time is over."""
        self._judge(scene)

    def adopt(self, old: "MandatorySl") -> None:
        """Keep the deadlines that run, and the lapses."""
        running = old.bare & self.bare
        self.deadlines |= {name: old.deadlines[name] for name in running}
        self.told, self.warned = set(old.told), set(old.warned)
        self.cures = old.cures

    def _follow(self, fact: Filled, now: int) -> None:
        name = fact.position_id
        if fact.position is None or (fact.opened and fact.closed):
            self.told.discard(name)
            self.warned.discard(name)
            self.deadlines.pop(name, None)
        if fact.position is not None and name not in self.deadlines:
            self.deadlines[name] = now + self.params.within_s * SECOND

    # An addition that its stop order no longer covers has time to change the order.
    def _outgrew(self, fact: Filled, bare: set[str]) -> bool:
        name = fact.position_id
        added = bool(fact.opened and fact.held_before and not fact.closed)
        return added and fact.stop_before is None and name in self.bare - bare

    def _look(self, scene: Scene) -> None:
        stops = stops_of(scene, with_orders=self.params.orders_count)
        self.bare = {name for name, stop in stops.items() if stop is None}
        self.told &= self.bare
        self.warned &= self.bare

    def _judge(self, scene: Scene) -> None:
        late = [
            name
            for name in scene.positions
            if name in self.bare - self.told and self.deadlines[name] <= scene.ts
        ]
        cured = [name for name in late if self._may_cure(name, scene.ts)]
        if cured:
            self.reminded = self._measure(cured, scene)
        broken = [name for name in late if name not in cured]
        if broken:
            self.found = self._measure(broken, scene)
            self.told.update(broken)

    def _may_cure(self, name: str, now: int) -> bool:
        grace, allowed = self.params.grace_s, self.params.cures_allowed
        if grace is None or name in self.warned:
            return False
        if allowed is not None and self.cures >= allowed:
            return False
        self.cures += 1
        self.warned.add(name)
        self.deadlines[name] = now + max(1, grace * SECOND)
        return True

    def _measure(self, names: list[str], scene: Scene) -> Measure:
        return Measure(Decimal(len(names)), Decimal(0), {"positions": self._facts(names, scene)})

    def _facts(self, names: list[str], scene: Scene) -> list[dict[str, Any]]:
        return [
            {
                "position_id": name,
                "symbol": scene.positions[name].instrument.symbol,
                "qty": text(scene.positions[name].qty),
                "opened_at": instant_text(scene.positions[name].opened_at),
                "deadline": instant_text(self.deadlines[name]),
            }
            for name in names
        ]
