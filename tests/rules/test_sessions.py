"""Contract section 2, "Session": boundaries as instants."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.sessions import Session
from schemas.instants import SECOND, instant_text, parse_instant

ZONES = [
    "UTC",
    "Etc/GMT-3",
    "Europe/Prague",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Chisinau",
    "America/New_York",
    "America/Chicago",
    "America/Sao_Paulo",
    "America/Asuncion",
    "America/Santiago",
    "America/Havana",
    "America/St_Johns",
    "America/Nuuk",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Asia/Ulaanbaatar",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Norfolk",
]


def following(session, start, count):
    """The next so many boundaries after a time."""
    ts, found = parse_instant(start), []
    for _ in range(count):
        ts = session.next_after(ts)
        found.append(instant_text(ts))
    return found


@pytest.mark.parametrize(
    ("zone", "reset", "after", "boundaries"),
    [
        # A day of 23 hours, then one of 25.
        (
            "Europe/Prague",
            "00:00",
            "2024-03-30T12:00:00Z",
            ["2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z", "2024-04-01T22:00:00Z"],
        ),
        (
            "Europe/Prague",
            "00:00",
            "2024-10-26T12:00:00Z",
            ["2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", "2024-10-28T23:00:00Z"],
        ),
        # 02:30 does not exist: 03:30 summer time.
        (
            "Europe/Prague",
            "02:30",
            "2024-03-30T12:00:00Z",
            ["2024-03-31T01:30:00Z", "2024-04-01T00:30:00Z"],
        ),
        (
            "America/New_York",
            "02:30",
            "2024-03-09T12:00:00Z",
            ["2024-03-10T07:30:00Z", "2024-03-11T06:30:00Z"],
        ),
        # 02:30 comes twice: the first, in summer time, and only that.
        (
            "Europe/Prague",
            "02:30",
            "2024-10-26T12:00:00Z",
            ["2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z"],
        ),
        (
            "America/New_York",
            "01:30",
            "2024-11-02T12:00:00Z",
            ["2024-11-03T05:30:00Z", "2024-11-04T06:30:00Z"],
        ),
        # The clock moves by half an hour: 02:15 becomes 02:45, and 01:45 comes twice.
        ("Australia/Lord_Howe", "02:15", "2024-10-05T00:00:00Z", ["2024-10-05T15:45:00Z"]),
        (
            "Australia/Lord_Howe",
            "01:45",
            "2024-04-06T00:00:00Z",
            ["2024-04-06T14:45:00Z", "2024-04-07T15:15:00Z"],
        ),
        # Midnight itself does not exist.
        (
            "America/Sao_Paulo",
            "00:00",
            "2018-11-03T12:00:00Z",
            ["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"],
        ),
        # A gap at the end of the day reaches into the next: 23:45 becomes 00:45.
        ("America/Scoresbysund", "23:30", "2024-03-30T12:00:00Z", ["2024-03-31T00:30:00Z"]),
        # A whole day is missing.
        (
            "Pacific/Apia",
            "00:00",
            "2011-12-28T12:00:00Z",
            ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"],
        ),
        # 17:00 in New York is 22:00 or 21:00, by American dates.
        ("America/New_York", "17:00", "2024-03-08T12:00:00Z", ["2024-03-08T22:00:00Z"]),
        ("America/New_York", "17:00", "2024-03-10T12:00:00Z", ["2024-03-10T21:00:00Z"]),
        ("Asia/Kathmandu", "00:00:15", "2024-03-08T18:15:14Z", ["2024-03-08T18:15:15Z"]),
    ],
)
def test_boundaries_when_clocks_change_are_the_firms_wall_clock(zone, reset, after, boundaries):
    assert following(Session(zone, reset), after, len(boundaries)) == boundaries


@pytest.mark.parametrize(
    ("after", "boundary"),
    [
        ("2024-03-05T22:59:59.999999999Z", "2024-03-05T23:00:00Z"),
        ("2024-03-05T23:00:00Z", "2024-03-06T23:00:00Z"),
        ("2024-03-05T23:00:00.000000001Z", "2024-03-06T23:00:00Z"),
    ],
)
def test_next_when_asked_on_a_boundary_is_the_following_one(after, boundary):
    assert following(Session("Europe/Prague", "00:00"), after, 1) == [boundary]


def instant_of(zone, day, clock):
    """By search instead of `fold`: the first instant that reads so, or the gap's far side."""
    wall = datetime.combine(day, clock)
    around = [wall.replace(tzinfo=UTC) + timedelta(days=shift) for shift in (-1, 1)]
    offsets = [moment.astimezone(zone).utcoffset() for moment in around]
    readings = [wall.replace(tzinfo=UTC) - offset for offset in offsets]
    real = [moment for moment in readings if moment.astimezone(zone).replace(tzinfo=None) == wall]
    return min(real) if real else readings[0]


@given(
    st.sampled_from(ZONES),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.dates(date(2015, 1, 1), date(2035, 1, 1)),
)
@example("Europe/Prague", time(2, 30), date(2024, 3, 1))
@example("Africa/Cairo", time(0, 0), date(2024, 4, 1))
@example("Africa/Casablanca", time(2, 30), date(2024, 3, 1))
@example("America/Asuncion", time(0, 0), date(2024, 9, 20))
@example("Antarctica/Troll", time(1, 30), date(2024, 3, 20))
def test_boundaries_when_walked_for_months_are_one_a_day_at_the_reset_time(zone, clock, start):
    session, tz = Session(zone, f"{clock:%H:%M}"), ZoneInfo(zone)
    days = [start + timedelta(days=count) for count in range(100)]
    expected = sorted({instant_of(tz, day, clock) for day in days})
    ts = int((expected[0] - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * SECOND
    walked = [ts]
    for _ in expected[1:]:
        walked.append(session.next_after(walked[-1]))
    assert [instant_text(at) for at in walked] == [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in expected]
    assert all(before < after for before, after in pairwise(walked))


@given(
    st.sampled_from(ZONES),
    st.integers(0, 24 * 60 - 1),
    st.integers(parse_instant("2015-01-01T00:00:00Z"), parse_instant("2035-01-01T00:00:00Z")),
)
def test_next_when_asked_anywhere_is_after_it_and_the_same_until_then(zone, minute, ts):
    session = Session(zone, f"{minute // 60:02}:{minute % 60:02}")
    boundary = session.next_after(ts)
    assert ts < boundary <= ts + 27 * 3600 * SECOND
    assert session.next_after(boundary - 1) == boundary
    assert session.next_after((ts + boundary) // 2) == boundary
