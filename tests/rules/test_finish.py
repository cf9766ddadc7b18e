"""Contract section 3: numbers, order, ids and the audit chain."""

import orjson
import pytest

from rules.api import NEVER, At, Decision, DecisionRef, Outcome, Rejection
from rules.finish import Finisher
from schemas.ids import decision_id, intervention_id
from tests.rules.by_hand import chained
from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def decision(ts, position, account="a", *, derived=False, ordinal=0, **body):
    body = {"type": "state", "account_id": account, **body}
    return Decision(ts, position, derived, account, ordinal, body)


def refused(position):
    return Rejection(position, "bad_value", "", "")


def outcome(*decisions, rejections=(), due=NEVER):
    return Outcome(list(decisions), [refused(at) for at in rejections], due)


def seqs(finished):
    return [item.decision["seq"] for item in finished]


def test_seq_when_entries_were_refused_counts_the_accepted():
    finisher = Finisher()
    made = [decision(at, at) for at in (1, 3, 6)]
    finished, rejections = finisher.add([outcome(*made, rejections=(2, 4, 5))], 8)
    assert seqs(finished) == [1, 2, 3]
    assert [entry.position for entry in rejections] == [2, 4, 5]
    assert finisher.accepted == 4
    later, _ = finisher.add([outcome(decision(9, 9), rejections=(8,))], 10)
    assert seqs(later) == [5]


def test_seq_when_a_derived_entry_points_at_a_refused_one_is_the_next_accepted():
    finished, _ = Finisher().add([outcome(decision(5, 2, derived=True), rejections=(2, 3))], 5)
    assert seqs(finished) == [2]


def test_refusal_when_every_group_reports_it_counts_once():
    groups = [outcome(rejections=(1,)), outcome(rejections=(1,)), outcome(decision(2, 2))]
    finished, rejections = Finisher().add(groups, 3)
    assert (seqs(finished), len(rejections)) == ([1], 1)


def test_placeholders_when_nested_anywhere_become_numbers_and_ids():
    ref = DecisionRef(7, 2, True, 3, "breach")
    body = {"cause": ref, "evidence": {"list": [{"seq": At(5)}, At(2)], "plain": 5}}
    finished, _ = Finisher().add([outcome(decision(9, 5, **body), rejections=(1,))], 6)
    made = finished[0].decision
    assert made["cause"] == decision_id("a", 1, 7, True, 3, "breach")
    assert made["evidence"] == {"list": [{"seq": 4}, 1], "plain": 5}


def test_order_when_groups_report_anyhow_is_time_seq_derived_account_ordinal():
    wanted = [
        decision(4, 2, "z"),
        decision(5, 3, "a", derived=True),
        decision(5, 3, "b", derived=True, ordinal=0),
        decision(5, 3, "b", derived=True, ordinal=1),
        decision(5, 3, "a"),
        decision(5, 4, "B"),
        decision(5, 4, "a", ordinal=2),
        decision(5, 4, "a", ordinal=10),
        decision(6, 5, "a"),
    ]
    groups = [outcome(*wanted[::-2]), outcome(*wanted[-2::-2])]
    finished, _ = Finisher().add(groups, 6)
    places = [(item.decision["account_id"], item.decision["seq"]) for item in finished]
    assert places == [(item.account_id, item.position) for item in wanted]


def test_release_when_a_group_still_owes_a_boundary_waits_for_it():
    finisher = Finisher()
    groups = [
        outcome(decision(3, 3, "a"), decision(4, 4, "a"), due=4),
        outcome(decision(2, 2, "b"), due=9),
    ]
    finished, _ = finisher.add(groups, 6)
    assert seqs(finished) == [2, 3]
    boundary = decision(4, 4, "b", derived=True)
    finished, _ = finisher.add([outcome(), outcome(boundary, due=99)], 7)
    assert [item.decision["account_id"] for item in finished] == ["b", "a"]


def test_release_when_the_last_input_is_held_lets_the_end_of_the_replay_in():
    finisher = Finisher(hold_last=True)
    finished, _ = finisher.add([outcome(decision(1, 1, "a"), decision(2, 2, "b"))], 3)
    assert seqs(finished) == [1]
    final = decision(2, 2, "a", ordinal=1_000_000)
    flushed = finisher.flush([outcome(final)])
    assert [item.decision["account_id"] for item in flushed] == ["a", "b"]


