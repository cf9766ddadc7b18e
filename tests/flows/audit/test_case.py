"""A case leads the reference engine to the very decisions of the whole journal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.case import decisions_of
from flows.audit.survey import after, survey
from flows.audit.thin import make_case
from rules.reference.engine import ReferenceEngine
from tests.flows.audit.made_up import MadeUp, Told
from tests.rules import kit
from tests.rules.samples import daily, ruleset


def decided(journal):
    """What one reference engine decides over the whole journal, by account, but `progress`."""
    found = {}
    for decision in journal.case.run(ReferenceEngine, groups=1).decisions:
        if decision["type"] != "progress":
            found.setdefault(decision["account_id"], []).append(decision)
    return found


@settings(max_examples=20)
@given(st.integers(0, 2**48))
def test_case_when_judged_gives_the_decisions_of_the_journal(seed):
    journal = MadeUp(seed)
    refused = survey(journal).refused
    for account_id, wanted in decided(journal).items():
        made = make_case(journal, account_id, refused)
        assert decisions_of(made.verdict) == wanted


def test_case_when_made_holds_no_event_of_another_account():
    journal = MadeUp(11, 200)
    refused = survey(journal).refused
    for account_id in decided(journal):
        entries = make_case(journal, account_id, refused).case.entries
        owners = {entry.event.account_id for entry in entries if entry.event is not None}
        assert owners <= {account_id, None}


def test_case_when_the_journal_is_long_holds_few_of_its_ticks():
    """Hundreds of ticks while a position is open, and no more than a few that mattered."""
    found = []
    for seed in range(3):
        journal = MadeUp(seed, 400)
        refused = survey(journal).refused
        for account_id in decided(journal):
            entries = make_case(journal, account_id, refused).case.entries
            found.append(sum(entry.quote is not None for entry in entries))
    assert sorted(found)[len(found) // 2] < 60


def test_case_when_an_order_names_what_was_never_traded_knows_the_instrument():
    told = kit.Journal(ruleset(daily(amount="500"))).open("a")
    order = {"symbol": "EURUSD", "side": "buy", "qty": "1", "order_type": "market"}
    told.event("order.placed", account_id="a", order_id="o", **order)
    made = make_case(Told(told.entries, told.instruments, told.rulesets), "a", [])
    assert made.verdict.refused == {}


@pytest.mark.parametrize("kind", ["clock", "tick", "listing", "ruleset", "another's", "refused"])
def test_case_when_a_session_ends_before_an_entry_of_others_counts_that_entry(kind):
    """What ends the session for the account is somebody else's, and only its moment is kept."""
    told = kit.Journal(ruleset(daily(amount="500")))
    told.open("a").open("b").tick("UNIT", "100").buy("a", "UNIT", "1", "100")
    after = "2024-03-07T00:00:01Z"
    if kind == "clock":
        told.clock(at=after)
    elif kind == "tick":
        told.tick("EURUSD", "1.1", at=after)
    elif kind == "listing":
        listed = {"symbol": "NEW", "base": "N", "quote": "USD", "price_digits": "2"}
        told.event("instrument.listed", at=after, instrument=listed | {"qty_digits": "2"})
    elif kind == "ruleset":
        told.event(
            "ruleset.published", at=after, document=ruleset(daily(amount="600")) | {"version": "7"}
        )
    elif kind == "another's":
        told.buy("b", "UNIT", "1", "100", at=after)
    else:
        told.sell("nobody", "UNIT", "1", "100", at=after)
    told.clock().tick("UNIT", "99").sell("a", "UNIT", "2", "40")
    journal = Told(told.entries, told.instruments, told.rulesets)
    wanted = [one for one in told.run(ReferenceEngine).decisions if one["account_id"] == "a"]
    made = make_case(journal, "a", survey(journal).refused)
    found = [item.decision for item in made.verdict.decisions]
    assert [one for one in wanted if one["type"] != "progress"] == decisions_of(made.verdict)
    boundaries = [(one["seq"], one["ts"]) for one in found if one["type"] == "progress"][1:]
    assert boundaries
    assert (
        boundaries
        == [(one["seq"], one["ts"]) for one in wanted if one["type"] == "progress"][
            1 : len(boundaries) + 1
        ]
    )


@pytest.mark.parametrize(
    ("seq", "refused", "position"),
    [(0, [], 1), (0, [1], 1), (1, [1], 3), (1, [2], 2), (1, [3], 2), (2, [1, 2, 3], 6)],
)
def test_after_when_entries_are_refused_is_the_first_place_beyond(seq, refused, position):
    """A refused entry counts as the next accepted one: it is beyond if that is."""
    assert after(seq, refused) == position
