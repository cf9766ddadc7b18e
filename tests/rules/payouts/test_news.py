"""Catalogue section 9, "News": what profit around news counts."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.payouts.news import NewsTerms

TERMS = NewsTerms(300, 120, Decimal("0.4"))
results = st.integers(-(10**12), 10**12).map(lambda units: Decimal(units).scaleb(-8))


@pytest.mark.parametrize(
    ("fills", "touches"),
    [((699,), False), ((700,), True), ((1120,), True), ((1121,), False), ((1, 2000), False),
     ((1, 1000), True)],
)  # fmt: skip
def test_window_when_a_fill_is_a_second_around_its_ends(fills, touches):
    assert TERMS.touches(1000, *fills) is touches


@given(st.lists(st.tuples(results, st.booleans()), max_size=8))
def test_profit_around_news_when_counted_is_never_more_and_losses_count_in_full(told):
    counted = TERMS.counted(told)
    assert counted <= sum(result for result, _ in told)
    if all(result <= 0 or not news for result, news in told):
        assert counted == sum(result for result, _ in told)
    harsh = NewsTerms(300, 120, Decimal(0), Decimal("0.5"))
    lost = [(-abs(result), True) for result, _ in told]
    assert harsh.counted(lost) >= sum(result for result, _ in lost)
