from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadInstant
from schemas.instants import MAX_INSTANT, SECOND, instant_text, parse_instant
from schemas.json_text import Number

instants = st.integers(0, MAX_INSTANT)


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00.000000001z", 1),
        ("2014-05-02 12:30:00.25+00:00", 1399033800250000000),
        ("2014-05-02T14:30:00.25+02:00", 1399033800250000000),
        ("2014-05-02T14:30:00,25+0200", 1399033800250000000),
        ("2014-05-02T14:30+02", 1399033800 * SECOND),
        ("2014-05-02T07:30:00-05:00", 1399033800 * SECOND),
        ("1969-12-31T19:00:00-05:00", 0),
        ("1399033800250000000", 1399033800250000000),
        (Number("1399033800250000000"), 1399033800250000000),
        (1399033800250000000, 1399033800250000000),
        ("2024-02-29T00:00:00Z", 1709164800 * SECOND),
    ],
)
def test_parse_instant_when_a_time_reads_it_to_the_nanosecond(value, ns):
    assert parse_instant(value) == ns


@pytest.mark.parametrize(
    "bad",
    [
        "2014-05-02T12:30:00",
        "2014-05-02",
        "2014-05-02Z",
        "2014-02-30T00:00:00Z",
        "2014-13-01T00:00:00Z",
        "2014-05-02T24:00:00Z",
        "2014-05-02T12:60:00Z",
        "2014-05-02T23:59:60Z",
        "2014-05-02T12:30:00+24:00",
        "2014-05-02T12:30:00+01:60",
        "2014-05-02T12:30:00.Z",
        "2014-05-02T12:30:00.1234567890Z",
        "2014-05-02T12:30:00Z\n",
        " 2014-05-02T12:30:00Z",
        "\u0662\u066014-05-02T12:30:00Z",
        "1969-12-31T23:59:59Z",
        "2262-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "-1",
        "1e18",
        "1.5",
        "",
        "99999999999999999999",
        -1,
        2**63,
        10**4000,
        1.5,
        True,
        None,
        {},
    ],
)
def test_parse_instant_when_no_time_refuses_it(bad):
    with pytest.raises(BadInstant) as refused:
        parse_instant(bad)
    assert refused.value.code == "bad_ts"


@pytest.mark.parametrize(
    ("ns", "shown"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (100_000_000, "1970-01-01T00:00:00.1Z"),
        (MAX_INSTANT, "2261-12-31T23:59:59.999999999Z"),
    ],
)
def test_instant_text_when_written_has_no_trailing_zeros(ns, shown):
    assert instant_text(ns) == shown


@given(instants)
def test_instants_when_written_and_read_are_the_same_nanosecond(ns):
    assert parse_instant(instant_text(ns)) == ns
    assert parse_instant(str(ns)) == ns


@given(instants, instants)
def test_instant_texts_when_of_whole_seconds_sort_as_the_instants(one, other):
    one, other = one // SECOND * SECOND, other // SECOND * SECOND
    assert (instant_text(one) < instant_text(other)) == (one < other)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2261, 1, 1)),  # noqa: DTZ001 - the offset is drawn
    st.integers(-23 * 60, 23 * 60),
)
def test_parse_instant_when_isoformat_agrees_with_the_standard_library(local, minutes):
    moment = local.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    expected = (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000
    assert parse_instant(moment.isoformat()) == expected
