"""Contract sections 1.4 and 2, "Passing": days that won enough."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import profitable_days, ruleset

WEDNESDAY, THURSDAY = "2024-03-06T00:00:00Z", "2024-03-07T00:00:00Z"


def opened(**params):
    return Journal(ruleset(goals=[profitable_days(99, **params)])).open("a")


def days(run):
    """The count after each boundary."""
    return [item["goals"][0]["value"] for item in run.of("progress")[1:-1]]


@pytest.mark.parametrize(
    ("comparator", "won", "counted"),
    [
        ("gte", "49.99999999", "0"),
        ("gte", "50", "1"),
        ("gt", "50", "0"),
        ("gt", "50.00000001", "1"),
        ("gte", "-50", "0"),
    ],
)
@pytest.mark.parametrize("limit", [{"amount": "50"}, {"pct": "0.005"}])
def test_day_when_its_result_is_a_unit_around_the_threshold(
    engine, limit, comparator, won, counted
):
    run = opened(comparator=comparator, **limit).earn("a", won).clock(at=WEDNESDAY).run(engine)
    assert days(run) == [counted]


@pytest.mark.parametrize(
    ("reason", "amount", "counted"),
    [
        ("fee", "0.00000001", "0"),
        ("funding", "-0.00000001", "0"),
        ("funding", "5", "1"),
        ("payout", "20", "1"),
        ("withdrawal", "20", "1"),
        ("deposit", "20", "1"),
        ("correction", "-20", "1"),
    ],
)
def test_result_when_the_balance_is_adjusted_takes_fees_and_funding_only(
    engine, reason, amount, counted
):
    run = (
        opened(amount="50")
        .earn("a", "50")
        .adjust("a", reason, amount)
        .clock(at=WEDNESDAY)
        .run(engine)
    )
    assert days(run) == [counted]


def test_result_when_a_trade_spans_days_belongs_to_the_day_of_each_close(engine):
    """Half is closed at +60 on each day; opening costs 15 on the first: 45, then 60."""
    run = (
        opened(amount="50")
        .buy("a", "UNIT", "2", "100", commission="10", swap="-5")
        .sell("a", "UNIT", "1", "160")
        .clock(at=WEDNESDAY)
        .sell("a", "UNIT", "1", "160")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run) == ["0", "1"]


def test_result_when_profit_only_floats_at_the_boundary_is_none(engine):
    run = (
        opened(amount="50")
        .buy("a", "UNIT", "1", "100")
        .tick("UNIT", "900")
        .clock(at=WEDNESDAY)
        .run(engine)
    )
    assert days(run) == ["0"]


def test_days_when_won_one_after_another_add_up_and_each_starts_at_nought(engine):
    run = (
        opened(amount="50")
        .earn("a", "50")
        .clock(at=WEDNESDAY)
        .earn("a", "30")
        .clock(at=THURSDAY)
        .earn("a", "50")
        .clock(at="2024-03-08T00:00:00Z")
        .run(engine)
    )
    assert days(run) == ["1", "1", "2"]
