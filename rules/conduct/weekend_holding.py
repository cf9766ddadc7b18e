"""No position may be held over the weekend.

    broken when, at `at` on the last trading day of the week, a position is open

The last trading day is ``day`` (Friday), or, where that is a holiday of the instrument or of
``market``, the day before it.

Source: catalogue section 9, "Weekend".
"""

from datetime import timedelta
from typing import ClassVar, Literal

from rules.api import NEVER
from rules.conduct.clocks import WEEK, Weekday, last_trading_day, next_at
from rules.conduct.common import Deed
from rules.conduct.flat_time import open_positions
from rules.conduct.scene import Scene
from rules.conduct.scope import ScopedParams
from rules.sessions import local_time
from schemas.fields import Text
from schemas.rulesets import TimeOfDay, Zone


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


class WeekendHolding(Deed):
    """The next close of one account's week, looked for day by day: a holiday moves it."""

    metric: ClassVar[str] = "positions_open"

    __slots__ = ("_due",)

    def __init__(self, params: WeekendHoldingParams) -> None:
        super().__init__(params)
        self._due = NEVER

    def open(self, scene: Scene) -> None:
        """Set the first day's close."""
        self._due = self._next(scene.ts)

    @property
    def due(self) -> int:
        """The next day's close."""
        return self._due

    def fire(self, scene: Scene) -> None:
        """Look at what is open, if this is the last trading day of the week."""
        params = self.params
        self._due = self._next(scene.ts)
        today = local_time(scene.ts, params.timezone).date()
        closing = today + timedelta(days=WEEK.index(params.day) - today.weekday())
        self.found = open_positions(
            position
            for position in scene.positions.values()
            if params.concerns(position.instrument.symbol)
            and today
            == last_trading_day(closing, scene.calendar, position.instrument, params.market)
        )

    def _next(self, after: int) -> int:
        days = WEEK[: WEEK.index(self.params.day) + 1]
        return next_at(after, self.params.timezone, self.params.at, days)
