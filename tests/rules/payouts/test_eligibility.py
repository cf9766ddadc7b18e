"""Catalogue section 12, "Gate": whether a payout may be asked for."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.payouts.eligibility import Record, Terms, earliest_request, missing, reaches

FIRST = date(2024, 2, 20)
TERMS = Terms(
    days_since_first_trade=14, min_profit=Decimal(100), winning_days=5, trading_days=8,
    flat=True, no_orders=True,
)  # fmt: skip
GOOD = Record(FIRST, date(2024, 3, 5), Decimal(100), winning_days=5, trading_days=8)


@pytest.mark.parametrize(
    ("change", "lacking"),
    [
        ({}, []),
        ({"today": date(2024, 3, 4)}, ["days_since_first_trade"]),
        ({"profit": Decimal("99.99999999")}, ["min_profit"]),
        ({"winning_days": 4}, ["winning_days"]),
        ({"trading_days": 7}, ["trading_days"]),
        ({"open_positions": 1}, ["flat"]),
        ({"pending_orders": 1}, ["no_orders"]),
        ({"pending_orders": 1, "profit": Decimal(0)}, ["min_profit", "no_orders"]),
    ],
)
def test_terms_when_one_is_just_not_met_name_it(change, lacking):
    assert missing(TERMS, GOOD._replace(**change)) == lacking


def test_terms_when_none_are_asked_are_always_met():
    assert missing(Terms(), Record(FIRST, FIRST, Decimal(-5), open_positions=3)) == []


@pytest.mark.parametrize(
    ("comparator", "amount", "enough"),
    [("gte", "800", True), ("gt", "800", False), ("gt", "800.00000001", True)],
)
def test_threshold_when_touched_is_enough_under_gte_alone(comparator, amount, enough):
    assert reaches(Decimal(amount), Decimal(800), comparator) is enough


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 400), st.integers(-5, 5))
def test_first_day_when_asked_around_it_is_the_first_that_is_allowed(first, days, off):
    today = earliest_request(first, days) + timedelta(days=off)
    record = Record(first, today, Decimal(0))
    assert (missing(Terms(days_since_first_trade=days), record) == []) is (off >= 0)
