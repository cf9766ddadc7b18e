"""Contract section 2, "States": `migrate` replaces parameters and keeps the rest."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import consistency, daily, drawdown, ruleset, target, trading_days

MIDNIGHT = "2024-03-06T00:00:00Z"
NEXT = "2024-03-07T00:00:00Z"


def plan(*rules, version, **more):
    return ruleset(*rules, ref=f"plan@{version}", **more)


def migrated(before, after, *steps):
    """Open under the first version, take the steps, migrate to the second."""
    journal = Journal(before, after).open("a")
    for step in steps:
        step(journal)
    return journal.act("a", "migrate", ruleset="plan@2")


def test_migration_when_done_binds_later_decisions_to_the_new_version(engine):
    journal = migrated(plan(daily(amount="500"), version=1), plan(daily(amount="600"), version=2))
    run = journal.adjust("a", "fee", "550").adjust("a", "fee", "51").run(engine)
    breach = run.breach("daily")
    assert (breach["ruleset"], breach["floor"], breach["seq"]) == ("plan@2", "9400", 4)
    assert breach["ruleset_hash"] != run.decisions[0]["ruleset_hash"]


def test_migration_when_the_new_floor_is_crossed_breaches_in_that_step(engine):
    journal = migrated(
        plan(daily(amount="500"), version=1),
        plan(daily(amount="300"), version=2),
        lambda journal: journal.adjust("a", "fee", "400"),
    )
    run = journal.run(engine)
    assert run.breach("daily")["evidence"]["entry"]["event_id"] == "e3"
    assert run.moves() == ["active>breached"]


def test_migration_when_done_keeps_the_captured_reference_and_its_base(engine):
    """12000 captured; 5% of it, then 10%; a payout in between lowers the reference alone."""
    run = migrated(
        plan(daily(pct="0.05", pct_base="reference"), version=1),
        plan(daily(pct="0.1", pct_base="reference"), version=2),
        lambda journal: journal.adjust("a", "correction", "2000").clock(at=MIDNIGHT),
        lambda journal: journal.adjust("a", "payout", "500"),
    ).run(engine)
    assert run.rule("daily")["floor"] == "10300"  # 11500 − 1200


def test_migration_when_done_keeps_the_high_water_mark(engine):
    run = migrated(
        plan(drawdown("trail_equity", amount="1000"), version=1),
        plan(drawdown("trail_equity", amount="700"), version=2),
        lambda journal: journal.adjust("a", "correction", "900").adjust("a", "fee", "100"),
    ).run(engine)
    assert run.rule("max")["floor"] == "10200"  # 10900 − 700


def test_migration_when_done_keeps_what_payouts_did(engine):
    first = drawdown(amount="1000", payout_effect="reduce_allowance")
    run = migrated(
        plan(first, version=1),
        plan({**first, "amount": "2000"}, version=2),
        lambda journal: journal.adjust("a", "payout", "300"),
    ).run(engine)
    assert run.rule("max")["floor"] == "8300"  # 10000 − (2000 − 300)


def test_migration_when_the_floor_was_locked_stays_locked(engine):
    first = drawdown("lock_on_profit", amount="1000", lock_trigger_profit="500")
    run = migrated(
        plan(first, version=1),
        plan({**first, "amount": "2000"}, version=2),
        lambda journal: journal.adjust("a", "correction", "500"),
    ).run(engine)
    assert run.rule("max")["floor"] == "10000"


def test_migration_when_done_keeps_day_counts_and_results(engine):
    before = plan(version=1, goals=[trading_days(5), consistency("0.1")])
    after = plan(version=2, goals=[consistency("0.2"), trading_days(6), target(amount="999")])
    run = migrated(before, after, lambda journal: journal.earn("a", "50").clock(at=MIDNIGHT)).run(
        engine
    )
    assert run.goal("days") | {"value": "1", "needed": "6"} == run.goal("days")
    assert run.goal("best") | {"value": "1", "needed": "0.2"} == run.goal("best")


def test_migration_when_done_in_mid_session_keeps_what_the_day_has_seen(engine):
    goals = [trading_days(5)]
    journal = migrated(
        plan(version=1, goals=goals),
        plan(version=2, goals=goals),
        lambda journal: journal.earn("a", "50"),
    )
    assert journal.clock(at=MIDNIGHT).run(engine).goal("days")["value"] == "1"


def test_migration_when_a_rule_of_the_same_id_is_latched_keeps_the_latch(engine):
    rule = daily(amount="500", breach_kind="pause")
    journal = migrated(
        plan(rule, version=1),
        plan({**rule, "amount": "400"}, version=2),
        lambda journal: journal.adjust("a", "fee", "501"),
    )
    run = journal.run(engine)
    assert (run.rules_breached(), run.moves()) == (["daily"], ["active>paused"])
    assert run.rule("daily")["latched"]
    ended = journal.clock(at=MIDNIGHT).run(engine)
    assert ended.moves() == ["active>paused", "paused>active"]


def test_migration_when_the_pausing_rule_is_gone_lifts_the_pause(engine):
    journal = migrated(
        plan(daily(amount="500", breach_kind="pause"), version=1),
        plan(drawdown(), version=2),
        lambda journal: journal.adjust("a", "fee", "501"),
    )
    run = journal.run(engine)
    assert run.moves() == ["active>paused", "paused>active"]


def test_migration_when_an_operator_paused_leaves_the_pause(engine):
    journal = migrated(
        plan(daily(), version=1),
        plan(drawdown(), version=2),
        lambda journal: journal.act("a", "pause"),
    )
    assert journal.run(engine).moves() == ["active>paused"]


def test_migration_when_a_rule_is_new_starts_from_the_initial_balance(engine):
    run = migrated(
        plan(daily(amount="500"), version=1),
        plan({**daily(amount="500"), "id": "other"}, drawdown(amount="900"), version=2),
        lambda journal: journal.adjust("a", "correction", "300").clock(at=MIDNIGHT),
    ).run(engine)
    assert [rule["floor"] for rule in run.progress()["rules"]] == ["9500", "9100"]


def test_migration_when_the_session_changes_follows_the_new_one(engine):
    journal = migrated(
        plan(daily(amount="500"), version=1),
        plan(daily(amount="500"), version=2, reset="18:00"),
    )
    run = journal.clock(at="2024-03-06T18:00:00Z").run(engine)
    assert [made["ts"] for made in run.of("progress")[1:-1]] == [
        "2024-03-05T18:00:00Z",
        "2024-03-06T18:00:00Z",
    ]


def test_migration_when_on_the_boundary_comes_after_it(engine):
    journal = Journal(
        plan(daily(amount="500"), version=1), plan(daily(amount="400"), version=2)
    ).open("a")
    journal.adjust("a", "correction", "100").act("a", "migrate", ruleset="plan@2", at=MIDNIGHT)
    run = journal.run(engine)
    boundary = run.of("progress")[1]
    assert (boundary["ruleset"], boundary["rules"][0]["floor"]) == ("plan@1", "9600")
    assert run.rule("daily")["floor"] == "9700"
    assert len(journal.clock(at=MIDNIGHT).run(engine).of("progress")) == 3


def test_migration_when_overrides_were_given_keeps_them(engine):
    journal = Journal(
        plan(daily(pct="0.05"), version=1), plan(daily(pct="0.04"), drawdown(), version=2)
    ).open("a", overrides={"daily": {"pct": "0.01"}})
    run = journal.act("a", "migrate", ruleset="plan@2").run(engine)
    assert [rule["floor"] for rule in run.progress()["rules"]] == ["9900", "9000"]


@pytest.mark.parametrize(
    ("target_plan", "opening", "code"),
    [
        (plan(daily(), version=2, currency="EUR"), {}, "currency_mismatch ruleset"),
        (plan(daily(), version=2, name="other"), {}, "unknown_phase ruleset"),
        (plan(daily(), version=3), {}, "unknown_ruleset ruleset"),
        (
            plan(drawdown(), version=2),
            {"overrides": {"daily": {"pct": "0.01"}}},
            "bad_value overrides.daily",
        ),
    ],
)
def test_migration_when_the_target_does_not_fit_is_refused_and_changes_nothing(
    engine, target_plan, opening, code
):
    journal = Journal(plan(daily(), version=1), target_plan).open("a", **opening)
    before = journal.run(engine, progress="every")
    run = journal.act("a", "migrate", ruleset="plan@2").run(engine, progress="every")
    assert run.codes == [code]
    assert run.lines == before.lines


def test_migration_when_a_goal_is_met_under_the_new_version_passes(engine):
    journal = migrated(
        plan(version=1, goals=[target(amount="500")]),
        plan(version=2, goals=[target(amount="100")]),
        lambda journal: journal.earn("a", "100"),
    )
    assert journal.run(engine).moves() == ["active>passed"]


def test_migration_when_the_new_phase_is_not_funded_still_opens_the_gate_on_approval(engine):
    """Whoever waits for an answer must get out of waiting when it comes."""
    journal = migrated(plan(daily(), version=1, funded=True), plan(daily(), version=2))
    run = journal.kyc("a", "approved").run(engine)
    assert run.moves() == ["awaiting_kyc>active"]


def test_migration_when_a_rule_keeps_its_id_but_not_its_family_keeps_its_latch(engine):
    journal = migrated(
        plan({**daily(amount="500", breach_kind="pause"), "id": "loss"}, version=1),
        plan({**drawdown(amount="500", breach_kind="pause"), "id": "loss"}, version=2),
        lambda journal: journal.adjust("a", "fee", "501"),
    )
    run = journal.run(engine)
    assert (run.rules_breached(), run.moves()) == (["loss"], ["active>paused"])
