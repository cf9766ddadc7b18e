"""Catalogue section 12: the trader's share."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.payouts.split import Tier, share_at, share_of_payout, tiered_split

FIRST_FREE = [Tier(Decimal(0), Decimal(1)), Tier(Decimal(10_000), Decimal("0.9"))]
money = st.integers(0, 10**14).map(lambda units: Decimal(units).scaleb(-8))


@pytest.mark.parametrize(("number", "share"), [(1, "0.8"), (2, "0.9"), (3, "1"), (9, "1")])
def test_share_when_the_ladder_ends_stays_at_its_last_step(number, share):
    ladder = [Decimal("0.8"), Decimal("0.9"), Decimal(1)]
    assert share_of_payout(ladder, number) == Decimal(share)


@pytest.mark.parametrize(("reached", "share"), [("9999.99999999", "1"), ("10000", "0.9")])
def test_share_when_a_unit_around_a_tier_touches_it(reached, share):
    assert share_at(FIRST_FREE, Decimal(reached)) == Decimal(share)


@pytest.mark.parametrize(
    ("before", "amount", "trader"),
    [
        (0, "10000", "10000"),
        (0, "10000.00000001", "10000.00000001"),  # 0.9 of a unit is a unit, half-even
        (0, "10001", "10000.9"),
        (9_999, "2", "1.9"),
        (10_000, "100", "90"),
    ],
)
def test_tiers_when_a_payout_crosses_one_split_each_slice_by_its_own(before, amount, trader):
    assert tiered_split(FIRST_FREE, Decimal(amount), Decimal(before)) == Decimal(trader)


@given(st.lists(money, max_size=6))
def test_tiers_when_a_sum_is_paid_in_parts_come_to_the_same_within_the_roundings(parts):
    paid, trader = Decimal(0), Decimal(0)
    for part in parts:
        trader += tiered_split(FIRST_FREE, part, paid)
        paid += part
    once = tiered_split(FIRST_FREE, paid)
    assert abs(once - trader) <= Decimal("1E-8") * (len(parts) + 1)
