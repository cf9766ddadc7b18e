"""No position may be open at a certain wall-clock time of each day.

    broken when, at the time, a position is open in an instrument the rule concerns

The time is an instant of its own: it comes before every input of that instant, so a position
closed at the very time is too late. On a holiday of the instrument (or of ``market``) the time is
``holiday_at``; without one nothing has to be flat that day, for nothing can be traded.

Source: catalogue section 9, "Flat times".
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import model_validator

from rules.api import NEVER
from rules.conduct.clocks import WEEK, Weekdays, next_at
from rules.conduct.common import Deed, Measure
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.sessions import local_time
from schemas.errors import BadValue
from schemas.fields import Text
from schemas.instants import instant_text
from schemas.money import text
from schemas.rulesets import TimeOfDay, Zone, parse_time_of_day

if TYPE_CHECKING:
    from rules.reference.positions import Position


class FlatTimeParams(ScopedParams):
    """Parameters of ``flat_time``.

    Attributes:
        timezone: IANA zone of the clock.
        at: the time by which all must be closed.
        days: of the week, on that clock.
        holiday_at: the time on a holiday; must not be later than ``at``.
        market: whose holidays those are, besides the instrument's own.
    """

    family: Literal["flat_time"]
    timezone: Zone
    at: TimeOfDay
    days: Weekdays = WEEK
    holiday_at: TimeOfDay | None = None
    market: Text | None = None

    @model_validator(mode="after")
    def _holiday_is_earlier(self) -> Self:
        early = self.holiday_at
        if early is not None and parse_time_of_day(early) >= parse_time_of_day(self.at):
            raise BadValue("must be earlier than `at`", "holiday_at")
        return self


class FlatTime(Deed):
    """The next flat time of one account."""

    metric: ClassVar[str] = "positions_open"

    __slots__ = ("_due",)

    def __init__(self, params: FlatTimeParams) -> None:
        super().__init__(params)
        self._due = NEVER

    def open(self, scene: Scene) -> None:
        """Set the first time."""
        self._due = self._next(scene.ts)

    @property
    def due(self) -> int:
        """The next time on the clock, be it that of a holiday."""
        return self._due

    def fire(self, scene: Scene) -> None:
        """Look at what is open."""
        params = self.params
        self._due = self._next(scene.ts)
        usual = scene.ts == self._next_at(scene.ts - 1, params.at)
        early = params.holiday_at is not None and scene.ts == self._next_at(
            scene.ts - 1, params.holiday_at
        )
        day = local_time(scene.ts, params.timezone).date()
        held = []
        for position in scene.positions.values():
            item = position.instrument
            holiday = scene.calendar.holiday(item, day, params.market) is not None
            if params.concerns(item.symbol) and (early if holiday else usual):
                held.append(position)
        self.found = open_positions(held)

    def _next(self, after: int) -> int:
        usual, early = self.params.at, self.params.holiday_at
        return min(self._next_at(after, at) for at in (usual, early) if at is not None)

    def _next_at(self, after: int, at: str) -> int:
        return next_at(after, self.params.timezone, at, self.params.days)


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
