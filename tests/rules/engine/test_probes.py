"""Conduct rules that prices can break: the fast engine looks where a sum is reached, not before."""

from random import Random

import pytest

from rules.engine.evaluate import FastEngine
from rules.reference.account import Account
from rules.reference.engine import ReferenceEngine
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

FAR = {
    "leverage": {"limit": "50"},
    "notional_cap": {"multiple": "40", "pct_base": "equity", "warn_at": ["0.9"]},
    "pos_pct": {"pct": "1", "pct_base": "equity"},
    "margin_use": {"pct": "1", "leverage": "30", "leverages": {"UNIT": "7"}},
    "exposure": {"no_sl_single_pct": "1"},
    "per_trade_loss": {"amount": "3000"},
    "trade_loss_group": {"amount": "3000"},
    "symbol_loss": {"amount": "3000", "sum": "losses_only"},
    "mae": {"pct": "0.3", "threshold": "10000"},
}


def rules(**changed):
    return [
        {"id": family, "family": family, **(FAR[family] | changed.get(family, {}))}
        for family in FAR
    ]


def quiet(*documents, ticks=3_000, seed=1):
    """An account with three positions, and prices that walk without getting anywhere."""
    rng = Random(seed)
    made = Journal(*documents)
    made.tick("UNIT", "100").tick("EURUSD", "1.08").tick("COIN", "2500")
    made.open("a", "10000")
    made.buy("a", "UNIT", "20", "100", position_id="p1")
    made.sell("a", "EURUSD", "0.01", "1.08", position_id="p2")
    made.buy("a", "COIN", "1", "2500", position_id="p3")
    for _ in range(ticks):
        symbol, middle = rng.choice([("UNIT", 100), ("EURUSD", 1.08), ("COIN", 2500)])
        digits = 5 if symbol == "EURUSD" else 2
        made.tick(symbol, f"{middle * (1 + rng.uniform(-0.01, 0.01)):.{digits}f}")
    return made


@pytest.fixture
def settled(monkeypatch):
    """Counts how often the rules of an account are judged."""
    count = [0]
    settle = Account.settle

    def counting(self, *args, **how):
        count[0] += 1
        settle(self, *args, **how)

    monkeypatch.setattr(Account, "settle", counting)
    return count


@pytest.mark.parametrize("frame", [1, 100, 10_000])
def test_prices_when_far_from_every_limit_are_not_looked_at(settled, frame):
    made = quiet(ruleset(*rules()))
    fast = made.run(FastEngine, cuts=range(0, len(made.entries), frame))
    looks = settled[0]
    assert looks < 20
    assert fast.lines == made.run(ReferenceEngine).lines
    assert settled[0] - looks > 3_000


@pytest.mark.parametrize("family", FAR)
def test_limit_when_a_tick_reaches_it_breaks_on_that_tick(family):
    near = {
        "leverage": {"limit": "0.465"},
        "notional_cap": {"multiple": "0.559", "warn_at": ["0.99"]},
        "pos_pct": {"pct": "0.252"},
        "margin_use": {"pct": "0.0405"},
        "exposure": {"no_sl_single_pct": "0.2515"},
        "per_trade_loss": {"amount": "20"},
        "trade_loss_group": {"amount": "20", "comparator": "gte"},
        "symbol_loss": {"amount": "19"},
        "mae": {"pct": "0.002"},
    }
    made = quiet(ruleset(*rules(**{family: near[family] | {"breach_kind": "flag"}})), ticks=400)
    slow = made.run(ReferenceEngine)
    assert [breach["rule"] for breach in slow.of("breach")][:1] == [family]
    assert made.run(FastEngine, cuts=(3, 50)).lines == slow.lines


@pytest.mark.parametrize("unit", [-1, 0, 1])
@pytest.mark.parametrize("comparator", ["gt", "gte"])
def test_floating_loss_when_around_its_limit_is_judged_to_the_unit(unit, comparator):
    rule = {"id": "loss", "family": "per_trade_loss", "amount": "20", "comparator": comparator}
    made = Journal(ruleset(rule)).tick("UNIT", "100")
    made.open("a").buy("a", "UNIT", "1", "100").tick("UNIT", f"{80 * 10**8 - unit}e-8")
    slow, fast = made.run(ReferenceEngine), made.run(FastEngine)
    assert fast.lines == slow.lines
    assert bool(fast.of("breach")) == (unit >= (0 if comparator == "gte" else 1))
