"""Lists of what may be traded, by symbol and pattern."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.kit import ENGINES, Journal
from tests.rules.samples import ruleset

SYMBOLS = ("UNIT", "EURUSD", "EURGBP", "COIN")


def listed(**params):
    return {"id": "list", "family": "instruments", **params}


def bought(rule, symbol):
    return Journal(ruleset(rule)).open("a").buy("a", symbol, "1", "1")


@pytest.mark.parametrize(
    ("params", "symbol", "breached"),
    [
        ({"allow": ["EURUSD"]}, "EURUSD", False),
        ({"allow": ["EURUSD"]}, "EURGBP", True),
        ({"allow": "EUR*"}, "EURGBP", False),
        ({"allow": "EUR*"}, "GBPUSD", True),
        ({"deny": ["COIN"]}, "COIN", True),
        ({"deny": ["COIN"]}, "UNIT", False),
        ({"allow": "*", "deny": "EUR*"}, "EURUSD", True),
        ({"allow": "*", "deny": "EUR*"}, "COIN", False),
    ],
)
def test_fill_when_its_symbol_is_not_allowed_is_a_breach(engine, params, symbol, breached):
    run = bought(listed(**params), symbol).run(engine)
    assert run.rules_breached() == (["list"] if breached else [])


def test_breach_when_made_names_the_symbol_and_the_fill(engine):
    made = bought(listed(deny="COIN"), "COIN").run(engine).breach("list")
    assert made["evidence"]["facts"] == {"symbol": "COIN", "fill_id": "f2"}
    assert (made["metric"], made["observed"], made["floor"]) == ("forbidden_trades", "1", "0")


def test_position_when_its_symbol_was_taken_off_the_list_may_be_closed(engine):
    journal = Journal(ruleset(), ruleset(listed(deny="COIN"), ref="plan@2")).open("a")
    journal.buy("a", "COIN", "2", "1").act("a", "migrate", ruleset="plan@2")
    assert journal.sell("a", "COIN", "2", "1").run(engine).rules_breached() == []
    journal.sell("a", "COIN", "1", "1")
    assert journal.run(engine).rules_breached() == ["list"]


def test_position_when_reversed_opens_a_new_one(engine):
    journal = Journal(ruleset(), ruleset(listed(deny="COIN"), ref="plan@2")).open("a")
    journal.buy("a", "COIN", "2", "1").act("a", "migrate", ruleset="plan@2")
    assert journal.sell("a", "COIN", "3", "1").run(engine).rules_breached() == ["list"]


@pytest.mark.parametrize(
    ("side", "qty", "breached"), [("buy", "1", True), ("sell", "2", False), ("sell", "2.1", True)]
)
def test_order_when_judged_counts_unless_it_reduces(engine, side, qty, breached):
    for orders in ("ignored", "judged"):
        plans = ruleset(), ruleset(listed(deny="COIN", orders=orders), ref="plan@2")
        journal = Journal(*plans).open("a").buy("a", "COIN", "2", "1")
        journal.act("a", "migrate", ruleset="plan@2")
        fields = {"symbol": "COIN", "side": side, "qty": qty, "order_type": "market"}
        run = journal.event("order.placed", account_id="a", order_id="o", **fields).run(engine)
        assert bool(run.rules_breached()) == (breached and orders == "judged")


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "allow"),
        ({"allow": []}, "allow"),
        ({"deny": ["E*U*D"]}, "deny"),
        ({"deny": "COIN", "orders": True}, "orders"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        Journal(ruleset(listed(**params)))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(
    st.sets(st.sampled_from(SYMBOLS), min_size=1), st.lists(st.sampled_from(SYMBOLS), max_size=8)
)
@settings(max_examples=25)
def test_list_when_turned_around_forbids_the_rest(names, traded):
    """What `allow` names and what `deny` names are each other's complement."""
    found = []
    for way in ("allow", "deny"):
        rule = listed(**{way: sorted(names)}, breach_kind="flag", strikes_to_hard="99")
        journal = Journal(ruleset(rule)).open("a")
        for symbol in traded:
            journal.buy("a", symbol, "1", "1").tick(symbol, "1")
        runs = [journal.run(engine) for engine in ENGINES.values()]
        assert runs[0].lines == runs[1].lines
        found.append([made["evidence"]["facts"]["fill_id"] for made in runs[0].of("breach")])
    assert not set(found[0]) & set(found[1])
    assert len(found[0]) + len(found[1]) == len(traded)
