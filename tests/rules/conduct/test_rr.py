"""Stops too far away for their targets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.conduct_kit import agreed, flagged, hedged, rule


def opened(journal, stop, target, side="buy", **more):
    return journal.fill("a", side, "UNIT", "2", "1000", stop_loss=stop, take_profit=target,
                        position_id="p", **more)  # fmt: skip


@pytest.mark.parametrize(
    ("comparator", "stop", "breached"),
    [
        ("gt", "500.00000001", False),
        ("gt", "500", False),
        ("gt", "499.99999999", True),
        ("gte", "500.00000001", False),
        ("gte", "500", True),
    ],
)
def test_bracket_when_around_the_ratio_follows_the_comparator(engine, comparator, stop, breached):
    journal = hedged(rule("rr", max_stop_to_target="5", comparator=comparator))
    run = opened(journal, stop, "1100").run(engine)
    assert run.rules_breached() == (["rr"] if breached else [])


def test_breach_when_made_shows_both_distances(engine):
    journal = hedged(rule("rr", max_stop_to_target="5"))
    made = opened(journal, "1700", "900", side="sell").run(engine).breach("rr")
    assert (made["observed"], made["floor"]) == ("1400", "1000")
    assert made["evidence"]["facts"] == {
        "position": "p",
        "cost": "2000",
        "stop": "1700",
        "target": "900",
        "target_distance": "200",
    }


@pytest.mark.parametrize(
    ("stop", "target"), [("1000", "1001"), ("1100", "1001"), ("1", "1000"), ("1", "900")]
)
def test_bracket_when_one_side_is_no_loss_or_no_gain_has_no_ratio(engine, stop, target):
    journal = hedged(rule("rr", max_stop_to_target="5"))
    assert opened(journal, stop, target).run(engine).rules_breached() == []


def test_bracket_when_changed_is_judged_only_when_worse(engine):
    journal = opened(hedged(flagged("rr", max_stop_to_target="5")), "990", "1001")
    for stop in ("992", "991", "1000", "990"):
        journal.event("position.protected", account_id="a", position_id="p", stop_loss=stop)
    said = [made["observed"] for made in journal.run(engine).of("breach")]
    assert said == ["20", "18", "20"]


def test_bracket_when_its_second_half_comes_is_judged_then(engine):
    journal = hedged(rule("rr", max_stop_to_target="5"))
    journal.buy("a", "UNIT", "1", "1000", position_id="p", stop_loss="900")
    assert journal.run(engine).rules_breached() == []
    journal.event("position.protected", account_id="a", position_id="p", take_profit="1001")
    assert journal.run(engine).rules_breached() == ["rr"]


@pytest.mark.parametrize("value", ["0", "-1", "five"])
def test_ratio_when_no_number_above_0_is_refused(value):
    with pytest.raises(InputError) as caught:
        hedged(rule("rr", max_stop_to_target=value))
    assert caught.value.path == "phases.0.rules.0.max_stop_to_target"


@given(st.integers(1, 999), st.integers(1, 999), st.integers(1, 9), st.integers(1, 50))
def test_verdict_when_the_size_changes_stays_the_same(stop, target, qty, ratio):
    journal = hedged(flagged("rr", max_stop_to_target=str(ratio)))
    bracket = {"stop_loss": str(1000 - stop), "take_profit": str(1000 + target)}
    journal.buy("a", "UNIT", str(qty), "1000", **bracket)
    assert bool(agreed(journal).of("breach")) == (stop > ratio * target)
