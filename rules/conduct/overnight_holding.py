"""No position may be held over the end of a session, or over more than so many.

    broken when, at a session boundary, a position has been held over more than `max_nights`

The session is the rule's own (``reset_tz``, ``reset_time``) or the ruleset's. A session that ends
on a weekend ends too.

Source: catalogue section 9.
"""

from decimal import Decimal
from typing import ClassVar, Literal

from rules.conduct.clock_deed import open_positions
from rules.conduct.common import Deed, Measure
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.params import Whole


class OvernightHoldingParams(ScopedParams):
    """Parameters of ``overnight_holding``.

    Attributes:
        max_nights: over how many session ends a position may be held.
    """

    family: Literal["overnight_holding"]
    max_nights: Whole = 0


class OvernightHolding(Deed):
    """How many session ends each position of one account has been held over."""

    metric: ClassVar[str] = "nights"

    __slots__ = ("nights",)

    def __init__(self, params: OvernightHoldingParams) -> None:
        super().__init__(params)
        # By id and opening: an id may be used again.
        self.nights: dict[tuple[str, int], int] = {}

    def start_session(self, scene: Scene) -> None:
        """Count the night for every position that is open."""
        held = [
            position
            for position in scene.positions.values()
            if self.params.concerns(position.instrument.symbol)
        ]
        before = self.nights
        self.nights = {
            (position.id, position.opened_at): before.get((position.id, position.opened_at), 0) + 1
            for position in held
        }
        most = max(self.nights.values(), default=0)
        late = (
            position
            for position in held
            if self.nights[position.id, position.opened_at] > self.params.max_nights
        )
        found = open_positions(late)
        if found is not None:
            self.found = Measure(Decimal(most), Decimal(self.params.max_nights), found.facts)

    def adopt(self, old: "OvernightHolding") -> None:
        """Keep the nights counted."""
        self.nights = dict(old.nights)
