"""Whom a tick concerns, and whose session ends next."""

from hypothesis import given
from hypothesis import strategies as st

from rules.api import NEVER
from rules.reference.holders import DueTimes, Holders

names = st.sampled_from(["a", "b", "c"])
symbols = st.sets(st.sampled_from(["X", "Y", "Z"]))


@given(st.lists(st.tuples(names, symbols)))
def test_holders_when_updated_are_those_of_the_last_update(updates):
    holders, model = Holders(), {}
    for name, held in updates:
        holders.update(name, held)
        model[name] = held
    for symbol in "XYZ":
        assert sorted(holders.of(symbol)) == sorted(n for n in model if symbol in model[n])
    assert set(holders.symbols) == set().union(*model.values())


def test_holders_when_one_comes_twice_keep_who_came_first():
    holders = Holders()
    for name in ("b", "a", "b"):
        holders.update(name, ["X"])
    assert holders.of("X") == ["b", "a"]


@given(
    st.lists(
        st.one_of(
            st.tuples(names, st.one_of(st.integers(1, 9), st.just(NEVER))),
            st.tuples(st.just("through"), st.integers(1, 9)),
        )
    )
)
def test_due_times_when_asked_come_by_instant_then_account(steps):
    due, model = DueTimes(), {}
    for name, instant in steps:
        if name != "through":
            due.update(name, instant)
            model[name] = instant
            continue
        while (at := due.next) <= instant:
            assert at == min(model.values())
            assert due.at(at) == sorted(account for account in model if model[account] == at)
            following = at + 3 if at % 2 else NEVER
            for account in due.at(at):
                due.update(account, following)
                model[account] = following
        assert min(model.values(), default=NEVER) > instant
    assert due.next == min(model.values(), default=NEVER)
