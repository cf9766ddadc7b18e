"""Catalogue section 12: how much is paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.payouts.amount import (
    after_breach,
    cap_then_split,
    lowest_cap,
    portion,
    split_then_cap,
    sweep,
)
from schemas.money import UNIT

money = st.integers(0, 10**18).map(lambda units: Decimal(units).scaleb(-8))
profits = st.integers(-(10**18), 10**18).map(lambda units: Decimal(units).scaleb(-8))
shares = st.integers(0, 10_000).map(lambda parts: Decimal(parts).scaleb(-4))


@pytest.mark.parametrize(
    ("profit", "withdrawn", "trader"),
    [
        ("13999.99999999", "13999.99999999", "11199.99999999"),  # …999.999999992, half-even
        ("14000", "14000", "11200"),
        ("14000.00000001", "14000", "11200"),
        ("0", "0", "0"),
        ("-1", "0", "0"),
    ],
)
def test_cap_then_split_when_a_unit_around_the_cap(profit, withdrawn, trader):
    paid = cap_then_split(Decimal(profit), Decimal(14_000), Decimal("0.8"))
    assert paid == (Decimal(withdrawn), Decimal(trader))


@pytest.mark.parametrize(
    ("profit", "trader"),
    [("12499.99999999", "9999.99999999"), ("12500", "10000"), ("12500.00000001", "10000")],
)
def test_split_then_cap_when_a_unit_around_the_cap(profit, trader):
    paid = split_then_cap(Decimal(profit), Decimal(10_000), Decimal("0.8"))
    assert paid == (Decimal(profit), Decimal(trader))


@pytest.mark.parametrize(
    ("share", "amount", "part"),
    [("0.5", "0.00000001", "0"), ("0.5", "0.00000003", "0.00000002"), ("1", "7", "7")],
)
def test_portion_when_between_two_units_is_rounded_half_even(share, amount, part):
    assert portion(Decimal(share), Decimal(amount)) == Decimal(part)


def test_sweep_when_nothing_was_won_withdraws_nothing():
    assert sweep(Decimal(99_999), Decimal(100_000), Decimal("0.7")) == (0, 0)


@pytest.mark.parametrize(("kept", "trader"), [(True, 3500), (False, 0)])
def test_pay_after_a_breach_when_conditions_were_not_kept_is_none(kept, trader):
    paid = after_breach(Decimal(107_000), Decimal(100_000), Decimal("0.5"), kept=kept)
    assert paid.trader == trader


def test_caps_when_several_apply_bind_at_the_lowest():
    assert lowest_cap(None, Decimal(5), Decimal(3)) == 3
    assert lowest_cap(None, None) is None


@given(profits, st.none() | money, shares)
def test_payouts_when_of_any_terms_give_trader_and_firm_all_that_is_withdrawn(profit, cap, share):
    """Nobody is paid more than was won, and the order of cap and split favours one side."""
    first, last = cap_then_split(profit, cap, share), split_then_cap(profit, cap, share)
    for paid in (first, last):
        assert paid.trader + paid.firm == paid.withdrawn
        assert 0 <= paid.trader <= paid.withdrawn <= max(profit, 0)
        assert cap is None or paid.trader <= cap
    assert first.trader <= last.trader + UNIT  # a cap on the gross is never the milder one
    if cap is None:
        assert first == last
