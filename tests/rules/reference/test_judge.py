"""Contract section 2, "Breach": what crosses, what is reported, what is latched.

The accounts hold 1 UNIT opened at 10,000, so that equity = bid.
"""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset, target

MIDNIGHT = "2024-03-06T00:00:00Z"
NEXT = "2024-03-07T00:00:00Z"


def rule(name, amount, kind="hard", **more):
    """A daily loss rule with a name of its own."""
    return {**daily(amount=amount, breach_kind=kind, **more), "id": name}


def floating(*rules, **plan):
    return Journal(ruleset(*rules, **plan)).open("a").buy("a", "UNIT", "1", "10000")


def test_breach_when_equity_recovers_on_the_next_tick_is_final(engine):
    run = floating(rule("r", "500")).tick("UNIT", "9499").tick("UNIT", "12000").run(engine)
    assert run.moves() == ["active>breached"]
    assert run.breach("r")["seq"] == 3


def test_breach_when_the_price_gaps_through_is_judged_at_the_price_there_was(engine):
    run = floating(rule("r", "500")).tick("UNIT", "1").run(engine)
    assert (run.breach("r")["observed"], run.breach("r")["overshoot"]) == ("1", "9499")


def test_breach_when_hard_is_told_in_the_order_of_the_contract(engine):
    run = floating(rule("r", "500")).tick("UNIT", "9499").run(engine)
    assert run.story() == [
        "created>active",
        "progress",
        "breach r",
        "intervention",
        "active>breached",
        "progress",
    ]
    breach, answer, state = run.decisions[2:5]
    assert (state["reason"], state["cause"]) == ("breach", breach["decision_id"])
    assert answer["breach_id"] == breach["decision_id"]


@pytest.mark.parametrize(
    ("rules", "reported", "also"),
    [
        # The highest floor is reported, wherever it stands.
        ([rule("low", "600"), rule("high", "500")], "high", ["low"]),
        ([rule("high", "500"), rule("low", "600")], "high", ["low"]),
        # Among equals the first of the ruleset.
        ([rule("one", "500"), rule("two", "500")], "one", ["two"]),
        # A pause is named, not emitted, though its floor is higher.
        ([rule("pause", "100", "pause"), rule("hard", "500")], "hard", ["pause"]),
        # In rule order, the reported one left out.
        (
            [rule("a1", "700"), rule("b2", "100", "pause"), rule("c3", "500"), rule("d4", "600")],
            "c3",
            ["a1", "b2", "d4"],
        ),
        # What does not cross is not named.
        ([rule("near", "500"), rule("far", "5000"), rule("p", "5000", "pause")], "near", []),
    ],
)
def test_hard_rules_when_several_cross_in_one_step_report_one(engine, rules, reported, also):
    """A gap through all the floors at once."""
    run = floating(*rules).tick("UNIT", "9000").run(engine)
    assert run.rules_breached() == [reported]
    assert run.breach(reported)["also"] == also
    assert run.moves() == ["active>breached"]
    assert len(run.of("intervention")) == 1


def test_hard_rules_when_one_touches_and_one_is_crossed_respect_each_comparator(engine):
    rules = [rule("lt", "500"), rule("lte", "500", comparator="lte")]
    run = floating(*rules).tick("UNIT", "9500").run(engine)
    assert run.rules_breached() == ["lte"]
    assert run.breach("lte")["also"] == []


def test_also_when_a_pause_is_latched_already_does_not_name_it(engine):
    rules = [rule("pause", "100", "pause"), rule("hard", "500")]
    run = floating(*rules).tick("UNIT", "9800").tick("UNIT", "9000").run(engine)
    assert run.rules_breached() == ["pause", "hard"]
    assert run.breach("hard")["also"] == []
    assert run.moves() == ["active>paused", "paused>breached"]


