"""Catalogue section 12, "Account scaling": what an account grows to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.payouts.growth import ScalingPlan, merged, required_balances

PLAN = ScalingPlan(
    Decimal("0.25"), cap=Decimal(2_000_000), min_profit=Decimal("0.1"), min_payouts=2, min_months=4
)
money = st.integers(1, 10**14).map(lambda units: Decimal(units).scaleb(-8))


def sizes(plan, start, steps):
    found = [Decimal(start)]
    for _ in range(steps):
        found.append(plan.grown(found[0], found[-1]))
    return found


def test_sizes_when_linear_grow_by_the_same_and_stop_at_the_cap():
    assert sizes(PLAN, 1_200_000, 4) == [1_200_000, 1_500_000, 1_800_000, 2_000_000, 2_000_000]


def test_sizes_when_compounding_grow_by_more_each_time():
    plan = ScalingPlan(Decimal("0.3"), base="current")
    assert sizes(plan, 100_000, 2) == [100_000, 130_000, 169_000]


@pytest.mark.parametrize(
    ("profit", "payouts", "months", "earned"),
    [
        ("40000", 2, 4, True),
        ("39999.99999999", 2, 4, False),
        ("40000", 1, 4, False),
        ("40000", 2, 3, False),
    ],
)
def test_step_when_one_condition_is_just_missed_is_not_earned(profit, payouts, months, earned):
    assert PLAN.earned(Decimal(400_000), Decimal(profit), payouts, months) is earned


@pytest.mark.parametrize(("profit", "earned"), [("10000", False), ("10000.00000001", True)])
def test_step_when_more_than_the_share_is_asked_does_not_touch(profit, earned):
    plan = ScalingPlan(Decimal(1), min_profit=Decimal("0.1"), strict=True)
    assert plan.earned(Decimal(100_000), Decimal(profit)) is earned


@given(money, st.integers(0, 200), st.none() | money, st.sampled_from(["original", "current"]))
def test_size_when_it_grows_never_shrinks_and_never_passes_the_cap(start, percent, cap, base):
    plan = ScalingPlan(Decimal(percent) / 100, base=base, cap=cap)
    size = plan.grown(start, start)
    assert size >= start
    assert cap is None or size <= max(cap, start)


def test_ladder_when_payouts_outnumber_its_steps_keeps_the_last():
    balances = required_balances(Decimal(100), [Decimal("0.1"), Decimal("0.5")], [Decimal(10)] * 2)
    assert balances == [110, 150, 210]


@given(st.lists(st.tuples(money, money), min_size=1, max_size=5))
def test_merged_account_when_of_any_accounts_has_their_sum_up_to_the_largest_size(accounts):
    start = merged(accounts)
    assert start <= max(size for size, _ in accounts)
    assert start <= sum(balance for _, balance in accounts)
    assert start in {max(size for size, _ in accounts), sum(balance for _, balance in accounts)}
