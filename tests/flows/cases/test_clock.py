"""Labels and named clocks of cases, as instants."""

from datetime import time

import pytest

from flows.cases.clock import MINUTE, clock_of, read_label
from flows.cases.document import NotSupported
from schemas.instants import instant_text


def boundary(label, *, ends_day=False, now=0, **params):
    clock = clock_of(params)
    return instant_text(clock.boundary(read_label(label), now, ends_day=ends_day))


PRAGUE = {"reset_tz": "Europe/Prague", "reset_time": "00:00"}
CHICAGO = {"tz": "America/Chicago", "time": "16:00"}
SERVER = {"reset_tz": "server UTC+2/+3 (DST)", "reset_time": "00:00"}


@pytest.mark.parametrize(
    ("label", "ends_day", "params", "at"),
    [
        ("D1 00:00", False, PRAGUE, "2024-01-14T23:00:00Z"),
        ("D1", False, PRAGUE, "2024-01-14T23:00:00Z"),
        ("D1", True, PRAGUE, "2024-01-15T23:00:00Z"),
        ("D2", True, CHICAGO, "2024-01-16T22:00:00Z"),
        ("D2 15:59", True, CHICAGO, "2024-01-16T22:00:00Z"),
        ("D1 00:00", False, SERVER, "2024-01-14T22:00:00Z"),  # 17:00 in New York
        ("D200", False, SERVER, "2024-07-31T21:00:00Z"),  # 17:00 there in summer
        ("D1", False, {"reset_tz": "UTC+2"}, "2024-01-14T22:00:00Z"),
        ("D1", False, {"reset_tz": "UTC-5"}, "2024-01-15T05:00:00Z"),
        ("D1", False, {"reset_tz": "firm_server"}, "2024-01-15T00:00:00Z"),
        ("Wed", False, {}, "2024-01-17T00:00:00Z"),
        ("2023-03-14", False, PRAGUE, "2023-03-13T23:00:00Z"),
    ],
)
def test_boundary_when_labelled_is_that_of_the_firms_clock(label, ends_day, params, at):
    assert boundary(label, ends_day=ends_day, **params) == at


def test_boundary_when_already_past_is_the_next_one():
    clock = clock_of(PRAGUE)
    now = clock.boundary(read_label("D5"), 0, ends_day=False)
    assert boundary("D3", now=now, **PRAGUE) == "2024-01-19T23:00:00Z"
    assert boundary("b", now=now, **PRAGUE) == "2024-01-19T23:00:00Z"


def test_moment_when_a_label_tells_only_an_order_comes_a_minute_later():
    assert clock_of({}).moment(read_label("b"), 5) == 5 + MINUTE


def test_moment_when_a_label_has_only_a_time_is_the_next_such():
    clock = clock_of({})
    noon = clock.moment(read_label("12:00"), 0)
    assert instant_text(noon) == "1970-01-01T12:00:00Z"
    assert instant_text(clock.moment(read_label("12:00"), noon)) == "1970-01-02T12:00:00Z"


@pytest.mark.parametrize("label", ["W2", "M4", "three days on", "D1 25:00", "Apr-01", "D1 lunch"])
def test_label_when_of_no_known_form_is_not_supported(label):
    with pytest.raises(NotSupported):
        read_label(label)


def test_label_when_it_names_a_part_of_the_day_has_its_time():
    assert read_label("D1 start").time == time(0)
    assert read_label("D1 close").time == time(23, 59)


@pytest.mark.parametrize("zone", ["Mars", "UTC+5:30", "UTC+2/+4", ""])
def test_clock_when_not_known_is_not_supported(zone):
    with pytest.raises(NotSupported):
        clock_of({"reset_tz": zone})