def test_flags_when_a_hard_rule_crosses_too_are_emitted_in_rule_order(engine):
    rules = [
        rule("f1", "300", "flag"),
        rule("hard", "500"),
        rule("f2", "400", "flag"),
        rule("p", "200", "pause"),
    ]
    run = floating(*rules).tick("UNIT", "9000").run(engine)
    assert run.story()[2:-1] == [
        "breach f1",
        "intervention",
        "breach hard",
        "intervention",
        "breach f2",
        "intervention",
        "active>breached",
    ]
    assert run.breach("hard")["also"] == ["p"]
    assert run.breach("f1")["also"] == run.breach("f2")["also"] == []


def test_pauses_when_several_cross_in_one_step_are_each_told_with_one_change_of_state(engine):
    rules = [rule("p1", "300", "pause"), rule("f", "200", "flag"), rule("p2", "400", "pause")]
    run = floating(*rules).tick("UNIT", "9500").run(engine)
    assert run.story()[2:-1] == [
        "breach p1",
        "intervention",
        "breach f",
        "intervention",
        "breach p2",
        "intervention",
        "active>paused",
    ]
    assert run.of("state")[-1]["cause"] == run.breach("p1")["decision_id"]
    assert all(made["also"] == [] for made in run.of("breach"))


def test_pause_when_already_paused_by_another_rule_changes_no_state(engine):
    rules = [rule("p1", "300", "pause"), rule("p2", "400", "pause")]
    run = floating(*rules).tick("UNIT", "9650").tick("UNIT", "9500").run(engine)
    assert run.rules_breached() == ["p1", "p2"]
    assert run.moves() == ["active>paused"]


def test_pause_when_latched_says_nothing_more_until_its_boundary(engine):
    journal = floating(rule("p", "500", "pause")).tick("UNIT", "9400")
    run = journal.tick("UNIT", "9600").tick("UNIT", "9300").run(engine)
    assert run.rules_breached() == ["p"]
    assert run.rule("p")["latched"]


def test_pause_when_its_session_ends_is_over(engine):
    """Re-based to the balance, 10000 − 500, which equity is above again."""
    journal = floating(rule("p", "500", "pause")).tick("UNIT", "9400").tick("UNIT", "9600")
    run = journal.clock(at=MIDNIGHT).run(engine)
    assert run.moves() == ["active>paused", "paused>active"]
    over = run.of("state")[-1]
    assert (over["reason"], over["ts"]) == ("pause_ended", MIDNIGHT)
    assert over["cause"] == run.breach("p")["decision_id"]
    assert run.story()[-3:] == ["paused>active", "progress", "progress"]
    assert not run.rule("p")["latched"]


def test_pause_when_it_crosses_again_at_its_boundary_ends_and_begins_in_one_step(engine):
    """The balance is 10000, so 9400 is below the next session's floor too."""
    journal = floating(rule("p", "500", "pause")).tick("UNIT", "9400").clock(at=MIDNIGHT)
    run = journal.run(engine)
    step = [made for made in run.decisions if made["ts"] == MIDNIGHT]
    assert [made["type"] for made in step[:5]] == [
        "state",
        "breach",
        "intervention",
        "state",
        "progress",
    ]
    assert [(made["from"], made["to"]) for made in (step[0], step[3])] == [
        ("paused", "active"),
        ("active", "paused"),
    ]
    first, second = run.of("breach")
    assert step[0]["cause"] == first["decision_id"]
    assert step[3]["cause"] == second["decision_id"]


def test_pause_when_it_has_its_own_session_ends_then_and_not_before(engine):
    own = rule("p", "500", "pause", reset_time="17:00")
    journal = floating(own).tick("UNIT", "9400").tick("UNIT", "9600")
    journal.clock(at="2024-03-05T17:00:00Z").tick("UNIT", "9400").clock(at=MIDNIGHT)
    run = journal.run(engine)
    assert [made["ts"] for made in run.of("state")[2:]] == [
        "2024-03-05T17:00:00Z",
        "2024-03-05T17:00:01Z",
    ]
    assert run.moves() == ["active>paused", "paused>active", "active>paused"]


