"""No position may be open at a certain wall-clock time of each day.

    broken when, at the time, a position is open in an instrument the rule concerns

The time is an instant of its own: it comes before every input of that instant, so a position
closed at the very time is too late. On a holiday of the instrument (or of ``market``) the time is
``holiday_at``; without one nothing has to be flat that day, for nothing can be traded.

Source: catalogue section 9, "Flat times".
"""

from typing import TYPE_CHECKING, Literal, Self

from pydantic import model_validator

from rules.conduct.clock_deed import ClockDeed
from rules.conduct.clocks import WEEK, Weekdays, next_at
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.sessions import local_time
from schemas.errors import BadValue
from schemas.fields import Text
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


class FlatTime(ClockDeed):
    """The next flat time of one account."""

    __slots__ = ()

    def forbidden(self, scene: Scene) -> "list[Position]":
        """Return what had to be closed by this time, be it that of a holiday."""
        params = self.params
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
        return held

    def next_after(self, ts: int) -> int:
        """Return the next flat time, on whichever kind of day."""
        usual, early = self.params.at, self.params.holiday_at
        return min(self._next_at(ts, at) for at in (usual, early) if at is not None)

    def _next_at(self, after: int, at: str) -> int:
        return next_at(after, self.params.timezone, at, self.params.days)
