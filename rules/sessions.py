"""Session boundaries: a wall-clock time in an IANA zone, as instants.

A local time that does not exist is shifted by the length of the gap (02:30 becomes 03:30) and an
ambiguous one is the first: exactly what ``zoneinfo`` gives for ``fold=0``. Days of 23 and 25
hours follow by themselves.

>>> prague = Session("Europe/Prague", "02:30")
>>> from schemas.instants import instant_text, parse_instant
>>> instant_text(prague.next_after(parse_instant("2024-03-31T00:00:00Z")))
'2024-03-31T01:30:00Z'

Source: contract section 2, "Session"; zoneinfo documentation, "Using ZoneInfo".
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
_NS = 1_000_000_000
_DAY = timedelta(days=1)
_LAST = 2**63 - 1  # what int64 nanoseconds can name


class Session(NamedTuple):
    """A firm's trading day: the zone and the local time at which it starts.

    A trading week when ``weekday`` says on which day it starts (0 is Monday).
    """

    timezone: str
    reset: str
    weekday: int | None = None

    def next_after(self, ts: int) -> int:
        """Return the first boundary strictly after ``ts`` (both ns since the epoch)."""
        boundary = _following(*self, ts // (3600 * _NS))
        return next(instant for instant in boundary if instant > ts)


@lru_cache(maxsize=65_536)
def _following(timezone: str, reset: str, weekday: int | None, hour: int) -> tuple[int, ...]:
    """Boundaries around one hour of the epoch, enough to hold the next after any instant in it."""
    zone = ZoneInfo(timezone)
    clock = time.fromisoformat(reset)
    today = datetime.fromtimestamp(hour * 3600, zone).date()
    # A day can be missing altogether (Samoa, 2011-12-30), hence three days ahead.
    ahead = 4 if weekday is None else 10
    days = (today + offset * _DAY for offset in range(-1, ahead))
    return tuple(_instant(day, clock, zone) for day in days if weekday in {None, day.weekday()})


def local_time(ts: int, timezone: str) -> datetime:
    """Return what a clock in ``timezone`` shows at ``ts`` (ns), to the second."""
    return datetime.fromtimestamp(ts // _NS, ZoneInfo(timezone))


def days_after(ts: int, days: int, timezone: str) -> int:
    """Return the instant so many calendar days after ``ts``, at the same wall-clock time, ns."""
    local = local_time(ts, timezone)
    instant = _instant(local.date() + days * _DAY, local.time(), ZoneInfo(timezone)) + ts % _NS
    return min(instant, _LAST)


def _instant(day: date, clock: time, zone: ZoneInfo) -> int:
    local = datetime.combine(day, clock, tzinfo=zone)
    since = local.astimezone(_EPOCH.tzinfo) - _EPOCH
    return (since.days * 86_400 + since.seconds) * _NS
