"""Catalogue section 9: what comes from trades that were held for some time, as a gate."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instants import instant_text, parse_instant
from tests.rules.kit import ENGINES, START, Journal
from tests.rules.samples import ruleset, target

S = 10**9
NEVER = target(amount="1000000")


def held(**params):
    limit = {} if {"min_share", "min_average_s"} & set(params) else {"min_share": "0.5"}
    threshold = {} if "min_average_s" in params else {"threshold_s": "120"}
    return {"id": "held", "family": "holding_share", **threshold, **limit, **params}


def traded(goal, *trades, also=NEVER):
    """Trades as (nanoseconds held, result)."""
    journal = Journal(ruleset(goals=[goal, also] if also else [goal])).open("a")
    now = parse_instant(START) + S
    for held_ns, result in trades:
        journal.buy("a", "UNIT", "1", "1", at=instant_text(now))
        now += held_ns
        journal.sell("a", "UNIT", "1", "1", at=instant_text(now), realized_pnl=str(result))
        now += S
    return journal


@pytest.mark.parametrize(
    ("held_ns", "value"), [(120 * S - 1, "0"), (120 * S, "0.5"), (120 * S + 1, "0.5")]
)
def test_trade_when_held_around_the_threshold_is_longer_from_it_on(engine, held_ns, value):
    run = traded(held(), (1 * S, 5), (held_ns, 5)).run(engine)
    assert run.goal("held")["value"] == value


@pytest.mark.parametrize(
    ("comparator", "short", "longer", "met"),
    [
        ("gte", "5", "5", True),
        ("gt", "5", "5", False),
        ("gte", "5.00000001", "4.99999999", False),
        ("gt", "4.99999999", "5.00000001", True),
    ],
)
def test_share_when_around_the_half_follows_the_comparator(engine, comparator, short, longer, met):
    run = traded(held(comparator=comparator), (S, short), (200 * S, longer)).run(engine)
    assert run.goal("held")["met"] == met


@pytest.mark.parametrize(
    ("params", "value", "met"),
    [
        ({}, "0.4", False),  # 20 of 50 won
        ({"profit": "net"}, "0.25", False),  # 10 of 40
        ({"of": "trades"}, "0.66666667", True),
        ({"min_average_s": "100"}, "100.33333333", True),
        ({"min_average_s": "101"}, "100.33333333", False),
    ],
)
def test_value_when_chosen_is_of_profit_trades_or_time(engine, params, value, met):
    goal = traded(held(**params), (S, 30), (150 * S, 20), (150 * S, -10)).run(engine).goal("held")
    assert (goal["value"], goal["met"]) == (value, met)


def test_share_when_nothing_was_won_is_undefined_and_not_met(engine):
    for trades in ((), ((200 * S, -5),)):
        goal = traded(held(), *trades).run(engine).goal("held")
        assert (goal["value"], goal["needed"], goal["met"]) == (None, "0.5", False)


def test_phase_when_the_share_is_reached_passes_with_that_close(engine):
    run = traded(held(), (S, 5), (200 * S, 5), also=None).run(engine)
    assert run.moves() == ["active>passed"]
    assert run.of("phase.passed")[0]["goals"][0]["value"] == "0.5"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"min_share": "0.5", "min_average_s": "9"}, "min_share"),
        ({"min_share": None}, "min_share"),
        ({"min_share": "2"}, "min_share"),
        ({"threshold_s": "-1"}, "threshold_s"),
        ({"of": "lots"}, "of"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(goals=[held() | params]))
    assert caught.value.path == f"phases.0.goals.0.{path}"


def test_threshold_when_given_with_an_average_is_a_contradiction():
    with pytest.raises(InputError) as caught:
        Journal(ruleset(goals=[held(min_average_s="9") | {"threshold_s": "9"}]))
    assert caught.value.path == "phases.0.goals.0.threshold_s"


@given(st.lists(st.tuples(st.integers(1, 240), st.integers(-9, 9)), max_size=6))
@settings(max_examples=25)
def test_share_when_any_trades_were_made_is_that_of_the_longer_ones(made):
    journal = traded(held(), *[(seconds * S, result) for seconds, result in made])
    runs = [journal.run(engine) for engine in ENGINES.values()]
    assert runs[0].lines == runs[1].lines
    won = [(seconds, max(0, result)) for seconds, result in made]
    total = sum(result for _, result in won)
    longer = sum(result for seconds, result in won if seconds >= 120)
    met = bool(total) and Fraction(longer, total) >= Fraction(1, 2)
    assert runs[0].goal("held")["met"] == met
