"""Flat at a wall-clock time: the instant itself, changes of the clock, holidays."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

CHICAGO = "America/Chicago"


def flat(**params):
    rule = {"id": "flat", "family": "flat_time", "timezone": CHICAGO, "at": "15:10"}
    return rule | params


def flagged(**params):
    return flat(breach_kind="flag", strikes_to_hard="99", **params)


def opened(rule, at="2024-03-05T15:00:00Z"):
    start = Journal(ruleset(rule), start="2024-01-01T00:00:00Z").open("a", at=at)
    return start.buy("a", "UNIT", "1", "1")


def closed(journal, at):
    return journal.sell("a", "UNIT", "1", "1", at=at)


def holidays(journal, *entries):
    return journal.event("calendar.published", version="1", holidays=list(entries))


def said(journal, engine):
    return [made["ts"] for made in journal.run(engine).of("breach")]


@pytest.mark.parametrize(
    ("at", "breached"),
    [
        ("2024-03-05T21:09:59.999999999Z", False),
        ("2024-03-05T21:10:00Z", True),
        ("2024-03-05T21:10:00.000000001Z", True),
    ],
)
def test_position_when_closed_around_the_time_must_be_closed_before_it(engine, at, breached):
    run = closed(opened(flat()), at).run(engine)
    assert run.rules_breached() == (["flat"] if breached else [])
    if breached:
        made = run.breach("flat")
        assert made["ts"] == "2024-03-05T21:10:00Z"
        assert made["evidence"]["entry"]["kind"] == "timer"
        assert made["evidence"]["facts"]["positions"][0]["position_id"] == "UNIT"


def test_time_when_the_clocks_go_forward_is_an_hour_earlier_in_utc(engine):
    journal = opened(flagged(), "2024-03-08T15:00:00Z").clock(at="2024-03-12T00:00:00Z")
    assert said(journal, engine) == [
        "2024-03-08T21:10:00Z",
        "2024-03-09T21:10:00Z",
        "2024-03-10T20:10:00Z",  # 23 hours later
        "2024-03-11T20:10:00Z",
    ]


def test_time_when_the_clocks_go_back_is_an_hour_later_in_utc(engine):
    journal = opened(flagged(), "2024-11-01T15:00:00Z").clock(at="2024-11-05T00:00:00Z")
    assert said(journal, engine) == [
        "2024-11-01T20:10:00Z",
        "2024-11-02T20:10:00Z",
        "2024-11-03T21:10:00Z",  # 25 hours later
        "2024-11-04T21:10:00Z",
    ]


@pytest.mark.parametrize(
    ("at", "opened_at", "instants"),
    [
        # 02:30 does not exist on 31 March in Prague: it is 03:30 then.
        ("02:30", "2024-03-30T12:00:00Z", ["2024-03-31T01:30:00Z", "2024-04-01T00:30:00Z"]),
        # It comes twice on 27 October: the first counts, and only the first.
        ("02:30", "2024-10-26T12:00:00Z", ["2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z"]),
    ],
)
def test_time_when_skipped_or_repeated_is_once_a_day(engine, at, opened_at, instants):
    rule = flagged(timezone="Europe/Prague", at=at)
    end = instant_text(parse_instant(instants[-1]) + 1)
    assert said(opened(rule, opened_at).clock(at=end), engine) == instants


def test_days_when_named_are_the_only_ones(engine):
    journal = opened(flagged(days=["mon", "wed"]), "2024-03-08T15:00:00Z")
    run = journal.clock(at="2024-03-14T00:00:00Z")
    assert said(run, engine) == ["2024-03-11T20:10:00Z", "2024-03-13T20:10:00Z"]


GOOD_FRIDAY = {"date": "2024-03-29", "title": "Good Friday", "market": "CME"}


def test_holiday_when_it_has_its_time_is_flat_earlier(engine):
    rule = flagged(market="CME", holiday_at="12:00")
    journal = holidays(opened(rule, "2024-03-28T15:00:00Z"), GOOD_FRIDAY)
    run = journal.clock(at="2024-03-30T00:00:00Z")
    assert said(run, engine) == ["2024-03-28T20:10:00Z", "2024-03-29T17:00:00Z"]


def test_holiday_when_closed_asks_for_nothing(engine):
    journal = holidays(opened(flagged(market="CME"), "2024-03-28T15:00:00Z"), GOOD_FRIDAY)
    assert said(journal.clock(at="2024-03-30T00:00:00Z"), engine) == ["2024-03-28T20:10:00Z"]


def test_holiday_when_of_some_instruments_is_theirs_alone(engine):
    day = {"date": "2024-03-29", "title": "closed", "symbols": ["UNIT"]}
    journal = opened(flagged(holiday_at="12:00"), "2024-03-29T14:00:00Z")
    journal.buy("a", "COIN", "1", "1")
    run = holidays(journal, day).clock(at="2024-03-30T00:00:00Z").run(engine)
    found = [
        (made["ts"], made["evidence"]["facts"]["positions"][0]["symbol"])
        for made in run.of("breach")
    ]
    assert found == [("2024-03-29T17:00:00Z", "UNIT"), ("2024-03-29T20:10:00Z", "COIN")]


def test_rule_when_it_only_closes_is_no_violation_that_ends_anything(engine):
    rule = flat(breach_kind="flag", action=["close_positions"])
    run = opened(rule).clock(at="2024-03-06T00:00:00Z").run(engine)
    assert run.of("intervention")[0]["actions"] == ["close_positions"]
    assert run.progress()["state"] == "active"


def test_symbols_when_exempt_may_stay_open(engine):
    run = opened(flat(exempt="UN*")).clock(at="2024-03-09T00:00:00Z").run(engine)
    assert run.rules_breached() == []


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"holiday_at": "15:10:00"}, "holiday_at"),
        ({"holiday_at": "16:00"}, "holiday_at"),
        ({"at": "24:00"}, "at"),
        ({"days": []}, "days"),
        ({"timezone": "Chicago"}, "timezone"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(flat(**params)))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.sampled_from(["Europe/Prague", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe"]),
    st.integers(0, 23),
    st.integers(1, 365),
)
@settings(max_examples=20)
def test_time_when_any_week_of_the_year_comes_is_seen_once_a_day(zone, hour, day):
    """Days of 23 and 25 hours too: a position held for a week is seen seven times."""
    start = parse_instant("2024-01-01T00:00:00Z") + day * 86_400 * 10**9
    rule = flagged(timezone=zone, at=f"{hour:02}:00")
    journal = opened(rule, instant_text(start))
    journal.clock(at=instant_text(start + 7 * 86_400 * 10**9))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert len(runs[0].of("breach")) in {6, 7, 8}
    clocks = [parse_instant(made["ts"]) for made in runs[0].of("breach")]
    gaps = {(b - a) // (1800 * 10**9) for a, b in pairwise(clocks)}
    assert gaps <= {46, 47, 48, 49, 50}
