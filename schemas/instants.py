"""Times as integer nanoseconds since the Unix epoch, UTC, and as ISO-8601 text.

>>> parse_instant("2014-05-02T14:30:00.25+02:00")
1399033800250000000
>>> instant_text(1399033800250000000)
'2014-05-02T12:30:00.25Z'
"""

import re
from datetime import date
from functools import lru_cache

from schemas.errors import BadInstant, quoted

SECOND = 1_000_000_000
DAY = 86_400 * SECOND
_EPOCH = date(1970, 1, 1).toordinal()

# The last instant stays months below 2⁶³ ns, so that the next session boundary always fits too.
MIN_INSTANT = 0
MAX_INSTANT = (date(2262, 1, 1).toordinal() - _EPOCH) * DAY - 1

_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)"
)
_INTEGER = re.compile(r"[0-9]{1,19}")


def parse_instant(value: object) -> int:
    """Read a time: ISO-8601 with an offset or `Z`, or integer nanoseconds since the epoch.

    Returns:
        Nanoseconds since the Unix epoch, from 1970-01-01 to 2261-12-31.

    Raises:
        BadInstant: no offset, not a real date or time, a leap second, a float, out of range.
    """
    if isinstance(value, str):
        match = _ISO.fullmatch(value)
        if match is not None:
            ns = _from_parts(match)
        elif _INTEGER.fullmatch(value):
            ns = int(value)
        else:
            raise BadInstant(_complaint(value))
    elif isinstance(value, int) and not isinstance(value, bool):
        ns = value
    else:
        raise BadInstant(_complaint(value))
    if not MIN_INSTANT <= ns <= MAX_INSTANT:
        msg = f"time must be between 1970 and 2261, was {quoted(value)}"
        raise BadInstant(msg)
    return ns


def instant_text(ns: int) -> str:
    """Write a time as `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, without trailing zeros."""
    seconds, fraction = divmod(ns, SECOND)
    days, second = divmod(seconds, 86_400)
    shown = f"{_day_text(days)}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    if fraction:
        shown += "." + f"{fraction:09}".rstrip("0")
    return shown + "Z"


def _from_parts(match: re.Match[str]) -> int:
    day, hour, minute, second, fraction, sign, off_hour, off_minute = match.groups()
    hours, minutes, seconds = int(hour), int(minute), int(second or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        msg = f"not a time of day, was {quoted(match.string)}"
        raise BadInstant(msg)
    total = hours * 3600 + minutes * 60 + seconds
    if sign is not None:
        ahead_hours, ahead_minutes = int(off_hour), int(off_minute or 0)
        if ahead_hours > 23 or ahead_minutes > 59:
            msg = f"not an offset, was {quoted(match.string)}"
            raise BadInstant(msg)
        ahead = ahead_hours * 3600 + ahead_minutes * 60
        total += ahead if sign == "-" else -ahead
    ns = _day_number(day) * DAY + total * SECOND
    return ns + int(fraction.ljust(9, "0")) if fraction else ns


def _complaint(value: object) -> str:
    return f"time must be ISO-8601 with an offset or Z, or integer nanoseconds, was {quoted(value)}"


# Recordings hold millions of rows of few days: both directions remember the days they have seen.
@lru_cache(maxsize=4096)
def _day_number(day: str) -> int:
    try:
        return date.fromisoformat(day).toordinal() - _EPOCH
    except ValueError:
        msg = f"not a day of the calendar, was {quoted(day)}"
        raise BadInstant(msg) from None


@lru_cache(maxsize=4096)
def _day_text(days: int) -> str:
    return date.fromordinal(days + _EPOCH).isoformat()
