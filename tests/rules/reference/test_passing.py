"""Contract section 2, "Passing": when a phase passes, and what it says then."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import consistency, daily, drawdown, ruleset, target, trading_days

MIDNIGHT = "2024-03-06T00:00:00Z"


TARGET = target(amount="100")


def opened(*rules, goals=(TARGET,), **phase):
    return Journal(ruleset(*rules, goals=goals, **phase)).open("a")


def test_phase_when_every_goal_holds_passes_in_that_step(engine):
    run = opened().earn("a", "100").run(engine)
    assert run.story() == [
        "created>active",
        "progress",
        "phase.passed",
        "active>passed",
        "progress",
    ]
    passed, state = run.decisions[2:4]
    assert passed["goals"] == [{"id": "target", "family": "profit_target", "value": "100"}]
    assert passed["next_phase"] is None
    assert (state["reason"], state["cause"]) == ("passed", passed["decision_id"])
    assert passed["seq"] == state["seq"] == 3


def test_phase_when_passed_names_the_next_and_the_next_account_is_a_new_one(engine):
    document = ruleset(daily(), goals=[target(amount="100")], on_pass="verification")
    document["phases"].append({"name": "verification", "rules": [daily()]})
    journal = Journal(document).open("a").earn("a", "100")
    run = journal.open("b", phase="verification", previous_account_id="a").run(engine)
    assert run.of("phase.passed")[0]["next_phase"] == "verification"
    assert (run.progress("b")["phase"], run.progress("b")["balance"]) == ("verification", "10000")
    # The one that passed is not judged any more.
    after = journal.adjust("a", "correction", "-9999").run(engine)
    assert after.of("breach", "a") == []


def test_phase_when_one_goal_is_missing_does_not_pass(engine):
    goals = [target(amount="100"), trading_days(1)]
    journal = opened(goals=goals).earn("a", "100")
    assert journal.run(engine).of("phase.passed") == []
    (passed,) = journal.clock(at=MIDNIGHT).run(engine).of("phase.passed")
    assert passed["ts"] == MIDNIGHT
    assert [goal["value"] for goal in passed["goals"]] == ["100", "1"]


@pytest.mark.parametrize("require_flat", [True, False])
def test_phase_when_a_position_is_open_passes_only_if_it_need_not_be_flat(engine, require_flat):
    journal = opened(require_flat=require_flat).buy("a", "UNIT", "1", "10", position_id="p")
    journal.earn("a", "100")
    assert bool(journal.run(engine).of("phase.passed")) == (not require_flat)
    run = journal.sell("a", "UNIT", "1", "10", position_id="p").run(engine)
    assert run.of("phase.passed")[0]["seq"] == (5 if require_flat else 4)


def test_phase_when_a_hard_rule_crosses_in_the_step_does_not_pass(engine):
    """The goal holds on the balance, the floor does not on equity."""
    journal = opened(drawdown(amount="1000"), require_flat=False)
    journal.buy("a", "UNIT", "1", "5000", position_id="p").tick("UNIT", "4500")
    journal.adjust("a", "correction", "100").tick("UNIT", "5000")
    run = journal.run(engine)
    assert run.moves() == ["active>passed"]
    journal = opened(drawdown(amount="1000"), require_flat=False)
    journal.buy("a", "UNIT", "1", "5000", position_id="p").tick("UNIT", "4000")
    run = journal.buy("a", "COIN", "1", "1", realized_pnl="100", commission="200").run(engine)
    assert (run.moves(), run.of("phase.passed")) == (["active>breached"], [])


def test_phase_when_pause_and_pass_fall_into_one_step_tells_both_in_order(engine):
    """A position floating at +900 lifts the captured reference above the balance."""
    pausing = daily(amount="500", reference="equity", metric="balance", breach_kind="pause")
    journal = opened(pausing, goals=[trading_days(1)], require_flat=False)
    journal.buy("a", "UNIT", "1", "5000").tick("UNIT", "5900").clock(at=MIDNIGHT)
    run = journal.run(engine)
    assert run.story()[2:-1] == [
        "breach daily",
        "intervention",
        "active>paused",
        "phase.passed",
        "paused>passed",
        "progress",
    ]


def test_phase_when_it_has_no_goals_never_passes(engine):
    journal = opened(daily(), goals=()).earn("a", "5000").clock(at=MIDNIGHT)
    assert journal.run(engine).moves() == []


def test_phase_when_the_profit_is_gone_before_the_gate_opens_does_not_pass(engine):
    goals = [target(amount="100"), consistency("1")]
    journal = opened(goals=goals).earn("a", "100").earn("a", "-1").clock(at=MIDNIGHT)
    assert journal.run(engine).of("phase.passed") == []


def test_phase_when_the_boundary_ends_the_last_day_passes_after_breaches_and_before_progress(
    engine,
):
    flag = daily(amount="5000", reference="equity", metric="balance", breach_kind="flag")
    journal = opened(flag, goals=[trading_days(1)], require_flat=False)
    journal.buy("a", "UNIT", "1", "10000").tick("UNIT", "20000").clock(at=MIDNIGHT)
    assert journal.run(engine).story()[2:-1] == [
        "breach daily",
        "intervention",
        "phase.passed",
        "active>passed",
        "progress",
    ]


def test_phase_when_a_tick_moves_nothing_realised_is_not_passed_by_it(engine):
    journal = opened().buy("a", "UNIT", "1", "5").tick("UNIT", "500").clock(at=MIDNIGHT)
    assert journal.run(engine).of("phase.passed") == []


def test_account_when_passed_reports_what_is_booked_later_but_decides_nothing(engine):
    journal = opened(daily(amount="500")).earn("a", "100")
    quiet = journal.run(engine)
    journal.earn("a", "-9000").clock(at=MIDNIGHT).adjust("a", "payout", "100")
    run = journal.run(engine)
    assert run.decisions[:-1] == quiet.decisions[:-1]
    assert (run.progress()["state"], run.progress()["balance"]) == ("passed", "1000")
