"""When the events of a case happen: its labels on a real calendar, in its rule's zone.

Day 1 is a Monday in January, far from any change of clocks. A label without a day only says that
the event comes after the one before it.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from flows.cases.document import NotSupported
from rules.sessions import Session
from schemas.errors import InputError
from schemas.rulesets import check_zone, parse_time_of_day

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
DAY_ONE = date(2024, 1, 15)
MIDNIGHT, NOON = time(0), time(12)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

# Clocks that firms name without meaning the zone of that name (catalogue, section 17).
_NAMED = {
    "firm_server": "UTC",
    "server": "UTC",
    "server time": "UTC",
    "platform": "UTC",
    "broker": "UTC",
    "utc day": "UTC",
    "gmt": "UTC",
    "exchange day": "America/Chicago",
    "exchange": "America/Chicago",
    "exchange session": "America/Chicago",
    "cme": "America/Chicago",
    "chicago": "America/Chicago",
    "ct": "America/Chicago",
    "cst": "America/Chicago",
    "et": "America/New_York",
    "est": "America/New_York",
    "ny": "America/New_York",
    "new york": "America/New_York",
    "edt": "America/New_York",
    "cdt": "America/Chicago",
    "prague": "Europe/Prague",
    "london": "Europe/London",
    "cet": "Europe/Prague",
    "cest": "Europe/Prague",
    "ce(s)t": "Europe/Prague",
}
# A server on UTC+2, in summer UTC+3, changes its clocks with New York and is 7 hours ahead of it.
_SERVER = re.compile(r"(?:server\s*)?(?:utc|gmt)\s*\+2\b[^/]*/\s*(?:utc|gmt)?\s*\+3\b.*")
_EUROPEAN = re.compile(r"\b(?:eu|european?)\b")
_AHEAD_OF_NEW_YORK = timedelta(hours=7)
_OFFSET = re.compile(r"(?:server\s*)?(?:utc|gmt)\s*([+-])\s*(\d{1,2})(?::00)?(?:\s+fixed)?")

_DAY = (
    r"(?:d(?:ay)?\s*(?P<day>\d{1,3})|(?P<weekday>mon|tue|wed|thu|fri|sat|sun)"
    r"|(?P<date>\d{4}-\d\d-\d\d))"
)
_TIME = r"(?P<time>\d\d:\d\d(?::\d\d)?|start|open|noon|close|end|eod)"
_LABEL = re.compile(rf"{_DAY}(?:\s+{_TIME})?", re.IGNORECASE)
# Labels that only tell an order; weeks, months and the like would tell more.
_NO_DAY = re.compile(
    r"[a-z]|[a-cefgijklnopr-vxz]\d{1,2}|\d{1,2}(?:st|nd|rd|th)?|sum|end|start|payout|cycle"
    r"|d[xkn](?:\s+\d\d:\d\d)?|",
    re.IGNORECASE,
)
_TIME_ONLY = re.compile(r"\d\d:\d\d(?::\d\d)?")
_PART_OF_DAY = {
    "start": "00:00",
    "open": "00:00",
    "noon": "12:00",
    "close": "23:59",
    "end": "23:59",
    "eod": "23:59",
}


class Label(NamedTuple):
    """What a label says about its time; ``None`` where it says nothing."""

    day: date | None
    time: time | None


class Clock(NamedTuple):
    """A firm's clock: a zone, and how far its own clock is ahead of the zone's."""

    zone: str
    ahead: timedelta
    session: Session

    def instant(self, day: date, at: time) -> int:
        """Return an instant of the firm's clock, ns."""
        local = datetime.combine(day, at) - self.ahead
        since = local.replace(tzinfo=ZoneInfo(self.zone)).timestamp()
        return int(since) * SECOND

    # The next instant at which the firm's clock shows a time.
    def _next_at(self, at: time, now: int) -> int:
        local = datetime.fromtimestamp(now // SECOND, ZoneInfo(self.zone)) + self.ahead
        days = (local.date() + timedelta(days=ahead) for ahead in range(3))
        return next(ts for day in days if (ts := self.instant(day, at)) > now)

    def shows(self, ts: int) -> str:
        """Return what the firm's clock shows, ``HH:MM``."""
        local = datetime.fromtimestamp(ts // SECOND, ZoneInfo(self.zone)) + self.ahead
        return f"{local:%H:%M}"

    def boundaries_through(self, last: int, count: int) -> list[int]:
        """Return the last ``count`` boundaries up to, and with, the boundary ``last``."""
        found = [self.session.next_after(last - (count + 2) * 24 * 60 * MINUTE)]
        while found[-1] < last:
            found.append(self.session.next_after(found[-1]))
        return found[-count:]

    def next_boundary(self, ts: int) -> int:
        """Return the first session boundary after ``ts``."""
        return self.session.next_after(ts)

    def moment(self, label: "Label", now: int) -> int:
        """Return when an event happens: at its time (noon if it has none), and after ``now``."""
        if label.day is None:
            return now + MINUTE if label.time is None else self._next_at(label.time, now)
        return max(now + MINUTE, self.instant(label.day, label.time or NOON))

    def boundary(self, label: "Label", now: int, *, ends_day: bool) -> int:
        """Return the session boundary an event stands for, leaving time before it.

        A day's reset is its boundary at or after its first instant; its end the one after that
        instant.
        """
        earliest = now + 2 * MINUTE
        if label.day is not None:
            start = self.instant(label.day, label.time or MIDNIGHT)
            earliest = max(earliest, start + (ends_day and label.time is None))
        return self.session.next_after(earliest - 1)


def clock_of(params: Mapping[str, Any]) -> Clock:
    """Return the clock of a case: ``reset_tz`` and ``reset_time``, or ``tz`` and ``time``.

    Raises:
        NotSupported: a clock that is not known.
    """
    named = str(params.get("reset_tz", params.get("tz", "UTC")))
    reset = str(params.get("reset_time", params.get("time", "00:00")))
    zone, ahead = _zone(named)
    try:
        seconds = parse_time_of_day(reset)
    except InputError:
        raise NotSupported(f"reset time {reset!r}") from None
    shifted = (seconds - int(ahead.total_seconds())) % 86_400
    text = f"{shifted // 3600:02}:{shifted // 60 % 60:02}:{shifted % 60:02}"
    return Clock(zone, ahead, Session(zone, text))


def read_label(label: str) -> Label:
    """Read the label of an event.

    Raises:
        NotSupported: it is of no known form.
    """
    text = label.strip()
    match = _LABEL.fullmatch(text)
    if match is None:
        if _TIME_ONLY.fullmatch(text):
            return Label(None, _time(text))
        if _NO_DAY.fullmatch(text):
            return Label(None, None)
        raise NotSupported(f"time {label!r}")
    at = match["time"]
    clock = None if at is None else _time(_PART_OF_DAY.get(at.lower(), at))
    if match["date"]:
        return Label(date.fromisoformat(match["date"]), clock)
    weekday = match["weekday"]
    days = _WEEKDAYS.index(weekday.lower()) if weekday else int(match["day"]) - 1
    return Label(DAY_ONE + timedelta(days=days), clock)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise NotSupported(f"time {text!r}") from None


def _zone(named: str) -> tuple[str, timedelta]:
    text = named.strip().lower()
    if _SERVER.fullmatch(text) and _EUROPEAN.search(text):
        return "Europe/Athens", timedelta(0)
    if _SERVER.fullmatch(text):
        return "America/New_York", _AHEAD_OF_NEW_YORK
    if text in _NAMED:
        return _NAMED[text], timedelta(0)
    offset = _OFFSET.fullmatch(text)
    if offset is not None:
        hours = int(offset[2])
        # The names of fixed zones count the other way round: Etc/GMT-2 is two hours ahead.
        sign = "-" if offset[1] == "+" else "+"
        return ("UTC" if not hours else f"Etc/GMT{sign}{hours}"), timedelta(0)
    try:
        return check_zone(named.strip()), timedelta(0)
    except InputError:
        raise NotSupported(f"clock {named!r}") from None
