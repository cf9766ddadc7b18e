"""Raising the stake after losses: streaks, references, the window."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset


def martingale(multiplier="2", **params):
    return {"id": "raise", "family": "martingale", "multiplier": multiplier, **params}


def flagged(**params):
    return martingale(breach_kind="flag", strikes_to_hard="99", **params)


def trade(journal, qty, result, symbol="UNIT", **when):
    journal.buy("a", symbol, qty, "1", **when)
    return journal.sell("a", symbol, qty, "1", realized_pnl=result)


def lost(rule, *sizes, symbol="UNIT"):
    journal = Journal(ruleset(rule)).open("a")
    for size in sizes:
        trade(journal, size, "-1", symbol)
    return journal


@pytest.mark.parametrize(
    ("comparator", "qty", "breached"),
    [
        ("gte", "1.99999999", False),
        ("gte", "2", True),
        ("gt", "2", False),
        ("gt", "2.00000001", True),
    ],
)
def test_trade_when_around_the_multiple_follows_the_comparator(engine, comparator, qty, breached):
    journal = lost(martingale(comparator=comparator), "1", "1").buy("a", "UNIT", qty, "1")
    assert journal.run(engine).rules_breached() == (["raise"] if breached else [])


def test_breach_when_made_shows_the_streak(engine):
    made = lost(martingale(), "1", "1.5").buy("a", "UNIT", "2.5", "1").run(engine).breach("raise")
    assert (made["metric"], made["observed"], made["floor"]) == ("lots", "2.5", "2")
    facts = made["evidence"]["facts"]
    assert (facts["losses"], facts["reference_qty"], facts["multiplier"]) == ("2", "1", "2")


@pytest.mark.parametrize(
    ("reference", "limit"), [("first", "1"), ("last", "1.2"), ("largest", "1.4")]
)
def test_reference_when_chosen_is_what_sizes_are_compared_with(engine, reference, limit):
    journal = lost(martingale(reference=reference), "0.5", "0.7", "0.6")
    assert journal.buy("a", "UNIT", limit, "1").run(engine).breach("raise")["floor"] == limit


def test_streak_when_too_short_allows_any_size(engine):
    assert lost(martingale(), "1").buy("a", "UNIT", "9", "1").run(engine).rules_breached() == []
    one = martingale(min_losing_streak="1")
    assert lost(one, "1").buy("a", "UNIT", "2", "1").run(engine).rules_breached() == ["raise"]


@pytest.mark.parametrize("result", ["1", "0"])
def test_streak_when_a_trade_does_not_lose_is_over(engine, result):
    journal = trade(lost(martingale(), "1", "1"), "1", result)
    assert journal.buy("a", "UNIT", "9", "1").run(engine).rules_breached() == []


@pytest.mark.parametrize(
    ("at", "breached"),
    [
        ("2024-03-05T16:00:01.999999999Z", True),
        ("2024-03-05T16:00:02Z", True),  # six hours after the first loss
        ("2024-03-05T16:00:02.000000001Z", False),
    ],
)
def test_streak_when_older_than_the_window_is_forgotten(engine, at, breached):
    journal = lost(martingale(window_h="6"), "1", "1").buy("a", "UNIT", "5", "1", at=at)
    assert journal.run(engine).rules_breached() == (["raise"] if breached else [])


def test_size_when_added_to_in_parts_is_their_sum_and_said_once(engine):
    journal = lost(flagged(), "1", "1")
    for _ in range(4):
        journal.buy("a", "UNIT", "0.7", "1").tick("UNIT", "1")
    (made,) = journal.run(engine).of("breach")
    assert made["observed"] == "2.1"


def test_trade_when_open_before_the_last_loss_is_not_new(engine):
    journal = Journal(ruleset(martingale())).open("a").buy("a", "COIN", "1", "1")
    trade(trade(journal, "1", "-1"), "1", "-1")
    assert journal.buy("a", "COIN", "9", "1").run(engine).rules_breached() == []


def test_streaks_when_by_symbol_are_each_their_own(engine):
    for group, breached in (("account", True), ("symbol", False)):
        journal = lost(martingale(group_by=group), "1")
        trade(journal, "1", "-1", "COIN")
        run = journal.buy("a", "COIN", "2", "1").run(engine)
        assert bool(run.rules_breached()) == breached


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"multiplier": "1"}, "multiplier"),
        ({"multiplier": "x"}, "multiplier"),
        ({"min_losing_streak": "0"}, "min_losing_streak"),
        ({"window_h": "0"}, "window_h"),
        ({"reference": "average"}, "reference"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(martingale() | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(-2, 1)), max_size=10), st.integers(1, 4))
@settings(max_examples=30)
def test_trades_when_any_were_made_are_said_when_they_raise_the_stake(trades, least):
    journal = Journal(ruleset(flagged(min_losing_streak=str(least)))).open("a")
    streak, wanted = [], 0
    for size, result in trades:
        wanted += len(streak) >= least and size >= 2 * streak[0]
        trade(journal, str(size), str(result)).tick("UNIT", "1")
        streak = [*streak, size] if result < 0 else []
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert len(runs[0].of("breach")) == wanted
