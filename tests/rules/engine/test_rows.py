"""Stop levels: equal to the rule's own words, and never falling."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.engine.checks import check_level
from rules.engine.columns import BALANCE, BOTH, EQUITY, FAR, REAL
from rules.engine.rows import Percent, Row, records
from tests.rules.engine.twin import must_look

MONEY = st.integers(-(10**15), 10**15)
PERCENTS = st.builds(
    lambda numerator, denominator, reduction: Percent(
        numerator % (denominator + 1), denominator, reduction
    ),
    st.integers(0, 10**9),
    st.sampled_from([1, 2, 3, 100, 1_000, 10**6, 10**9]),
    st.integers(0, 10**12),
)


@st.composite
def rows(draw):
    allowance = draw(st.one_of(st.integers(0, 10**13), PERCENTS))
    level, high = None, draw(MONEY)
    if isinstance(allowance, Percent):
        high = abs(high)  # of what is below nothing no share is taken
        level = draw(st.sampled_from([None, (8, 10), (1, 2), (0, 1), (999_999, 10**6)]))
    return Row(
        start=draw(st.one_of(st.just(-FAR), MONEY)),
        peak=draw(st.booleans()),
        high=high,
        allowance=allowance,
        cap=draw(st.one_of(st.just(FAR), MONEY)),
        shift=draw(st.integers(0, 10**12)),
        touch=draw(st.booleans()),
        warn=draw(st.one_of(st.none(), st.integers(0, 10**12))),
        warn_level=level,
    )


def level_of(row, high):
    return int(check_level(records([row]), np.int64(high)))


@given(rows(), MONEY)
@settings(deadline=None, max_examples=300)
def test_stop_level_when_compared_is_where_the_rule_begins_to_matter(row, high):
    high = max(high, row.high)
    level = level_of(row, high)
    assert must_look(row, 0, level, high)
    assert not must_look(row, 0, level + 1, high)


@given(rows(), MONEY, st.one_of(st.just(1), st.integers(1, 10**9)))
@settings(deadline=None, max_examples=300)
def test_stop_level_when_the_high_rises_does_not_fall(row, high, rise):
    assert level_of(row, high) <= level_of(row, high + rise)


@pytest.mark.parametrize("metric", [EQUITY, BALANCE, BOTH])
@pytest.mark.parametrize(
    "row",
    [
        Row(start=REAL),
        Row(peak=True, high=-REAL),
        Row(peak=True, allowance=Percent(3, 2)),
        Row(peak=True, allowance=Percent(-1, 2)),
        Row(peak=True, allowance=REAL),
        Row(peak=True, high=-1, allowance=Percent(1, 2)),
        Row(cap=FAR + 1),
        Row(warn=-1),
        Row(peak=True, allowance=Percent(1, 2), warn_level=(3, 2)),
    ],
)
def test_row_when_a_number_is_out_of_range_is_refused(row, metric):
    assert records([row._replace(metric=metric)]) is None


@given(st.integers(0, 10**15), PERCENTS)
def test_allowance_when_the_high_rises_by_a_unit_rises_by_one_at_most(high, percent):
    assume(percent.denominator)
    share = [round(Fraction((high + i) * percent.numerator, percent.denominator)) for i in range(2)]
    assert 0 <= share[1] - share[0] <= 1
