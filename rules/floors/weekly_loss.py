"""An account may not lose more than its allowance within one trading week.

    floor = reference − allowance

Everything is as for the daily loss, over a session that begins on one day of the week. A pause
lasts until that day: the boundaries of the days in between do not end it.

>>> params = WeeklyLossParams(id="week", family="weekly_loss", amount="2500", reset_day="sunday")
>>> params.session(Session("America/Chicago", "17:00")).weekday
6

Source: catalogue section 1, "Weekly limits".
"""

from typing import Literal

from rules.floors.daily_loss import DailyLossFloor, SessionLossParams
from rules.sessions import Session

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class WeeklyLossParams(SessionLossParams):
    """Parameters of ``weekly_loss``; the week starts at the reset time of ``reset_day``."""

    family: Literal["weekly_loss"]
    reset_day: Weekday = "monday"

    def session(self, default: Session) -> Session:
        """Return the rule's week."""
        return super().session(default)._replace(weekday=_DAYS.index(self.reset_day))


class WeeklyLossFloor(DailyLossFloor):
    """The floor of one account's weekly loss rule, and when it moves."""

    __slots__ = ()
