"""Event ids are remembered for a window of the journal's time."""

from hypothesis import given
from hypothesis import strategies as st

from connectors.seen import SeenIds


@given(
    window=st.integers(0, 20),
    steps=st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc")), max_size=60),
)
def test_seen_when_asked_says_what_a_list_of_all_would(window, steps):
    seen = SeenIds(window)
    now = 0
    firsts: list[tuple[int, str]] = []
    for step, name in steps:
        now += step
        known = any(name == other and now - at <= window for at, other in firsts)
        assert seen.first_time(name, now) is not known
        if not known:
            firsts.append((now, name))


def test_seen_when_time_passes_forgets():
    seen = SeenIds(10)
    for now in range(100):
        seen.first_time(f"e{now}", now)
    assert len(seen) == 11
