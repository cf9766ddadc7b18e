"""Contracts by balance: live, and from session to session."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.conduct_kit import UNIT, agreed, flagged, hedged, rule
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

TIERS = [["10000", "2"], ["11501", "3"], ["12001", "5"]]


def plan(**params):
    return rule("contract_scaling", tiers=TIERS, **params)


@pytest.mark.parametrize(
    ("profit", "limit"),
    [("-500", "2"), ("1500.99999999", "2"), ("1501", "3"), ("2000.99999999", "3"), ("2001", "5")],
)
def test_limit_when_live_is_that_of_the_tier_the_balance_has_reached(engine, profit, limit):
    run = hedged(plan()).earn("a", profit).run(engine)
    assert run.rule("contract_scaling")["floor"] == limit
    by_profit = rule("contract_scaling", tiers=[["0", "2"], ["1501", "3"], ["2001", "5"]],
                     tier_by="profit")  # fmt: skip
    assert (
        hedged(by_profit).earn("a", profit).run(engine).rule("contract_scaling")["floor"] == limit
    )


@pytest.mark.parametrize(
    ("size", "breached"), [("2.99999999", False), ("3", False), ("3.00000001", True)]
)
def test_size_when_around_the_tier_breaches_beyond_it(engine, size, breached):
    run = hedged(plan()).earn("a", "1501").buy("a", "UNIT", size, "1").run(engine)
    assert run.rules_breached() == (["contract_scaling"] if breached else [])


def test_limit_when_at_the_end_of_the_day_moves_at_boundaries_only_and_down_too(engine):
    journal = hedged(plan(evaluated="eod")).earn("a", "1501").look("a")
    assert journal.run(engine).rule("contract_scaling")["floor"] == "2"
    journal.clock("2024-03-06T00:00:00Z").earn("a", "-1").look("a")
    assert journal.run(engine).rule("contract_scaling")["floor"] == "3"
    assert (
        journal.clock("2024-03-07T00:00:00Z").run(engine).rule("contract_scaling")["floor"] == "2"
    )


def test_boundary_when_the_tier_falls_breaks_what_is_held(engine):
    journal = hedged(plan(evaluated="eod")).earn("a", "1501").clock("2024-03-06T00:00:00Z")
    journal.buy("a", "UNIT", "3", "1").adjust("a", "fee", UNIT)
    run = journal.clock("2024-03-07T00:00:00Z").run(engine)
    made = run.breach("contract_scaling")
    assert made["ts"] == "2024-03-07T00:00:00Z"
    assert made["evidence"]["entry"]["kind"] == "boundary"
    assert made["evidence"]["facts"] == {"sizes": {"UNIT": "3"}, "balance": "11500.99999999"}


def test_balance_when_migrated_is_still_that_of_the_boundary(engine):
    documents = [ruleset(plan(evaluated="eod"), ref=f"plan@{version}") for version in (1, 2)]
    journal = Journal(*documents).open("a", "10000").earn("a", "2001")
    journal.act("a", "migrate", ruleset="plan@2")
    assert journal.run(engine).rule("contract_scaling")["floor"] == "2"


@pytest.mark.parametrize(
    ("tiers", "path"),
    [
        ([], "tiers"),
        ("2", "tiers"),
        ([["0"]], "tiers.0"),
        ([["0", "2"], ["0", "3"]], "tiers.1"),
        ([["0", "-1"]], "tiers.0"),
        ([["x", "1"]], "tiers.0"),
    ],
)
def test_tiers_when_wrong_name_the_place(tiers, path):
    with pytest.raises(InputError) as caught:
        hedged(rule("contract_scaling", tiers=tiers))
    assert caught.value.path == f"phases.0.rules.0.{path}"


@given(st.lists(st.integers(-900, 900), max_size=5), st.integers(1, 6))
def test_limit_when_live_never_depends_on_the_way_the_balance_came(results, size):
    journal = hedged(flagged("contract_scaling", tiers=TIERS))
    for result in results:
        journal.earn("a", str(result))
    run = agreed(journal.buy("a", "UNIT", str(size), "1"))
    balance = 10000 + sum(results)
    allowed = 5 if balance >= 12001 else 3 if balance >= 11501 else 2
    assert Decimal(run.rule("contract_scaling")["floor"]) == allowed
    assert bool(run.of("breach")) == (size > allowed)
