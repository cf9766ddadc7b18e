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


def floats(**params):
    """Two units bought at 100 and one sold short at 100, so prices move the account."""
    return opened(amount="50", **params).buy("a", "UNIT", "2", "100", position_id="long")


@pytest.mark.parametrize(
    ("attribution", "counted"),
    [
        ("close_day", ["1", "2"]),
        ("open_day", ["0", "1"]),
        ("close_day_minus_floating", ["1", "2"]),
        ("equity_delta", ["1", "2"]),
    ],
)
def test_trade_when_closed_in_parts_on_two_days_counts_where_the_attribution_says(
    engine, attribution, counted
):
    """Half is closed at +60 on each day; the price stays at the second close."""
    run = (
        floats(attribution=attribution)
        .tick("UNIT", "160")
        .sell("a", "UNIT", "1", "160", position_id="long")
        .clock(at=WEDNESDAY)
        .tick("UNIT", "220" if attribution == "equity_delta" else "160")
        .sell("a", "UNIT", "1", "160", position_id="long", realized_pnl="120")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run) == counted


@pytest.mark.parametrize(
    ("attribution", "price", "counted"),
    [
        ("close_day_minus_floating", "90", "1"),
        ("close_day_minus_floating", "89.99999999", "0"),
        ("close_day_minus_floating", "200", "1"),  # floating profit adds nothing
        ("equity_delta", "90", "1"),
        ("equity_delta", "89.99999999", "0"),
        ("close_day", "1", "1"),
    ],
)
def test_floating_loss_at_the_boundary_when_it_takes_a_day_below_the_threshold(
    engine, attribution, price, counted
):
    run = (
        floats(attribution=attribution)
        .earn("a", "70")
        .tick("UNIT", price)
        .clock(at=WEDNESDAY)
        .run(engine)
    )
    assert days(run) == [counted]


def test_equity_delta_when_yesterday_s_profit_is_given_back_is_a_loss_today(engine):
    """The first day floats +60, the second closes at cost: 0 realised, −60 of equity."""
    run = (
        opened(amount="50", attribution="equity_delta")
        .buy("a", "UNIT", "1", "100")
        .tick("UNIT", "160")
        .clock(at=WEDNESDAY)
        .adjust("a", "deposit", "500")
        .tick("UNIT", "100")
        .sell("a", "UNIT", "1", "100")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run) == ["1", "1"]


def test_open_day_when_a_later_close_loses_takes_the_day_back(engine):
    run = (
        opened(amount="50", attribution="open_day")
        .buy("a", "UNIT", "1", "100", position_id="one")
        .buy("a", "UNIT", "1", "100", position_id="two")
        .sell("a", "UNIT", "1", "150", position_id="one")
        .clock(at=WEDNESDAY)
        .sell("a", "UNIT", "1", "99.99999999", position_id="two")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run) == ["1", "0"]


@pytest.mark.parametrize(("second", "counted"), [("68.99999999", "1"), ("69", "2"), ("300", "2")])
def test_day_when_a_unit_around_its_share_of_the_best_one(engine, second, counted):
    run = (
        opened(amount="50", min_best_share="0.23")
        .earn("a", "300")
        .clock(at=WEDNESDAY)
        .earn("a", second)
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert days(run)[-1] == counted


def test_best_day_when_a_better_one_comes_takes_earlier_days_out_of_the_count(engine):
    journal = opened(amount="50", min_best_share="0.5").earn("a", "60").clock(at=WEDNESDAY)
    run = journal.earn("a", "120.00000001").clock(at=THURSDAY).run(engine)
    assert days(run) == ["1", "1"]
