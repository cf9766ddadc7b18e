"""Deeds found at times on a wall clock: what may not be open then."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from rules.api import NEVER
from rules.conduct.common import Deed, Measure
from rules.conduct.scene import Scene
from schemas.instants import instant_text
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.positions import Position


class ClockDeed(Deed):
    """A rule that looks at open positions at times of its own; ``next_after`` says when."""

    metric: ClassVar[str] = "positions_open"

    __slots__ = ("_due",)

    def __init__(self, params: Any) -> None:
        super().__init__(params)
        self._due = NEVER

    def open(self, scene: Scene) -> None:
        """Set the first time."""
        self._due = self.next_after(scene.ts)

    @property
    def due(self) -> int:
        """The next time on the clock, be it that of a holiday."""
        return self._due

    def fire(self, scene: Scene) -> None:
        """Look at what is open."""
        self._due = self.next_after(scene.ts)
        self.found = open_positions(self.forbidden(scene))

    def next_after(self, ts: int) -> int:
        """Return the first time to look at strictly after ``ts``, both ns."""
        raise NotImplementedError

    def forbidden(self, scene: Scene) -> "Iterable[Position]":
        """Return the open positions that should not be, at a time to look at."""
        raise NotImplementedError


def open_positions(held: "Iterable[Position]") -> Measure | None:
    """Measure positions that should not be open, None when there are none."""
    facts: list[dict[str, Any]] = [
        {
            "position_id": position.id,
            "symbol": position.instrument.symbol,
            "qty": text(position.qty),
            "opened_at": instant_text(position.opened_at),
        }
        for position in held
    ]
    if not facts:
        return None
    return Measure(Decimal(len(facts)), Decimal(0), {"positions": facts})
