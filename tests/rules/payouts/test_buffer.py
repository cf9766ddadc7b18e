"""Catalogue section 12, "Buffer": what must stay."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.payouts.buffer import available, balance_for, safety_net

money = st.integers(0, 10**14).map(lambda units: Decimal(units).scaleb(-8))
NET = safety_net(Decimal(50_000), Decimal(2_000))


@pytest.mark.parametrize(
    ("balance", "most"),
    [
        ("51999.99999999", "0"),
        ("52000", "0"),
        ("52000.00000001", "0.00000001"),
        ("53249.99999999", "1249.99999999"),
        ("53250", "1250"),
        ("53250.00000001", "1250"),
    ],
)
def test_available_when_a_unit_around_the_net_and_the_cap(balance, most):
    assert available(Decimal(balance), NET, Decimal(1_250)) == Decimal(most)


@given(money, money, st.none() | money)
def test_balance_when_all_available_is_withdrawn_is_never_below_the_net(balance, net, cap):
    left = balance - available(balance, net, cap)
    assert left >= min(balance, net)
    if cap is not None:
        assert available(balance_for(cap, net), net, cap) == cap
