"""A case leads the reference engine to the very decisions of the whole journal."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.case import decisions_of
from flows.audit.survey import after, survey
from flows.audit.thin import make_case
from rules.reference.engine import ReferenceEngine
from tests.flows.audit.made_up import MadeUp


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
    for seed in range(8):
        journal = MadeUp(seed, 400)
        refused = survey(journal).refused
        for account_id in decided(journal):
            entries = make_case(journal, account_id, refused).case.entries
            found.append(sum(entry.quote is not None for entry in entries))
    assert sorted(found)[len(found) // 2] < 60


@pytest.mark.parametrize(
    ("seq", "refused", "position"),
    [(0, [], 1), (0, [1], 1), (1, [1], 3), (1, [2], 2), (1, [3], 2), (2, [1, 2, 3], 6)],
)
def test_after_when_entries_are_refused_is_the_first_place_beyond(seq, refused, position):
    """A refused entry counts as the next accepted one: it is beyond if that is."""
    assert after(seq, refused) == position
