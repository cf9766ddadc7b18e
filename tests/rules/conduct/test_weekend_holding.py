"""Held over the weekend: the last trading day, which a holiday moves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

NEW_YORK = "America/New_York"
HOUR = 3600 * 10**9


def weekend(**params):
    rule = {"id": "weekend", "family": "weekend_holding", "timezone": NEW_YORK, "at": "15:45"}
    return rule | params


def opened(rule, at="2024-03-04T15:00:00Z"):
    start = Journal(ruleset(rule), start="2024-01-01T00:00:00Z").open("a", at=at)
    return start.buy("a", "UNIT", "1", "1")


def holidays(journal, *days, **closed):
    entries = [{"date": day, "title": "closed", **closed} for day in days]
    return journal.event("calendar.published", version="1", holidays=entries)


def said(journal, engine):
    return [made["ts"] for made in journal.run(engine).of("breach")]


@pytest.mark.parametrize(
    ("at", "breaches"),
    [
        ("2024-03-08T20:44:59.999999999Z", []),
        ("2024-03-08T20:45:00Z", ["2024-03-08T20:45:00Z"]),
        ("2024-03-11T09:00:00Z", ["2024-03-08T20:45:00Z"]),
    ],
)
def test_position_when_closed_around_friday_must_be_closed_before_the_time(engine, at, breaches):
    assert said(opened(weekend()).sell("a", "UNIT", "1", "1", at=at), engine) == breaches


def test_trade_when_held_monday_to_thursday_is_over_no_weekend(engine):
    journal = opened(weekend()).sell("a", "UNIT", "1", "1", at="2024-03-07T20:00:00Z")
    assert said(journal.clock(at="2024-03-12T00:00:00Z"), engine) == []


@pytest.mark.parametrize(
    ("days", "instant"),
    [
        ((), "2024-03-29T19:45:00Z"),
        (("2024-03-29",), "2024-03-28T19:45:00Z"),  # Good Friday: Thursday closes the week
        (("2024-03-29", "2024-03-28"), "2024-03-27T19:45:00Z"),
        (("2024-03-28",), "2024-03-29T19:45:00Z"),
    ],
)
def test_holiday_when_on_friday_moves_the_close_to_the_day_before(engine, days, instant):
    rule = weekend(market="NYSE", breach_kind="flag", strikes_to_hard="9")
    journal = opened(rule, "2024-03-25T15:00:00Z")
    journal = holidays(journal, *days, market="NYSE").clock(at="2024-03-31T00:00:00Z")
    assert said(journal, engine) == [instant]


def test_holiday_when_of_another_market_moves_nothing(engine):
    journal = holidays(opened(weekend(), "2024-03-25T15:00:00Z"), "2024-03-29", market="NYSE")
    assert said(journal.clock(at="2024-03-31T00:00:00Z"), engine) == ["2024-03-29T19:45:00Z"]


def test_holiday_when_of_an_instrument_moves_its_close(engine):
    journal = holidays(opened(weekend(), "2024-03-25T15:00:00Z"), "2024-03-29", symbols=["UNIT"])
    assert said(journal.clock(at="2024-03-31T00:00:00Z"), engine) == ["2024-03-28T19:45:00Z"]


def test_week_when_all_holidays_has_no_close(engine):
    days = [f"2024-03-{day}" for day in range(25, 30)]
    journal = holidays(opened(weekend(), "2024-03-24T15:00:00Z"), *days, symbols=["UNIT"])
    assert said(journal.clock(at="2024-03-31T00:00:00Z"), engine) == []


def test_week_when_it_ends_on_another_day_closes_then(engine):
    journal = opened(weekend(day="thu")).clock(at="2024-03-10T00:00:00Z")
    assert said(journal, engine) == ["2024-03-07T20:45:00Z"]


def test_symbols_when_exempt_may_be_held(engine):
    journal = opened(weekend(exempt=["UNIT"])).buy("a", "COIN", "1", "1")
    made = journal.clock(at="2024-03-10T00:00:00Z").run(engine).breach("weekend")
    assert [held["symbol"] for held in made["evidence"]["facts"]["positions"]] == ["COIN"]


def test_breach_when_soft_asks_for_closing_only(engine):
    rule = weekend(breach_kind="flag", action=["close_positions", "notify"])
    run = opened(rule).clock(at="2024-03-10T00:00:00Z").run(engine)
    assert run.of("intervention")[0]["actions"] == ["close_positions", "notify"]
    assert run.moves() == []


@pytest.mark.parametrize(("params", "path"), [({"day": "friday"}, "day"), ({"at": "5pm"}, "at")])
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(weekend(**params)))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.integers(0, 24 * 28), st.integers(1, 24 * 12))
@settings(max_examples=25)
def test_position_when_held_at_will_is_seen_on_every_friday_it_is_open(start, hours):
    fridays = ["2024-03-01", "2024-03-08", "2024-03-15", "2024-03-22", "2024-03-29", "2024-04-05"]
    closes = [parse_instant(f"{day}T20:45:00Z") - HOUR * (day > "2024-03-10") for day in fridays]
    begin = parse_instant("2024-03-01T00:00:00Z") + start * HOUR
    end = begin + hours * HOUR
    rule = weekend(breach_kind="flag", strikes_to_hard="99")
    journal = opened(rule, instant_text(begin)).tick("UNIT", "1")
    journal.sell("a", "UNIT", "1", "1", at=instant_text(end))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    # The position opens a second after the account.
    wanted = [instant_text(ts) for ts in closes if begin + 10**9 < ts <= end]
    assert [made["ts"] for made in runs[0].of("breach")] == wanted
