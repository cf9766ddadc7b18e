"""Lots, all positions together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.conduct_kit import agreed, flagged, hedged, observed, rule


@pytest.mark.parametrize(
    ("comparator", "last", "breached"),
    [
        ("gt", "19.99999999", False),
        ("gt", "20", False),
        ("gt", "20.00000001", True),
        ("gte", "19.99999999", False),
        ("gte", "20", True),
    ],
)
def test_lots_when_around_the_limit_follow_the_comparator(engine, comparator, last, breached):
    journal = hedged(rule("max_lots", limit="40", comparator=comparator))
    run = journal.buy("a", "UNIT", "20", "1").sell("a", "UNIT", last, "1").run(engine)
    assert run.rules_breached() == (["max_lots"] if breached else [])
    assert run.rule("max_lots")["floor"] == "40"


def test_breach_when_flagged_asks_to_close(engine):
    shield = rule("max_lots", limit="1", breach_kind="flag", action=["close_positions", "notify"])
    run = hedged(shield).buy("a", "UNIT", "2", "1").run(engine)
    assert run.of("intervention")[0]["actions"] == ["close_positions", "notify"]
    assert run.moves() == []


def test_violation_when_it_is_the_second_is_hard(engine):
    journal = hedged(rule("max_lots", limit="1", breach_kind="flag", strikes_to_hard="2"))
    journal.buy("a", "UNIT", "2", "1", position_id="p")
    journal.sell("a", "UNIT", "1", "1", position_id="p")
    run = journal.buy("a", "UNIT", "1", "1", position_id="p").run(engine)
    assert [made["breach_kind"] for made in run.of("breach")] == ["flag", "hard"]


@given(
    st.lists(st.tuples(st.sampled_from(["UNIT", "EURUSD"]), st.integers(1, 9)), max_size=6),
    st.integers(1, 30),
)
def test_lots_when_positions_only_open_are_beyond_from_the_first_that_passes(opened, limit):
    journal = hedged(flagged("max_lots", limit=str(limit)), balance="1000000")
    total, passed = 0, []
    for symbol, lots in opened:
        journal.buy("a", symbol, str(lots), "1")
        total += lots
        passed.append(total > limit)
    run = agreed(journal)
    assert len(run.of("breach")) == int(any(passed))
    assert observed(run, "max_lots") == str(total)
