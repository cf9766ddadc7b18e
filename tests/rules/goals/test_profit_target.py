"""Contract section 2, "Passing": the profit that counts for a target."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import ruleset, target


def opened(**params):
    return Journal(ruleset(goals=[target(**params)])).open("a")


@pytest.mark.parametrize(
    ("won", "met"), [("799.99999999", False), ("800", True), ("800.00000001", True)]
)
def test_target_when_profit_is_a_unit_around_it_passes_on_touching(engine, won, met):
    run = opened(pct="0.08").earn("a", won).run(engine)
    assert run.goal("target") == {
        "id": "target",
        "family": "profit_target",
        "value": won,
        "needed": "800",
        "met": met,
    }
    assert run.moves() == (["active>passed"] if met else [])


@pytest.mark.parametrize(
    ("reason", "amount", "value"),
    [
        ("payout", "300", "500"),
        ("withdrawal", "300", "500"),
        ("deposit", "300", "500"),
        ("bonus", "300", "500"),
        ("fee", "300", "200"),
        ("funding", "-300", "200"),
        ("funding", "100", "600"),
        ("correction", "-300", "200"),
        ("correction", "100", "600"),
    ],
)
def test_profit_when_money_moves_counts_all_but_what_was_paid_in_or_out(
    engine, reason, amount, value
):
    run = opened(amount="10000").earn("a", "500").adjust("a", reason, amount).run(engine)
    assert run.goal("target")["value"] == value


def test_profit_when_it_only_floats_counts_nothing(engine):
    run = opened(amount="1").buy("a", "UNIT", "1", "100").tick("UNIT", "200").run(engine)
    assert run.goal("target") | {"value": "0", "met": False} == run.goal("target")


def test_profit_when_costs_are_booked_counts_them(engine):
    """100 won, 7 commission, −3 swap, and a rebate of 1."""
    run = (
        opened(amount="1000")
        .buy("a", "UNIT", "1", "100", commission="7")
        .sell("a", "UNIT", "1", "200", swap="-3", commission="-1")
        .run(engine)
    )
    assert run.goal("target")["value"] == "91"


def test_target_when_it_is_a_share_is_of_the_initial_balance(engine):
    run = opened(pct="0.1").adjust("a", "deposit", "5000").run(engine)
    assert run.goal("target")["needed"] == "1000"
