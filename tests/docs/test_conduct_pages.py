"""The worked examples of the conduct pages: every row is so."""

from decimal import Decimal

import pytest

from rules.catalog import CONDUCT
from tests.docs.conduct_desk import INSTRUMENTS, ConductDesk
from tests.docs.desk import at, number
from tests.docs.pages import names_in, prose, tables
from tests.docs.test_rules_pages import INDEX, PAGES, outcome, ruleset

STEPS = ("Time (UTC)", "What happens", "Observed", "Limit", "Outcome")


@pytest.mark.parametrize("family", CONDUCT)
def test_worked_example_when_run_is_what_the_page_says(family):
    (table,) = tables(PAGES[family], *STEPS)
    desk = ConductDesk(ruleset(PAGES[family]))
    for row in table.rows:
        desk.do(at(row["Time (UTC)"]), row["What happens"])
        (rule,) = (each for each in desk.progress["rules"] if each["family"] == family)
        stated = [row["Observed"], row["Limit"]]
        if rule["floor"] is None:
            assert stated == ["–", "–"], row
        else:
            limit = Decimal(rule["floor"])
            observed = limit - Decimal(rule["room"])
            assert [number(cell) for cell in stated] == [observed, limit], row
        assert outcome(desk) == row["Outcome"], row


def test_instruments_when_named_are_those_of_the_examples():
    (table,) = tables(INDEX, "Instrument of the examples", "A point is worth")
    stated = {
        names_in(row["Instrument of the examples"])[0]: number(row["A point is worth"])
        for row in table.rows
    }
    assert stated == {symbol: Decimal(size) for symbol, size in INSTRUMENTS.items()}
    assert "tests/docs" not in prose(INDEX)
