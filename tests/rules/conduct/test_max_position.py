"""Contracts, all positions together: weights, boundaries, both engines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

SYMBOLS = ("UNIT", "EURUSD", "COIN")


def size(limit, **params):
    return {"id": "size", "family": "max_position", "limit": limit, **params}


def held(engine, qty, **params):
    plan = ruleset(size("5", **params))
    return Journal(plan).open("a").buy("a", "UNIT", qty, "1").run(engine)


@pytest.mark.parametrize(
    ("comparator", "qty", "breached"),
    [
        ("gt", "4.99999999", False),
        ("gt", "5", False),
        ("gt", "5.00000001", True),
        ("gte", "4.99999999", False),
        ("gte", "5", True),
        ("gte", "5.00000001", True),
    ],
)
def test_size_when_around_the_limit_follows_the_comparator(engine, comparator, qty, breached):
    run = held(engine, qty, comparator=comparator)
    assert run.rules_breached() == (["size"] if breached else [])


def test_breach_when_made_says_what_was_held(engine):
    journal = Journal(ruleset(size("2"))).open("a")
    run = journal.sell("a", "EURUSD", "1", "1").buy("a", "UNIT", "1.5", "1").run(engine)
    made = run.breach("size")
    assert (made["metric"], made["observed"], made["floor"]) == ("contracts", "2.5", "2")
    assert made["overshoot"] == "0.5"
    assert made["evidence"]["facts"] == {"sizes": {"EURUSD": "1", "UNIT": "1.5"}}
    assert run.moves() == ["active>breached"]


def test_size_when_long_and_short_adds_up(engine):
    journal = Journal(ruleset(size("2"))).open("a", position_mode="hedging")
    run = journal.buy("a", "UNIT", "1", "1").sell("a", "UNIT", "1.1", "1").run(engine)
    assert run.breach("size")["observed"] == "2.1"


def test_size_when_reversed_is_what_is_left(engine):
    journal = Journal(ruleset(size("3"))).open("a")
    run = journal.buy("a", "UNIT", "3", "1").sell("a", "UNIT", "6", "1").run(engine)
    assert run.rules_breached() == []
    assert run.rule("size")["room"] == "0"


def test_weight_when_several_patterns_fit_is_that_of_the_closest(engine):
    weights = {"*": "1", "U*": "0.5", "UNI*": "0.1", "UNIT": "2"}
    assert held(engine, "2", weights=weights).rule("size")["room"] == "1"
    del weights["UNIT"]
    assert held(engine, "2", weights=weights).rule("size")["room"] == "4.8"


def test_symbols_when_named_are_the_only_ones_that_count(engine):
    assert held(engine, "9", symbols=["EUR*", "COIN"]).rule("size")["room"] == "5"
    assert held(engine, "9", symbols="UN*T").rules_breached() == ["size"]


def test_limit_when_nothing_is_allowed_lets_a_flat_account_be(engine):
    plan = ruleset(size("0", comparator="gte", symbols="COIN", warn_at="0.5"))
    journal = Journal(plan).open("a").buy("a", "UNIT", "1", "1")
    assert journal.run(engine).story("a").count("warning size 0.5") == 0
    assert journal.buy("a", "COIN", "1", "1").run(engine).rules_breached() == ["size"]


def test_level_when_back_inside_in_time_is_cured_once(engine):
    plan = ruleset(size("5", grace_s="60", cures_allowed="1"))
    journal = Journal(plan).open("a").buy("a", "UNIT", "6", "1", at="2024-03-05T10:00:01Z")
    journal.sell("a", "UNIT", "1", "1", at="2024-03-05T10:01:00Z")
    run = journal.clock(at="2024-03-05T11:00:00Z").run(engine)
    assert run.rules_breached() == []
    assert [made["level"] for made in run.of("warning")] == ["1"]
    again = journal.buy("a", "UNIT", "0.1", "1", at="2024-03-05T12:00:00Z").run(engine)
    assert again.breach("size")["ts"] == "2024-03-05T12:00:00Z"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"limit": "-1"}, "limit"),
        ({"limit": "0.000000001"}, "limit"),
        ({"weights": {}}, "weights"),
        ({"weights": {"M*S*": "1"}}, "weights.M*S*"),
        ({"weights": {"MES": "0"}}, "weights.MES"),
        ({"symbols": []}, "symbols"),
        ({"symbols": ["A", "A"]}, "symbols"),
        ({"cures_allowed": "1"}, "cures_allowed"),
        ({"pct": "0.1"}, "pct"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(size("5") | params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.lists(
        st.tuples(st.sampled_from(SYMBOLS), st.sampled_from(["buy", "sell"]), st.integers(1, 9)),
        max_size=6,
    ),
    st.integers(0, 30),
)
def test_size_when_trading_is_the_sum_of_what_is_held_whatever_prices_do(trades, limit):
    journal = Journal(ruleset(size(str(limit), breach_kind="flag"))).open("a", "1000000")
    held = dict.fromkeys(SYMBOLS, 0)
    largest = 0
    for symbol, side, qty in trades:
        journal.fill("a", side, symbol, str(qty), "1").tick(symbol, "1.5")
        held[symbol] += qty if side == "buy" else -qty
        largest = max(largest, sum(map(abs, held.values())))
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    assert bool(runs[0].rules_breached()) == (largest > limit)
    total = sum(map(abs, held.values()))
    if total or limit:
        assert Decimal(runs[0].rule("size")["room"]) == limit - total
