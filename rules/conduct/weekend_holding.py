"""No position may be held over the weekend.

    broken when, at `at` on the last trading day of the week, a position is open

The last trading day is ``day`` (Friday), or, where that is a holiday of the instrument or of
``market``, the day before it.

Source: catalogue section 9, "Weekend".
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from rules.conduct.clock_deed import ClockDeed
from rules.conduct.clocks import WEEK, Weekday, last_trading_day, next_at
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.sessions import local_time
from schemas.fields import Text
from schemas.rulesets import TimeOfDay, Zone

if TYPE_CHECKING:
    from rules.reference.positions import Position


class WeekendHoldingParams(ScopedParams):
    """Parameters of ``weekend_holding``.

    Attributes:
        timezone: IANA zone of the clock.
        at: the time by which all must be closed.
        day: the last day of the trading week.
        market: whose holidays count, besides the instrument's own.
    """

    family: Literal["weekend_holding"]
    timezone: Zone
    at: TimeOfDay
    day: Weekday = "fri"
    market: Text | None = None


class WeekendHolding(ClockDeed):
    """The next close of one account's week, looked for day by day: a holiday moves it."""

    __slots__ = ()

    def forbidden(self, scene: Scene) -> "list[Position]":
        """Return what is open, if this is the last trading day of its week."""
        params = self.params
        today = local_time(scene.ts, params.timezone).date()
        closing = today + timedelta(days=WEEK.index(params.day) - today.weekday())
        return [
            position
            for position in scene.positions.values()
            if params.concerns(position.instrument.symbol)
            and today
            == last_trading_day(closing, scene.calendar, position.instrument, params.market)
        ]

    def next_after(self, ts: int) -> int:
        """Return the close of the next day that may be the last of its week."""
        days = WEEK[: WEEK.index(self.params.day) + 1]
        return next_at(ts, self.params.timezone, self.params.at, days)