def breaching():
    """Two accounts, one of which is paused twice and then closed."""
    return (
        Journal(ruleset(daily(amount="500", breach_kind="pause", warn_at=["0.5"])))
        .open("a")
        .open("b")
        .adjust("a", "correction", "-300")
        .adjust("zz", "correction", "-300")  # refused
        .adjust("a", "correction", "-300")
        .clock(at=MIDNIGHT)
        .adjust("a", "fee", "501")
        .act("a", "close")
    )


def test_chain_when_recomputed_by_hand_holds_every_breach_to_what_came_before(engine):
    run = breaching().run(engine)
    assert run.rules_breached("a") == ["daily", "daily"]
    assert run.of("breach", "a")[0]["evidence"]["previous_hash"] != "0" * 64
    chained(run.decisions, "a")
    # Leaving anything out, or changing it, breaks the chain.
    without = [made for made in run.decisions if made["type"] != "warning"]
    with pytest.raises(AssertionError):
        chained(without, "a")


def test_chain_when_progress_is_asked_for_more_often_is_the_same(engine):
    few, many = (breaching().run(engine, progress=wanted) for wanted in ("boundary", "every"))
    assert len(many.of("progress")) > len(few.of("progress"))
    chosen = [made for made in many.decisions if made["type"] != "progress"]
    assert chosen == [made for made in few.decisions if made["type"] != "progress"]
    assert chained(many.decisions, "a") == chained(few.decisions, "a")


def test_chain_when_another_account_decides_is_not_touched(engine):
    both = breaching().run(engine)
    assert chained(both.decisions, "b") == chained(both.decisions[:4], "b")


def test_lines_when_written_are_the_decisions_as_json(engine):
    run = breaching().run(engine)
    assert [orjson.loads(line) for line in run.lines] == run.decisions
    assert all(b"\n" not in line for line in run.lines)


def test_ids_when_made_are_unique_and_name_what_they_answer(engine):
    run = breaching().run(engine)
    ids = [made["decision_id"] for made in run.decisions]
    assert len(set(ids)) == len(ids)
    for breach, answer in zip(run.of("breach"), run.of("intervention"), strict=True):
        assert answer["breach_id"] == breach["decision_id"]
        assert answer["intervention_id"] == intervention_id(breach["decision_id"])
    first, second = run.of("breach")
    causes = [made["cause"] for made in run.of("state", "a")]
    assert causes == [
        "e1",
        first["decision_id"],
        first["decision_id"],  # the pause it began has ended
        second["decision_id"],
        "e8",
    ]


def test_seq_when_an_event_was_refused_in_between_is_that_of_the_accepted(engine):
    run = breaching().run(engine)
    assert run.codes == ["unknown_account account_id"]
    assert [made["seq"] for made in run.of("breach")] == [4, 6]
    # The boundary precedes the clock, the fifth accepted input.
    assert {made["seq"] for made in run.decisions if made["ts"] == MIDNIGHT} == {5}


@pytest.mark.parametrize("groups", [1, 2, 3, 64])
@pytest.mark.parametrize("cuts", [(), (1,), (3, 4), tuple(range(9))])
def test_bytes_when_accounts_and_frames_are_spread_anyhow_are_the_same(engine, groups, cuts):
    whole = breaching().run(engine)
    spread = breaching().run(engine, groups=groups, cuts=cuts)
    assert spread.lines == whole.lines
    assert spread.codes == whole.codes


def test_fields_when_written_are_those_of_the_contract(engine):
    run = breaching().run(engine)
    common = ["decision_id", "type", "seq", "ts", "firm_id", "account_id", "trader_id", "phase"]
    common += ["ruleset", "ruleset_hash"]
    assert all(list(made)[:10] == common for made in run.decisions)
    breach = "rule family breach_kind metric observed floor overshoot equity balance comparator"
    further = {
        "breach": f"{breach} also evidence",
        "warning": "rule level used floor room",
        "intervention": "intervention_id actions breach_id",
        "progress": "state equity balance unpriced goals rules",
    }
    for kind, names in further.items():
        assert set(run.of(kind)[0]) == {*common, *names.split()}
