from hypothesis import given
from hypothesis import strategies as st

from schemas.ids import decision_id, intervention_id, key_group

accounts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
parts = st.tuples(
    accounts,
    st.integers(1, 2**40),
    st.integers(0, 2**62),
    st.booleans(),
    st.integers(0, 100),
    st.sampled_from(["breach", "state", "warning", "progress", "phase.passed"]),
)


@given(parts, parts)
def test_decision_ids_when_parts_differ_differ(one, other):
    assert (decision_id(*one) == decision_id(*other)) == (one == other)


def test_decision_ids_when_neighbours_are_all_distinct():
    found = {
        decision_id(account, seq, ts, derived, ordinal, kind)
        for account in ("a", "a\n1", "1")
        for seq in range(1, 12)
        for ts in (1, 11, 111)
        for derived in (False, True)
        for ordinal in range(12)
        for kind in ("breach", "state")
    }
    assert len(found) == 3 * 11 * 3 * 2 * 12 * 2


def test_decision_id_when_released_never_changes():
    """Stored decisions are found by it: another value here breaks every journal."""
    assert decision_id("acc-1", 7, 1399033800250000000, False, 0, "breach") == (
        "4580d1af08e1488246aeaca8e0e82ec1"
    )
    assert intervention_id("4580d1af08e1488246aeaca8e0e82ec1") == "8ba95be84fa06ba080099dd9e1686db1"


@given(accounts, st.integers(1, 4096))
def test_key_group_when_asked_is_within_and_stable(account, groups):
    group = key_group(account, groups)
    assert 0 <= group < groups
    assert group == key_group(account, 2 * groups) // 2
