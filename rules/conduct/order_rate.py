"""Not more than so many orders, changes, positions or fills within a second, a minute or a day.

    broken when the count within the last second, minute or hour, or of the session, is above
    `max_count`

A violation is said once: the count of a short period begins anew after it, that of a session with
the next session.

Source: catalogue section 10, "Server load".
"""

from collections import deque
from decimal import Decimal
from typing import ClassVar, Literal

from rules.conduct.common import SECOND, ConductParams, Deed, Measure
from rules.conduct.facts import Fact, Filled, Ordered, Protected
from rules.conduct.scene import Scene
from rules.params import Whole
from schemas.events import OrderModified, OrderPlaced

Counted = Literal["orders", "modifications", "positions", "fills", "messages"]
_PERIODS = {"second": SECOND, "minute": 60 * SECOND, "hour": 3600 * SECOND}


class OrderRateParams(ConductParams):
    """Parameters of ``order_rate``.

    Attributes:
        counts: orders placed; changes of orders, stops and targets; positions opened; fills; or
            every order, change and cancellation.
        max_count: how many are allowed.
        per: the last second, minute or hour; or a session.
    """

    family: Literal["order_rate"]
    counts: Counted = "orders"
    max_count: Whole
    per: Literal["second", "minute", "hour", "day"] = "day"


class OrderRate(Deed):
    """What one account has sent lately."""

    metric: ClassVar[str] = "count"

    __slots__ = ("count", "recent", "told")

    def __init__(self, params: OrderRateParams) -> None:
        super().__init__(params)
        self.recent: deque[int] = deque()
        self.count = 0
        self.told = False

    def start_session(self, scene: Scene) -> None:
        """Begin the count of a day."""
        del scene
        self.count, self.told = 0, False

    def observe(self, fact: Fact, scene: Scene) -> None:
        """Count an event of the kind that counts."""
        if not counts(self.params.counts, fact):
            return
        params = self.params
        observed = self._of_day() if params.per == "day" else self._of_period(scene.ts)
        over = params.crosses(Decimal(observed), Decimal(params.max_count))
        if not over or self.told:
            return
        facts = {"counts": params.counts, "per": params.per}
        self.found = Measure(Decimal(observed), Decimal(params.max_count), facts)
        self.told = params.per == "day"
        self.recent.clear()

    def adopt(self, old: "OrderRate") -> None:
        """Keep the counts, when they are of the same things."""
        if old.params.counts == self.params.counts and old.params.per == self.params.per:
            self.count, self.told = old.count, old.told
            self.recent = deque(old.recent)

    def _of_day(self) -> int:
        self.count += 1
        return self.count

    def _of_period(self, now: int) -> int:
        self.recent.append(now)
        since = now - _PERIODS[self.params.per]
        while self.recent[0] <= since:
            self.recent.popleft()
        return len(self.recent)


def counts(what: Counted, fact: Fact) -> bool:
    """Tell whether an event is one of those that are counted."""
    changed = isinstance(fact, Protected) or (
        isinstance(fact, Ordered) and isinstance(fact.event, OrderModified)
    )
    match what:
        case "orders":
            return isinstance(fact, Ordered) and isinstance(fact.event, OrderPlaced)
        case "modifications":
            return changed
        case "positions":
            return isinstance(fact, Filled) and bool(fact.opened) and _new(fact)
        case "fills":
            return isinstance(fact, Filled)
    return changed or isinstance(fact, Ordered)


# A fill that adds opens no position; the rest of a reversal does.
def _new(fact: Filled) -> bool:
    return not fact.held_before or bool(fact.closed)
