import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.decision_fields import DecimalText, TimeText
from schemas.decisions import DECISION_MODELS, check_decision
from schemas.instants import MAX_INSTANT, instant_text
from schemas.money import round_unit, text

BASE = {
    "decision_id": "0" * 32,
    "seq": 7,
    "ts": "2014-05-02T12:30:00.25Z",
    "firm_id": "default",
    "account_id": "a1",
    "trader_id": None,
    "phase": "evaluation",
    "ruleset": "demo@1",
    "ruleset_hash": "a" * 64,
}
EVIDENCE = {
    "entry": {
        "kind": "tick",
        "seq": 7,
        "ts": "2014-05-02T12:30:00.25Z",
        "symbol": "EURUSD",
        "bid": "1.38",
        "ask": "1.381",
    },
    "positions": [
        {
            "id": "EURUSD",
            "symbol": "EURUSD",
            "side": "buy",
            "qty": "1",
            "cost": "138500",
            "mark": "1.38",
            "mark_seq": 7,
            "rate": None,
            "priced": True,
            "pnl": "-500",
        }
    ],
    "rates": [],
    "floor": {
        "reference": "10000",
        "reference_kind": "balance",
        "set_by_seq": 1,
        "allowance": "500",
    },
    "previous_hash": "0" * 64,
}
MONEY = {"equity": "9500", "balance": "10000"}
DECISIONS = {
    "breach": {
        "rule": "daily",
        "family": "daily_loss",
        "breach_kind": "hard",
        "metric": "equity",
        "observed": "9500",
        "floor": "9500",
        "overshoot": "0",
        "comparator": "lte",
        "also": ["max"],
        "evidence": EVIDENCE,
    }
    | MONEY,
    "state": {"from": "active", "to": "breached", "reason": "breach", "cause": "0" * 32},
    "warning": {"rule": "daily", "level": "0.8", "used": "0.85", "floor": "9500", "room": "75"},
    "intervention": {
        "intervention_id": "1" * 32,
        "actions": ["disable_trading", "notify"],
        "breach_id": "0" * 32,
    },
    "phase.passed": {
        "goals": [{"id": "target", "family": "profit_target", "value": "800"}],
        "next_phase": None,
    },
    "progress": {
        "state": "active",
        "unpriced": False,
        "goals": [
            {"id": "t", "family": "profit_target", "value": None, "needed": "800", "met": False}
        ],
        "rules": [
            {
                "id": "daily",
                "family": "daily_loss",
                "floor": "9500",
                "room": "0",
                "used": "1",
                "latched": True,
            }
        ],
    }
    | MONEY,
}


def decision(kind, **changes):
    return copy.deepcopy(BASE | {"type": kind} | DECISIONS[kind] | changes)


@pytest.mark.parametrize("kind", DECISION_MODELS)
def test_decision_when_complete_is_accepted_and_nothing_else(kind):
    plain = decision(kind)
    assert check_decision(plain).model_dump(by_alias=True, exclude_unset=True) == plain
    for name in plain:
        with pytest.raises(ValidationError):
            check_decision({key: value for key, value in plain.items() if key != name})
    with pytest.raises(ValidationError):
        check_decision(plain | {"bogus": "1"})


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("breach", {"observed": "9500.10"}),
        ("breach", {"observed": "-0"}),
        ("breach", {"observed": "1E+3"}),
        ("breach", {"observed": 9500}),
        ("breach", {"decision_id": "A" * 32}),
        ("breach", {"ts": "2014-05-02T12:30:00.250Z"}),
        ("breach", {"ts": "2014-05-02T12:30:00+00:00"}),
        ("breach", {"seq": 0}),
        ("breach", {"ruleset": "demo"}),
        ("breach", {"ruleset_hash": "a" * 63}),
        ("state", {"to": "dead"}),
        ("intervention", {"actions": ["panic"]}),
    ],
)
def test_decision_when_a_form_is_wrong_is_refused(kind, changes):
    with pytest.raises(ValidationError):
        check_decision(decision(kind, **changes))


def pattern(annotated):
    (field,) = annotated.__metadata__
    (found,) = [item.pattern for item in field.metadata if hasattr(item, "pattern")]
    return re.compile(found)


@given(st.decimals(-(10**15), 10**15, places=9))
def test_amounts_when_written_by_us_have_the_one_form(value):
    assert pattern(DecimalText).search(text(round_unit(value)))


@pytest.mark.parametrize(
    "bad", ["", "-0", "00", "01", "1.0", "1.", ".5", "-0.0", "1e3", "+1", "1\n"]
)
def test_amounts_when_of_another_form_do_not_match(bad):
    with pytest.raises(ValidationError):
        check_decision(decision("breach", observed=bad))


@given(st.integers(0, MAX_INSTANT))
def test_times_when_written_by_us_have_the_one_form(ns):
    assert pattern(TimeText).search(instant_text(ns))
