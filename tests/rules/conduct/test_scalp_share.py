"""Short trades as a part of all trades, and of the profit."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, START, Journal
from tests.rules.samples import ruleset


def scalp(share="0.2", **params):
    rule = {"id": "scalp", "family": "scalp_share", "threshold_s": "60", "max_share": share}
    return rule | params


def traded(rule, *trades):
    """Trades as (seconds held, result)."""
    journal, now = Journal(ruleset(rule)).open("a"), parse_instant(START) + 10**9
    for held, result in trades:
        journal.buy("a", "UNIT", "1", "1", at=instant_text(now))
        now += held * 10**9
        journal.sell("a", "UNIT", "1", "1", at=instant_text(now), realized_pnl=str(result))
        now += 10**9
    return journal


@pytest.mark.parametrize(
    ("comparator", "short", "longer", "breached"),
    [
        ("gt", 1, 4, False),  # exactly a fifth
        ("gte", 1, 4, True),
        ("gt", 1, 5, False),
        ("gt", 2, 7, True),
    ],
)
def test_trades_when_around_the_share_follow_the_comparator(
    engine, comparator, short, longer, breached
):
    rule = scalp(count="trades", comparator=comparator, min_trades=str(short + longer))
    run = traded(rule, *[(59, 0)] * short, *[(60, 0)] * longer).run(engine)
    assert run.rules_breached() == (["scalp"] if breached else [])
    if breached:
        facts = run.breach("scalp")["evidence"]["facts"]
        assert (facts["part"], facts["whole"]) == (str(short), str(short + longer))


@pytest.mark.parametrize(
    ("short", "longer", "breached"), [("200", "800", False), ("200.01", "799.99", True)]
)
def test_profit_when_around_the_share_is_compared_exactly(engine, short, longer, breached):
    rule = scalp(count=["profit"], min_trades="2")
    run = traded(rule, (10, short), (90, longer)).run(engine)
    assert run.rules_breached() == (["scalp"] if breached else [])
    if breached:
        assert run.breach("scalp")["metric"] == "short_profit"


@pytest.mark.parametrize(("held", "short"), [(59, True), (60, False), (61, False)])
def test_trade_when_held_around_the_threshold_is_short_below_it(engine, held, short):
    assert bool(traded(scalp(count="trades"), (held, 1)).run(engine).rules_breached()) == short


def test_shares_when_both_count_the_first_broken_one_is_said(engine):
    rule = scalp(min_trades="5", breach_kind="flag")
    run = traded(rule, (10, "900"), *[(90, "25")] * 4).run(engine)
    made = run.breach("scalp")
    assert (made["metric"], made["observed"], made["floor"]) == ("short_profit", "900", "200")


def test_progress_when_both_count_shows_the_one_most_used(engine):
    run = traded(scalp(min_trades="5"), (10, "1"), *[(90, "25")] * 9).run(engine)
    assert (run.rule("scalp")["floor"], run.rule("scalp")["used"]) == ("2", "0.5")


def test_trades_when_there_are_too_few_are_not_judged(engine):
    for least, breached in (("2", False), ("1", True)):
        rule = scalp(count="trades", min_trades=least)
        assert bool(traded(rule, (1, 0)).run(engine).rules_breached()) == breached


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"max_share": "0"}, "max_share"),
        ({"count": []}, "count"),
        ({"count": ["trades", "trades"]}, "count"),
        ({"count": "lots"}, "count.0"),
        ({"min_trades": "x"}, "min_trades"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(scalp() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.lists(st.tuples(st.integers(1, 120), st.integers(-20, 20)), min_size=1, max_size=7),
    st.integers(1, 10),
)
@settings(max_examples=25)
def test_shares_when_any_trades_were_made_are_broken_exactly_when_too_large(trades, tenths):
    limit = Fraction(tenths, 10)
    rule = scalp(str(tenths / 10), min_trades=str(len(trades)))
    runs = [traded(rule, *trades).run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    count = sum(held < 60 for held, _ in trades)
    won = [(held, max(0, result)) for held, result in trades]
    total = sum(result for _, result in won)
    short = sum(result for held, result in won if held < 60)
    too_many = count > limit * len(trades) or short > limit * total
    assert bool(runs[0].rules_breached()) == too_many
