"""Contract section 2, "Passing": what makes a trading day; catalogue section 5."""

import pytest

from rules.goals.trading_days import TradingDaysParams
from schemas.errors import InputError
from schemas.fields import parse_model
from tests.rules.kit import Journal
from tests.rules.samples import ruleset, trading_days

TUESDAY, WEDNESDAY, THURSDAY = (f"2024-03-0{day}T00:00:00Z" for day in (5, 6, 7))
FRIDAY = "2024-03-08T00:00:00Z"


def opened(**params):
    return Journal(ruleset(goals=[trading_days(99, **params)])).open("a")


def days(run):
    """The count after each boundary."""
    return [item["goals"][0]["value"] for item in run.of("progress")[1:-1]]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ("opened", ["1", "1", "1"]),
        ("held", ["1", "2", "3"]),
        ("opened_and_closed", ["0", "0", "1"]),
    ],
)
def test_day_when_one_trade_is_held_over_nights_counts_as_the_firm_says(engine, counts, expected):
    run = (
        opened(counts=counts)
        .buy("a", "UNIT", "1", "100")
        .clock(at=WEDNESDAY)
        .clock(at=THURSDAY)
        .sell("a", "UNIT", "1", "100")
        .clock(at=FRIDAY)
        .run(engine)
    )
    assert days(run) == expected


@pytest.mark.parametrize("counts", ["opened", "held", "opened_and_closed"])
def test_day_when_several_trades_fall_into_it_counts_once(engine, counts):
    journal = opened(counts=counts)
    for _ in range(3):
        journal.buy("a", "UNIT", "1", "100").sell("a", "UNIT", "1", "100")
    assert days(journal.clock(at=WEDNESDAY).clock(at=THURSDAY).run(engine)) == ["1", "1"]


@pytest.mark.parametrize(
    ("side", "qty", "counted"),
    [
        ("buy", "1", "2"),  # adds
        ("sell", "1", "1"),  # reduces
        ("sell", "2", "1"),  # closes
        ("sell", "2.00000001", "2"),  # reverses: the rest opens
    ],
)
def test_opened_day_when_a_fill_meets_an_open_position_needs_something_opened(
    engine, side, qty, counted
):
    run = (
        opened()
        .buy("a", "UNIT", "2", "100")
        .clock(at=WEDNESDAY)
        .fill("a", side, "UNIT", qty, "100")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run)[-1] == counted


def test_opened_day_when_hedging_counts_a_new_id_of_the_other_side(engine):
    run = (
        opened()
        .buy("a", "UNIT", "1", "100", position_id="p")
        .clock(at=WEDNESDAY)
        .sell("a", "UNIT", "1", "100", position_id="q")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run) == ["1", "2"]


def test_day_when_a_fill_comes_at_the_boundary_is_the_new_one(engine):
    run = (
        opened()
        .buy("a", "UNIT", "1", "100", at=WEDNESDAY)
        .clock(at=THURSDAY)
        .clock(at=FRIDAY)
        .run(engine)
    )
    assert days(run) == ["0", "1", "1"]


def test_day_when_it_has_not_ended_is_not_counted(engine):
    """Goals that count days hold the value of their last boundary."""
    journal = Journal(ruleset(goals=[trading_days(1)])).open("a").earn("a", "5")
    assert journal.run(engine).goal("days")["value"] == "0"
    run = journal.clock(at=WEDNESDAY).run(engine)
    assert run.story()[-4:] == ["phase.passed", "active>passed", "progress", "progress"]
    assert run.of("phase.passed")[0]["ts"] == WEDNESDAY


def test_count_when_enough_at_the_last_boundary_lets_the_phase_pass_in_mid_session(engine):
    run = (
        Journal(ruleset(goals=[trading_days(1), {**trading_days(0), "id": "none"}]))
        .open("a")
        .buy("a", "UNIT", "1", "100")
        .clock(at=WEDNESDAY)
        .sell("a", "UNIT", "1", "100", at="2024-03-06T11:00:00Z")
        .run(engine)
    )
    assert run.of("phase.passed")[0]["ts"] == "2024-03-06T11:00:00Z"


# A trade of 5% of 10,000 that wins or loses 1% of its size: 5 units at 100, closed at 101 or 99.
@pytest.mark.parametrize(
    ("qty", "close", "costs", "counted"),
    [
        ("5", "101", {}, "1"),
        ("5", "99", {}, "1"),
        ("5", "100.99999999", {}, "0"),
        ("5", "101", {"commission": "0.00000001"}, "0"),
        ("5", "100.9", {"swap": "0.5"}, "1"),
        ("4.99999999", "102", {}, "0"),
    ],
)
def test_qualified_trade_when_size_and_result_are_a_unit_around_the_thresholds(
    engine, qty, close, costs, counted
):
    limits = {"min_notional_pct": "0.05", "min_result_pct": "0.01"}
    run = (
        opened(counts="qualified_trade", **limits)
        .buy("a", "UNIT", qty, "100")
        .sell("a", "UNIT", qty, close, **costs)
        .clock(at=WEDNESDAY)
        .run(engine)
    )
    assert days(run) == [counted]


def test_qualified_trade_when_held_over_night_does_not_qualify(engine):
    limits = {"min_notional_pct": "0.05", "min_result_pct": "0.01"}
    run = (
        opened(counts="qualified_trade", **limits)
        .buy("a", "UNIT", "50", "100")
        .clock(at=WEDNESDAY)
        .sell("a", "UNIT", "50", "200")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run) == ["0", "0"]


@pytest.mark.parametrize(
    ("won", "more", "counted"),
    [
        ("50", None, "1"),
        ("-50", None, "1"),
        ("49.99999999", None, "0"),
        ("-49.99999999", None, "0"),
        ("49", ("funding", "1"), "1"),
        ("51", ("fee", "1.00000001"), "0"),
        ("49", ("deposit", "100"), "0"),
        ("49", ("correction", "100"), "0"),
    ],
)
def test_day_change_when_a_unit_around_the_threshold_counts_losses_too(engine, won, more, counted):
    journal = opened(counts="day_change", min_change_pct="0.005").earn("a", won)
    if more is not None:
        journal.adjust("a", *more)
    assert days(journal.clock(at=WEDNESDAY).run(engine)) == [counted]


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "min_days"),
        ({"min_days": "-1"}, "min_days"),
        ({"min_days": "1.5"}, "min_days"),
        ({"min_days": "4", "counts": "calendar"}, "counts"),
        ({"min_days": "4", "counts": "qualified_trade"}, "counts"),
        ({"min_days": "4", "counts": "day_change"}, "counts"),
        ({"min_days": "4", "min_change_pct": "0.1"}, "counts"),
        ({"min_days": "4", "max_days": "9"}, "max_days"),
    ],
)
def test_parameters_when_wrong_or_contradictory_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        parse_model(TradingDaysParams, {"id": "d", "family": "trading_days", **params}, "goals.0")
    assert caught.value.path == f"goals.0.{path}".rstrip(".")
