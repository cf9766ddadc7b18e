"""Contract section 2, "Session" and "States": an account's steps, boundaries and gates."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset, target, trading_days

MIDNIGHT = "2024-03-06T00:00:00Z"
NEXT = "2024-03-07T00:00:00Z"
LIMIT = daily(amount="500")


def opened(*rules, **phase):
    return Journal(ruleset(*rules, **phase)).open("a")


def boundaries(run, account=None):
    """When the account reported by itself: at boundaries."""
    return [made["ts"] for made in run.of("progress", account)[1:-1]]


def test_opening_when_accepted_says_so_and_reports(engine):
    run = opened(LIMIT).run(engine)
    state, progress = run.decisions[:2]
    assert (state["from"], state["to"]) == ("created", "active")
    assert (state["reason"], state["cause"]) == ("opened", "e1")
    assert (state["seq"], state["ts"]) == (1, "2024-03-05T10:00:00Z")
    assert (state["firm_id"], state["trader_id"]) == ("default", None)
    assert progress["rules"] == [
        {
            "id": "daily",
            "family": "daily_loss",
            "floor": "9500",
            "room": "500",
            "used": "0",
            "latched": False,
        }
    ]


def test_decisions_when_the_opening_names_firm_and_trader_carry_them(engine):
    journal = Journal(ruleset(LIMIT)).open("a", firm_id="acme", trader_id="t7")
    run = journal.adjust("a", "fee", "501", firm_id="other", trader_id="other").run(engine)
    assert {(made["firm_id"], made["trader_id"]) for made in run.decisions} == {("acme", "t7")}


def test_opening_when_on_a_boundary_does_not_get_that_boundary(engine):
    journal = Journal(ruleset(LIMIT)).open("a", at=MIDNIGHT).clock(at=MIDNIGHT)
    assert boundaries(journal.run(engine)) == []
    assert boundaries(journal.clock(at=NEXT).run(engine)) == [NEXT]


def test_opening_when_the_floor_is_touched_at_once_breaches_in_its_step(engine):
    """A tenth of a unit is rounded away: there is no allowance, and touching is a breach."""
    rule = daily(pct="0.0000000000001", comparator="lte")
    run = Journal(ruleset(rule)).open("a").run(engine)
    assert run.breach("daily")["floor"] == "10000"
    assert run.story()[:4] == ["created>active", "breach daily", "intervention", "active>breached"]


@pytest.mark.parametrize(
    ("at", "floor"),
    [("2024-03-05T23:59:59.999999999Z", "9800"), (MIDNIGHT, "9500")],
)
def test_input_when_at_the_boundary_belongs_to_the_new_session(engine, at, floor):
    """A profit of 300 before midnight is in the captured balance, one at midnight is not."""
    run = opened(LIMIT).adjust("a", "correction", "300", at=at).clock(at=MIDNIGHT).run(engine)
    assert run.rule("daily")["floor"] == floor


def test_tick_when_at_the_boundary_belongs_to_the_new_session(engine):
    """The reference is the equity before it, 10100, and the tick is compared with its floor."""
    rule = daily(amount="500", reference="equity")
    journal = opened(rule).buy("a", "UNIT", "1", "10000").tick("UNIT", "10100")
    run = journal.tick("UNIT", "9599", at=MIDNIGHT).run(engine)
    breach = run.breach("daily")
    assert (breach["floor"], breach["observed"], breach["ts"]) == ("9600", "9599", MIDNIGHT)
    assert breach["evidence"]["entry"]["kind"] == "tick"
    assert boundaries(run) == [MIDNIGHT]


def test_boundary_when_the_next_input_is_later_has_its_own_time_and_that_inputs_seq(engine):
    run = opened(LIMIT).adjust("a", "fee", "1", at="2024-03-06T09:00:00Z").run(engine)
    progress = run.of("progress")[1]
    assert (progress["ts"], progress["seq"]) == (MIDNIGHT, 2)
    assert progress["balance"] == "10000"  # before the input


def test_boundaries_when_nothing_happens_for_days_come_one_by_one(engine):
    run = opened(LIMIT).clock(at="2024-03-09T12:00:00Z").run(engine)
    assert boundaries(run) == [f"2024-03-0{day}T00:00:00Z" for day in (6, 7, 8, 9)]
    assert {made["seq"] for made in run.of("progress")[1:]} == {2}


def test_boundaries_when_several_sessions_end_at_one_instant_are_one_entry(engine):
    """Midnight in Prague is also 18:00 in New York and 23:00 UTC; noon in Tokyo is not."""
    rules = [
        {**daily(amount="500"), "id": "prague"},
        {**daily(amount="500", reset_tz="America/New_York", reset_time="18:00"), "id": "york"},
        {**daily(amount="500", reset_tz="UTC", reset_time="23:00:00"), "id": "utc"},
        {**daily(amount="500", reset_tz="Asia/Tokyo", reset_time="12:00"), "id": "tokyo"},
    ]
    journal = Journal(ruleset(*rules, timezone="Europe/Prague")).open("a")
    journal.adjust("a", "correction", "70").clock(at="2024-03-06T12:00:00Z")
    run = journal.run(engine)
    assert boundaries(run) == ["2024-03-05T23:00:00Z", "2024-03-06T03:00:00Z"]
    floors = [[rule["floor"] for rule in made["rules"]] for made in run.of("progress")[1:3]]
    assert floors == [["9570", "9570", "9570", "9500"], ["9570"] * 4]


def test_boundary_when_several_sessions_end_rebases_all_then_compares(engine):
    """Both floors are taken first; then the higher of them is reported."""
    rules = [
        {**daily(amount="500"), "id": "own", "reset_time": "00:00:00"},
        {**daily(amount="400"), "id": "firm"},
    ]
    journal = opened(*rules).adjust("a", "correction", "600").buy("a", "UNIT", "1", "10000")
    run = journal.tick("UNIT", "9499").clock(at=MIDNIGHT).run(engine)
    assert run.breach("firm")["floor"] == "10200"
    assert run.breach("firm")["also"] == ["own"]


def test_days_when_a_rules_session_ends_in_between_are_the_rulesets(engine):
    document = ruleset(daily(amount="9000", reset_time="12:00"), goals=[trading_days(5)])
    journal = Journal(document).open("a").buy("a", "UNIT", "1", "1")
    assert journal.clock(at="2024-03-05T12:00:00Z").run(engine).goal("days")["value"] == "0"
    assert journal.clock(at=MIDNIGHT).run(engine).goal("days")["value"] == "1"


@pytest.mark.parametrize(
    ("start", "length_hours"), [("2024-03-30T12:00:00Z", 23), ("2024-10-26T12:00:00Z", 25)]
)
def test_session_when_clocks_change_lasts_as_long_as_the_day(engine, start, length_hours):
    document = ruleset(LIMIT, timezone="Europe/Prague")
    end = start.replace("-30T", "-31T") if "-30T" in start else start.replace("-26T", "-27T")
    journal = Journal(document, start=start).open("a").clock(at=end.replace("T12", "T23"))
    first, second = (made["ts"] for made in journal.run(engine).of("progress")[1:3])
    hours = int(second[8:10]) * 24 + int(second[11:13]) - int(first[8:10]) * 24 - int(first[11:13])
    assert hours == length_hours


FUNDED = {"funded": True, "goals": [target(amount="100")]}


def test_funded_account_when_waiting_is_judged_in_nothing_but_the_gate(engine):
    """Neither breach, nor warning, nor pass; but fills are booked."""
    journal = opened(daily(amount="500", warn_at=["0.5"]), **FUNDED)
    journal.earn("a", "200").earn("a", "-900")
    run = journal.run(engine)
    assert run.story()[:2] == ["created>awaiting_kyc", "progress"]
    assert run.rules_breached() == ["kyc_gate"]
    assert run.progress()["balance"] == "9300"
    assert run.of("warning") == run.of("phase.passed") == []


def test_kyc_gate_when_filled_through_is_flagged_once_per_session(engine):
    journal = opened(LIMIT, **FUNDED).buy("a", "UNIT", "1", "1").buy("a", "UNIT", "1", "1")
    journal.adjust("a", "fee", "1").tick("UNIT", "1").clock(at=MIDNIGHT)
    journal.clock(at="2024-03-06T10:00:00Z").buy("a", "UNIT", "1", "1")
    run = journal.run(engine)
    assert [made["ts"] for made in run.of("breach")] == [
        "2024-03-05T10:00:01Z",
        "2024-03-06T10:00:01Z",
    ]
    breach = run.of("breach")[0]
    assert (breach["family"], breach["breach_kind"], breach["also"]) == ("kyc_gate", "flag", [])
    nothing = ("metric", "observed", "floor", "overshoot", "comparator")
    assert {breach[name] for name in nothing} == {None}
    assert breach["evidence"]["entry"]["event_id"] == "e2"
    assert breach["evidence"]["floor"] is None
    assert {tuple(made["actions"]) for made in run.of("intervention")} == {("notify",)}


def test_funded_account_when_approved_is_judged_in_that_step(engine):
    journal = opened(LIMIT, **FUNDED).earn("a", "-501").kyc("a", "approved")
    run = journal.run(engine)
    assert run.moves() == ["awaiting_kyc>active", "active>breached"]
    assert run.breach("daily")["seq"] == 4
    journal = opened(LIMIT, **FUNDED).earn("a", "100").kyc("a", "approved")
    assert journal.run(engine).moves() == ["awaiting_kyc>active", "active>passed"]


def test_funded_account_when_waiting_rebases_at_boundaries(engine):
    journal = opened(LIMIT, **FUNDED).adjust("a", "correction", "-400").clock(at=MIDNIGHT)
    run = journal.kyc("a", "approved").run(engine)
    assert run.moves() == ["awaiting_kyc>active"]
    assert run.rule("daily")["floor"] == "9100"


def test_funded_account_when_waiting_still_raises_its_marks(engine):
    journal = opened(drawdown("trail_equity", amount="500"), **FUNDED)
    journal.adjust("a", "correction", "300").adjust("a", "correction", "-300")
    assert journal.run(engine).rule("max")["floor"] == "9800"


def test_funded_account_when_rejected_again_is_not_judged_and_flags_anew(engine):
    journal = opened(LIMIT, **FUNDED).kyc("a", "approved").kyc("a", "rejected")
    run = journal.earn("a", "-600").run(engine)
    assert run.rules_breached() == ["kyc_gate"]
    assert run.progress()["state"] == "awaiting_kyc"


def test_suspended_account_when_filled_books_and_judges(engine):
    journal = opened(LIMIT).act("a", "suspend").earn("a", "-501")
    assert journal.run(engine).moves() == ["active>suspended", "suspended>breached"]


@pytest.mark.parametrize("way", ["close", "breach", "pass"])
def test_ended_account_when_boundaries_pass_does_not_report_them(engine, way):
    journal = opened(LIMIT, goals=[target(amount="100")])
    if way == "close":
        journal.act("a", "close")
    else:
        journal.adjust("a", "correction", "-501" if way == "breach" else "100")
    assert boundaries(journal.clock(at=NEXT).run(engine)) == []


def test_balance_when_it_goes_below_zero_is_shown_so(engine):
    run = opened(LIMIT).adjust("a", "withdrawal", "10000.5").run(engine)
    assert (run.progress()["balance"], run.rule("daily")["floor"]) == ("-0.5", "-500.5")
    assert run.of("breach") == []


def test_account_when_opened_with_nothing_has_no_allowance(engine):
    run = Journal(ruleset(daily(pct="0.05"))).open("a", "0").run(engine)
    assert run.of("breach") == []
    assert run.rule("daily") | {"floor": "0", "room": "0", "used": "1"} == run.rule("daily")
