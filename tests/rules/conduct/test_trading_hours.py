"""Hours of the week on a firm's clock, through both changes of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.conduct.trading_hours import TradingHoursParams
from schemas.errors import InputError
from schemas.fields import parse_model
from schemas.instants import SECOND, parse_instant
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

DAY = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:30", "to": "16:00"}


def hours(*windows, timezone="America/New_York", **params):
    rule = {"id": "hours", "family": "trading_hours", "timezone": timezone, **params}
    return {**rule, "windows": list(windows or (DAY,))}


def bought(rule, at, **more):
    return Journal(ruleset(rule), start="2024-01-02T00:00:00Z").open("a").buy(
        "a", "UNIT", "1", "1", at=at, **more
    )  # fmt: skip


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2024-03-05T14:29:59.999999999Z", False),
        ("2024-03-05T14:30:00Z", True),
        ("2024-03-05T20:59:59.999999999Z", True),
        ("2024-03-05T21:00:00Z", False),
        ("2024-03-09T15:00:00Z", False),  # a Saturday
        ("2024-03-11T13:30:00Z", True),  # after the clocks of New York went forward
        ("2024-03-11T13:29:59.999999999Z", False),
        ("2024-11-01T13:30:00Z", True),
        ("2024-11-04T13:30:00Z", False),  # after they went back
        ("2024-11-04T14:30:00Z", True),
    ],
)
def test_fill_when_outside_the_hours_is_a_breach(engine, at, inside):
    assert bought(hours(), at).run(engine).rules_breached() == ([] if inside else ["hours"])


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        ("2024-03-08T21:59:59Z", False),
        ("2024-03-08T22:00:00Z", True),  # Friday evening
        ("2024-03-09T01:59:59Z", True),  # belongs to Friday
        ("2024-03-09T02:00:00Z", False),
        ("2024-03-09T22:30:00Z", False),  # Saturday has no window
        ("2024-03-08T01:00:00Z", False),  # neither has Thursday
    ],
)
def test_window_when_it_ends_before_it_starts_reaches_into_the_next_day(engine, at, inside):
    night = {"days": "fri", "from": "22:00", "to": "02:00"}
    run = bought(hours(night, timezone="UTC"), at).run(engine)
    assert run.rules_breached() == ([] if inside else ["hours"])


def test_breach_when_made_shows_the_clock(engine):
    made = bought(hours(), "2024-03-05T21:00:00Z").run(engine).breach("hours")
    assert made["evidence"]["facts"] == {
        "symbol": "UNIT",
        "fill_id": "f2",
        "local_time": "2024-03-05T16:00:00-05:00",
    }


@pytest.mark.parametrize(
    ("fills", "breaches"), [("opening", ["f2"]), ("closing", ["f3"]), ("all", ["f2", "f3"])]
)
def test_fills_when_of_the_kind_that_counts_are_judged(engine, fills, breaches):
    rule = hours(fills=fills, breach_kind="flag", strikes_to_hard="9")
    journal = bought(rule, "2024-03-05T21:00:00Z").sell("a", "UNIT", "1", "1")
    found = [made["evidence"]["facts"]["fill_id"] for made in journal.run(engine).of("breach")]
    assert found == breaches


def test_symbols_when_exempt_trade_at_any_hour(engine):
    late = "2024-03-05T23:00:00Z"
    assert bought(hours(exempt="UN*"), late).run(engine).rules_breached() == []
    assert bought(hours(symbols="COIN"), late).run(engine).rules_breached() == []
    assert bought(hours(symbols=["UNIT"]), late).run(engine).rules_breached() == ["hours"]


def test_orders_when_judged_count_when_they_are_placed(engine):
    fields = {"symbol": "UNIT", "side": "buy", "qty": "1", "order_type": "limit", "price": "1"}
    for orders in ("ignored", "judged"):
        journal = Journal(ruleset(hours(orders=orders))).open("a", at="2024-03-05T22:00:00Z")
        run = journal.event("order.placed", account_id="a", order_id="o", **fields).run(engine)
        assert bool(run.rules_breached()) == (orders == "judged")


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"windows": []}, "windows"),
        ({"windows": [{**DAY, "days": []}]}, "windows.0.days"),
        ({"windows": [{**DAY, "days": ["mon", "mon"]}]}, "windows.0.days"),
        ({"windows": [{**DAY, "days": ["monday"]}]}, "windows.0.days.0"),
        ({"windows": [{**DAY, "from": "9:30"}]}, "windows.0.from"),
        ({"windows": [{**DAY, "until": "17:00"}]}, "windows.0.until"),
        ({"timezone": "EST5"}, "timezone"),
        ({"fills": "some"}, "fills"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(hours() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.integers(0, 86_399), st.integers(0, 86_399), st.integers(0, 86_399), st.integers(4, 10))
@settings(max_examples=60)
def test_windows_when_turned_around_are_open_when_the_other_is_closed(start, end, second, day):
    """Every day, from `start` to `end` and from `end` to `start` make up the whole week."""
    times = [f"{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02}" for at in (start, end)]
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    ts = parse_instant(f"2024-03-{day:02}T00:00:00Z") + second * SECOND
    found = [
        parse_model(
            TradingHoursParams, hours({"days": week, "from": a, "to": b}, timezone="UTC")
        ).open_at(ts)
        for a, b in (times, times[::-1])
    ]
    assert found == ([True, True] if start == end else [found[0], not found[0]])
