"""Figures, axes and charts, also of moments that give a chart little to show."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.explain import figures
from flows.explain.plot import axis, plot
from flows.explain.svg import svg


@pytest.mark.parametrize(
    ("value", "shown"),
    [("1234567.5", "1,234,567.5"), ("-12.25", "−12.25"), ("0", "0"), (None, "–")],
)
def test_amount_when_shown_has_groups_and_a_real_minus(value, shown):
    assert figures.amount(value) == shown


@pytest.mark.parametrize(
    ("ts", "other", "said"),
    [
        ("2024-03-05T09:00:00Z", "2024-03-05T09:00:00Z", "at the same instant"),
        ("2024-03-05T09:00:00Z", "2024-03-05T09:00:01.5Z", "1500 ms before"),
        ("2024-03-05T09:00:00Z", "2024-03-05T09:00:02Z", "2 s before"),
        ("2024-03-05T09:00:00Z", "2024-03-05T09:01:59Z", "119 s before"),
        ("2024-03-05T09:00:00Z", "2024-03-05T09:02:00Z", "2 min before"),
        ("2024-03-05T09:00:00Z", "2024-03-07T09:00:00Z", "2 d before"),
    ],
)
def test_span_when_said_is_in_its_unit(ts, other, said):
    assert figures.span(ts, other) == said


@given(st.decimals(-1000, 1000, places=2), st.decimals(0, 1000, places=2), st.integers(2, 9))
def test_ticks_when_chosen_are_few_round_and_inside(low, size, count):
    found = figures.ticks(low, low + size, count)
    assert all(low <= value <= low + size for value in found)
    assert len(found) <= count + 1
    assert found == sorted(set(found))


@given(st.integers(0, 2**60), st.integers(1, 2**58), st.integers(2, 9))
def test_times_when_chosen_are_few_and_inside(start, size, count):
    found = figures.times(start, start + size, count)
    assert all(start <= at <= start + size for at, _ in found)
    assert len(found) <= max(count + 1, size // (30 * figures.DAY) + 1)


POINTS = st.lists(
    st.tuples(st.integers(0, 10**15), st.decimals(-(10**9), 10**9, places=8)),
    min_size=1,
    max_size=40,
).map(lambda points: sorted(points, key=lambda point: point[0]))


@st.composite
def charts(draw):
    """Any chart at all, with names that hold markup."""
    equity = [[str(at), str(value)] for at, value in draw(POINTS)]
    names = ["daily", "<b>&\"'", "x" * 40]
    floors = {
        name: [[at, str(draw(st.decimals(-(10**9), 10**9, places=2)))] for at, _ in equity]
        for name in draw(st.lists(st.sampled_from(names), unique=True))
    }
    metric = draw(st.sampled_from([None, "balance"]))
    at = st.integers(0, len(equity) - 1)
    return {
        "equity": equity,
        "observed": equity,
        "metric": metric,
        "floors": floors,
        "rule": draw(st.sampled_from([*names, "kyc_gate"])),
        "breach": draw(at),
        "mark": draw(st.none() | at),
    }


@given(charts())
def test_svg_when_drawn_is_well_formed_and_on_the_page(chart):
    root = ET.fromstring(svg(chart, 'a "chart" of <this>'))
    for circle in root.iter("circle"):
        assert 0 <= Decimal(circle.get("cx")) <= 960
        assert 0 <= Decimal(circle.get("cy")) <= 320
    assert sum(1 for _ in root.iter("path")) >= 1


@given(charts(), st.integers(20, 120), st.integers(4, 20))
def test_plot_when_drawn_fits_its_columns_and_marks_the_breach(chart, columns, rows):
    cells = plot(chart, columns, rows)
    assert len(cells) == rows
    assert all(len(row) in {columns, columns + 1} for row in cells)
    assert sum(cell.kind == "breach" for row in cells for cell in row) == 1
    assert len(axis(chart, columns)) <= columns


@given(charts(), st.integers(1, 9))
def test_close_up_when_cut_keeps_the_breach(chart, around):
    near = figures.close_up(chart, around)
    assert near["equity"][near["breach"]] == chart["equity"][chart["breach"]]
    assert len(near["equity"]) <= 2 * around + 1
    ET.fromstring(svg(near, "near"))
