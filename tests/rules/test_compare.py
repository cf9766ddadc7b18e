"""What another version changes, and whether it is harder."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.compare import bind, compare_phases, tightens
from rules.ruleset import load_ruleset
from rules.values import shown
from tests.rules.samples import (
    consistency,
    daily,
    drawdown,
    profitable_days,
    ruleset,
    target,
    trading_days,
)

HUNDRED = Decimal(100_000)


def changes(before, after, initial=HUNDRED):
    return compare_phases(bind(load_ruleset(before)), bind(load_ruleset(after)), initial)


def effects(before, after, initial=HUNDRED):
    return {
        (change.subject, change.part): change.effect for change in changes(before, after, initial)
    }


def test_comparison_when_nothing_differs_is_empty():
    plan = ruleset(daily(), drawdown(), goals=[target(), trading_days(4), consistency("0.4")])
    assert changes(plan, ruleset(daily(), drawdown(), goals=plan["phases"][0]["goals"])) == []


def test_comparison_when_a_default_is_spelled_out_is_empty():
    plain = ruleset(daily(), drawdown("trail_equity"))
    spelled = ruleset(
        daily(reference="balance", metric="equity", breach_kind="hard", pct_base="initial"),
        drawdown("trail_equity", payout_effect="none", warn_at=[]),
        require_flat=True,
    )
    assert changes(plain, spelled) == []


@pytest.mark.parametrize(
    ("amount", "expected"), [("4999", "tighter"), ("5000", "neutral"), ("5001", "looser")]
)
def test_limit_when_a_share_becomes_money_is_compared_at_the_initial_balance(amount, expected):
    found = effects(ruleset(daily(pct="0.05")), ruleset(daily(amount=amount)))
    assert found.get(("daily", "limit")) == expected


def test_limit_when_money_stays_and_the_balance_differs_is_another_verdict():
    before, after = ruleset(daily(pct="0.05")), ruleset(daily(amount="3000"))
    assert effects(before, after, Decimal(100_000))["daily", "limit"] == "tighter"
    assert effects(before, after, Decimal(50_000))["daily", "limit"] == "looser"


def test_limit_when_its_base_changes_is_unclear_unless_an_example_shows_more():
    found = effects(ruleset(daily(pct="0.05")), ruleset(daily(pct="0.05", pct_base="reference")))
    # After a losing day the base is smaller, so the floor stands higher.
    assert found == {("daily", "limit"): "unclear", ("daily", "floor"): "tighter"}


def test_rule_when_new_is_tighter_and_when_gone_is_looser():
    one, two = ruleset(daily()), ruleset(daily(), drawdown())
    assert effects(one, two) == {("max", ""): "tighter"}
    assert effects(two, one) == {("max", ""): "looser"}


def test_rule_when_of_another_family_is_unclear():
    found = effects(ruleset(daily()), ruleset({**drawdown(pct="0.2"), "id": "daily"}))
    assert found == {("daily", "family"): "unclear"}


def test_floor_when_an_example_shows_it_higher_is_named_with_the_example():
    [change, *_] = changes(ruleset(daily(reference="balance")), ruleset(daily(reference="equity")))[
        1:
    ]
    assert change.effect == "tighter"
    assert change.words == (
        "`daily`: the day after closing at +2 % with +3 % floating its floor is 100000, was 97000"
    )


def test_lock_when_added_to_a_trailing_floor_is_looser_and_means_nothing_to_a_static_one():
    trailing = effects(
        ruleset(drawdown("trail_equity")), ruleset(drawdown("trail_equity", lock_offset="0"))
    )
    assert trailing == {("max", "lock_offset"): "looser"}
    static = effects(ruleset(drawdown()), ruleset(drawdown(lock_offset="100")))
    assert static == {}


def test_mode_when_it_no_longer_trails_is_looser_whatever_its_lock():
    found = effects(ruleset(drawdown("trail_equity", lock_offset="0")), ruleset(drawdown()))
    assert found == {("max", "mode"): "looser"}


def test_session_when_it_moves_is_unclear_once_and_for_rules_with_their_own():
    before, after = ruleset(daily(), drawdown()), ruleset(daily(), drawdown(), reset="17:00")
    assert effects(before, after) == {("session", ""): "unclear"}
    own = ruleset(daily(reset_time="17:00"), drawdown())
    assert effects(before, own) == {("daily", "session"): "unclear"}


def test_goals_when_harder_are_tighter():
    before = ruleset(daily(), goals=[target(), trading_days(4), profitable_days(3, pct="0.005")])
    after = ruleset(
        daily(), goals=[target(pct="0.1"), trading_days(3), profitable_days(3, amount="501")]
    )
    assert effects(before, after) == {
        ("target", "limit"): "tighter",
        ("days", "min_days"): "looser",
        ("wins", "limit"): "tighter",
    }


def test_goals_when_all_are_gone_the_phase_can_never_be_passed():
    found = effects(ruleset(daily(), goals=[target()]), ruleset(daily()))
    assert found == {("phase", "goals"): "tighter", ("target", ""): "looser"}


def test_phase_when_gated_or_wanting_flat_is_tighter():
    loose, strict = ruleset(daily(), require_flat=False), ruleset(daily(), funded=True)
    assert effects(loose, strict) == {
        ("phase", "funded"): "tighter",
        ("phase", "require_flat"): "tighter",
    }
    assert set(effects(strict, loose).values()) == {"looser"}


def test_tightens_when_a_change_is_unclear_counts_it():
    found = changes(ruleset(daily(), reset="17:00"), ruleset(daily(pct="0.06", warn_at=["0.5"])))
    assert [change.subject for change in found] == ["session", "daily", "daily"]
    assert [change.subject for change in tightens(found)] == ["session"]


SHARES = st.integers(1, 99).map(lambda number: f"0.{number:02d}")
LOOSE = st.fixed_dictionaries(
    {"pct": SHARES},
    optional={
        "metric": st.sampled_from(["equity", "balance", "min_balance_equity"]),
        "comparator": st.sampled_from(["lt", "lte"]),
        "breach_kind": st.sampled_from(["hard", "pause", "flag"]),
        "lock_offset": st.sampled_from(["0", "100", "-500"]),
        "payout_effect": st.sampled_from(["none", "lock", "reduce_allowance", "reset"]),
    },
)
MODES = st.sampled_from(["static", "trail_eod_balance", "trail_eod_max", "trail_closed_balance"])


@given(MODES, LOOSE, MODES, LOOSE)
def test_comparison_when_no_tightening_is_found_no_example_floor_is_higher(one, old, other, new):
    before, after = ruleset(drawdown(one, **old)), ruleset(drawdown(other, **new))
    there, back = changes(before, after), changes(after, before)
    if not tightens(there):
        from rules.examples import floors_of

        floors = [floors_of(load_ruleset(plan).phases[0], HUNDRED) for plan in (before, after)]
        assert all(a.floors["max"] <= b.floors["max"] for b, a in zip(*floors, strict=True))
        if there:
            assert tightens(back) or all(change.effect == "neutral" for change in there)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"MES*": Decimal("0.10"), "ES": Decimal(1)}, "ES: 1, MES*: 0.1"),
        (((Decimal(0), Decimal(2)), (Decimal(1501), Decimal(3))), "0, 2; 1501, 3"),
        (("EUR*", "BTC"), "EUR*, BTC"),
    ],
)
def test_value_when_it_has_parts_is_shown_in_words(value, words):
    assert shown(value) == words
