"""Wall-clock times of the week, as rules that keep to a clock need them."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from rules.calendar import Calendar
from rules.conduct.scope import listed
from rules.sessions import Session, local_time
from schemas.errors import BadValue
from schemas.instruments import Instrument

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


def _some(days: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
    if not days or len(set(days)) != len(days):
        raise BadValue("must hold at least one day, and none of them twice")
    return days


Weekdays = Annotated[tuple[Weekday, ...], BeforeValidator(listed), AfterValidator(_some)]


def weekday(day: date) -> Weekday:
    """Name the day of the week.

    >>> weekday(date(2024, 3, 8))
    'fri'
    """
    return WEEK[day.weekday()]


def next_at(after: int, timezone: str, at: str, days: tuple[Weekday, ...]) -> int:
    """Return the first instant strictly after ``after`` (ns) at which a clock shows a time.

    Args:
        after: ns since the epoch.
        timezone: of the clock.
        at: the time it shows; gaps and repeated hours are those of a session boundary.
        days: of the week, at least one.
    """
    session = Session(timezone, at)
    instant = session.next_after(after)
    while weekday(local_time(instant, timezone).date()) not in days:
        instant = session.next_after(instant)
    return instant


def last_trading_day(
    day: date, calendar: Calendar, instrument: Instrument, market: str | None
) -> date | None:
    """Return the last of the days up to ``day`` that is no holiday, within one week.

    None when all of them are: then nothing was traded that week.
    """
    for back in range(day.weekday() + 1):
        candidate = day - back * _DAY
        if calendar.holiday(instrument, candidate, market) is None:
            return candidate
    return None
