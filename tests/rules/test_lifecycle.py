"""Contract section 2, "States": every legal and every illegal move."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset, target

RULES = (daily(amount="500", breach_kind="pause"), drawdown(amount="5000"))
PLAN = ruleset(*RULES, goals=[target(amount="1000")])
OTHER = ruleset(*RULES, goals=[target(amount="1000")], ref="plan@2", require_flat=False)
FUNDED = ruleset(*RULES, ref="funded@1", funded=True)
MIDNIGHT = "2024-03-06T00:00:00Z"


def opened(plan="plan@1"):
    return Journal(PLAN, OTHER, FUNDED).open("a", plan=plan)


def funded():
    return opened("funded@1")


WAYS = {
    "active": opened,
    "paused by a rule": lambda: opened().adjust("a", "correction", "-600"),
    "paused by an operator": lambda: opened().act("a", "pause"),
    "suspended": lambda: opened().act("a", "suspend"),
    "suspended with a pause latched": lambda: (
        opened().act("a", "suspend").adjust("a", "correction", "-600")
    ),
    "awaiting_kyc": funded,
    "active after kyc": lambda: funded().kyc("a", "approved"),
    "paused after kyc": lambda: funded().kyc("a", "approved").act("a", "pause"),
    "suspended after kyc": lambda: funded().kyc("a", "approved").act("a", "suspend"),
    "breached": lambda: opened().adjust("a", "correction", "-6000"),
    "passed": lambda: opened().earn("a", "1000"),
    "closed": lambda: opened().act("a", "close"),
}


def in_state(name):
    """An account that has been brought into a state."""
    return WAYS[name]()


ACTIONS = ("suspend", "reinstate", "close", "pause", "unpause")
LEGAL = {
    ("active", "suspend"): "suspended",
    ("active", "close"): "closed",
    ("active", "pause"): "paused",
    ("paused by a rule", "close"): "closed",
    ("paused by a rule", "unpause"): "active",
    ("paused by an operator", "close"): "closed",
    ("paused by an operator", "unpause"): "active",
    ("suspended", "reinstate"): "active",
    ("suspended", "close"): "closed",
    ("suspended with a pause latched", "reinstate"): "paused",
    ("suspended with a pause latched", "close"): "closed",
    ("active after kyc", "suspend"): "suspended",
    ("active after kyc", "close"): "closed",
    ("active after kyc", "pause"): "paused",
}
STATES = (
    *dict.fromkeys(state for state, _ in LEGAL),
    "awaiting_kyc",
    "breached",
    "passed",
    "closed",
)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("state", STATES)
def test_operator_when_acting_moves_the_account_or_is_refused(engine, state, action):
    journal = in_state(state)
    before = journal.run(engine)
    run = journal.act("a", action).run(engine)
    last = before.of("state")[-1]["to"]
    to = LEGAL.get((state, action))
    if to is None:
        assert run.codes == ["bad_state action"]
        assert run.lines == before.lines
        return
    assert run.codes == []
    made = run.of("state")[-1]
    assert (made["from"], made["to"], made["reason"]) == (last, to, action)
    assert made["cause"] == journal.entries[-1].what["event_id"]
    assert (made["operator"], made["note"]) == ("op", "because")


@pytest.mark.parametrize("state", STATES)
def test_migrate_when_asked_of_any_living_account_keeps_its_state(engine, state):
    plan = "funded@1" if "kyc" in state else "plan@2"
    journal = in_state(state)
    before = journal.run(engine)
    run = journal.act("a", "migrate", ruleset=plan).run(engine)
    if state in {"breached", "passed", "closed"}:
        assert run.codes == ["bad_state action"]
        assert run.lines == before.lines
        return
    assert run.codes == []
    assert run.progress()["state"] == before.progress()["state"]
    assert run.progress()["ruleset"] == plan


@pytest.mark.parametrize(
    ("state", "status", "to"),
    [
        ("awaiting_kyc", "pending", None),
        ("awaiting_kyc", "approved", "active"),
        ("awaiting_kyc", "rejected", None),
        ("active after kyc", "pending", None),
        ("active after kyc", "approved", None),
        ("active after kyc", "rejected", "awaiting_kyc"),
        ("paused after kyc", "pending", None),
        ("paused after kyc", "approved", None),
        ("paused after kyc", "rejected", "bad_state status"),
        ("suspended after kyc", "approved", None),
        ("suspended after kyc", "rejected", "bad_state status"),
        ("active", "rejected", None),  # an evaluation account has no gate
        ("active", "approved", None),
        ("paused by a rule", "rejected", None),
        ("suspended", "rejected", None),
        ("breached", "rejected", None),
        ("breached", "approved", None),
        ("passed", "rejected", None),
        ("closed", "rejected", None),
    ],
)
def test_kyc_when_answered_moves_a_funded_account_or_is_refused(engine, state, status, to):
    journal = in_state(state)
    before = journal.run(engine)
    run = journal.kyc("a", status).run(engine)
    if to is not None and to.startswith("bad_state"):
        assert run.codes == [to]
        assert run.lines == before.lines
        return
    assert run.codes == []
    moved = run.of("state")[len(before.of("state")) :]
    assert [made["to"] for made in moved] == ([] if to is None else [to])
    assert all(made["reason"] == f"kyc_{status}" for made in moved)


def test_funded_account_when_rejected_and_approved_again_goes_back_and_forth(engine):
    run = opened("funded@1").kyc("a", "approved").kyc("a", "rejected").kyc("a", "approved")
    story = [f"{made['from']}>{made['to']}" for made in run.run(engine).of("state")]
    assert story == [
        "created>awaiting_kyc",
        "awaiting_kyc>active",
        "active>awaiting_kyc",
        "awaiting_kyc>active",
    ]


def test_operator_pause_when_boundaries_pass_ends_only_by_unpause(engine):
    run = opened().act("a", "pause").clock(at=MIDNIGHT).clock(at="2024-03-09T00:00:00Z")
    assert run.run(engine).moves() == ["active>paused"]
    assert run.act("a", "unpause").run(engine).moves() == ["active>paused", "paused>active"]


def test_operator_pause_when_a_rule_pauses_too_outlives_the_rules_session(engine):
    journal = opened().act("a", "pause").adjust("a", "correction", "-600").clock(at=MIDNIGHT)
    run = journal.run(engine)
    assert run.rules_breached() == ["daily"]
    assert run.moves() == ["active>paused"]


def test_rule_pause_when_unpaused_stays_latched_for_its_session(engine):
    """The loss of a further 600 is below the same floor, and is not reported again."""
    journal = opened().adjust("a", "correction", "-600").act("a", "unpause")
    journal.adjust("a", "correction", "-600")
    run = journal.run(engine)
    assert run.moves() == ["active>paused", "paused>active"]
    assert run.rules_breached() == ["daily"]
    assert run.rule("daily")["latched"]
    # The next session is like any other: another 501 from its own reference.
    run = journal.clock(at=MIDNIGHT).adjust("a", "correction", "-501").run(engine)
    assert run.moves() == ["active>paused", "paused>active", "active>paused"]
    assert run.rules_breached() == ["daily", "daily"]


def test_rule_pause_when_its_session_ends_while_suspended_is_over(engine):
    journal = in_state("suspended with a pause latched").clock(at=MIDNIGHT)
    run = journal.act("a", "reinstate").run(engine)
    assert run.moves() == ["active>suspended", "suspended>active"]


def test_pause_breach_when_suspended_is_reported_and_changes_no_state(engine):
    run = in_state("suspended with a pause latched").run(engine)
    assert run.rules_breached() == ["daily"]
    assert run.moves() == ["active>suspended"]


def test_suspended_account_when_its_goals_hold_passes_only_after_reinstating(engine):
    journal = opened().act("a", "suspend").earn("a", "1000")
    assert journal.run(engine).moves() == ["active>suspended"]
    run = journal.act("a", "reinstate").run(engine)
    assert run.moves() == ["active>suspended", "suspended>active", "active>passed"]
    assert run.story()[-4:-1] == ["suspended>active", "phase.passed", "active>passed"]


def test_suspended_account_when_a_hard_rule_crosses_breaches(engine):
    run = in_state("suspended").adjust("a", "correction", "-5001").run(engine)
    assert run.moves() == ["active>suspended", "suspended>breached"]


def test_paused_account_when_its_goals_hold_passes(engine):
    journal = in_state("paused by a rule").adjust("a", "correction", "1600")
    assert journal.run(engine).moves() == ["active>paused", "paused>passed"]


def test_paused_account_when_a_hard_rule_crosses_breaches(engine):
    journal = in_state("paused by a rule").adjust("a", "correction", "-5000")
    assert journal.run(engine).moves() == ["active>paused", "paused>breached"]


def test_operator_when_acting_on_the_boundary_meets_the_new_session(engine):
    """The pause has ended by then, so there is nothing to unpause, but something to pause."""
    journal = in_state("paused by a rule")
    refused = in_state("paused by a rule").act("a", "unpause", at=MIDNIGHT).clock(at=MIDNIGHT)
    assert refused.run(engine).codes == ["bad_state action"]
    run = journal.act("a", "pause", at=MIDNIGHT).run(engine)
    assert run.codes == []
    assert run.moves() == ["active>paused", "paused>active", "active>paused"]