def test_pauses_when_their_sessions_differ_end_with_the_last(engine):
    rules = [rule("p1", "300", "pause"), rule("p2", "300", "pause", reset_time="17:00")]
    journal = floating(*rules).tick("UNIT", "9600").tick("UNIT", "9999")
    journal.clock(at="2024-03-05T17:00:00Z")
    assert journal.run(engine).moves() == ["active>paused"]
    run = journal.clock(at=MIDNIGHT).run(engine)
    assert run.moves() == ["active>paused", "paused>active"]
    assert run.of("state")[-1]["cause"] == run.breach("p1")["decision_id"]


def test_pause_when_a_hard_rule_crosses_later_ends_in_a_breach(engine):
    rules = [rule("p", "300", "pause"), rule("hard", "500")]
    journal = floating(*rules).tick("UNIT", "9600")
    run = journal.adjust("a", "fee", "101").run(engine)
    assert run.moves() == ["active>paused", "paused>breached"]


def test_pause_when_a_hard_rule_crosses_at_the_boundary_ends_first(engine):
    """The hard floor follows equity, captured at 11000; only then is the pause's own compared."""
    rules = [
        rule("p", "300", "pause", reference="equity"),
        rule("hard", "500", reference="max_balance_equity"),
    ]
    journal = floating(*rules).tick("UNIT", "9600").adjust("a", "correction", "1000")
    # Balance 11000, equity 10600: both sessions end; hard floor 11000 − 500, p's 10600 − 300.
    journal.tick("UNIT", "9499").clock(at=MIDNIGHT)
    run = journal.run(engine)
    assert run.moves() == ["active>paused", "paused>active", "active>breached"]
    assert run.breach("hard")["floor"] == "10500"
    assert run.breach("hard")["observed"] == "10499"
    assert run.breach("hard")["also"] == []


def test_flag_when_it_crosses_is_told_once_per_session_and_changes_nothing(engine):
    journal = floating(rule("f", "500", "flag")).tick("UNIT", "9400").tick("UNIT", "9600")
    journal.tick("UNIT", "9300").clock(at=MIDNIGHT).tick("UNIT", "9200").clock(at=NEXT)
    run = journal.run(engine)
    assert [made["ts"] for made in run.of("breach")] == ["2024-03-05T10:00:02Z", MIDNIGHT, NEXT]
    assert run.moves() == []
    assert {tuple(made["actions"]) for made in run.of("intervention")} == {("notify",)}


def test_account_when_breached_is_never_judged_again(engine):
    rules = [rule("hard", "500"), rule("p", "600", "pause"), rule("f", "700", "flag")]
    journal = floating(*rules, goals=[target(amount="1")]).tick("UNIT", "9450")
    quiet = journal.run(engine)
    journal.tick("UNIT", "1").sell("a", "UNIT", "1", "99999").adjust("a", "payout", "5000")
    journal.clock(at=MIDNIGHT).tick("UNIT", "1").clock(at=NEXT)
    run = journal.run(engine)
    assert run.decisions[:-1] == quiet.decisions[:-1]
    assert run.progress()["balance"] == "94999"
    assert run.rule("hard")["floor"] == "9500"  # frozen, the payout notwithstanding


def test_hard_breach_when_a_fill_decides_names_the_fill(engine):
    run = floating(rule("r", "500")).sell("a", "UNIT", "1", "9400", reason="stop_loss").run(engine)
    entry = run.breach("r")["evidence"]["entry"]
    assert entry == {
        "kind": "event",
        "seq": 3,
        "ts": "2024-03-05T10:00:02Z",
        "event_id": "e3",
        "type": "fill",
    }


def test_ticks_when_the_account_holds_nothing_of_them_do_not_concern_it(engine):
    run = floating(rule("r", "500")).tick("COIN", "1").tick("EURUSD", "9").run(engine)
    assert run.story() == ["created>active", "progress", "progress"]


def test_rules_of_both_families_when_they_cross_together_are_compared_by_floor(engine):
    """500 of the day against 400 of the peak: 9500 and 10200 − 400."""
    rules = [daily(amount="500"), drawdown("trail_equity", amount="400")]
    run = floating(*rules).tick("UNIT", "10200").tick("UNIT", "9400").run(engine)
    assert run.breach("max")["also"] == ["daily"]
    assert run.breach("max")["floor"] == "9800"
