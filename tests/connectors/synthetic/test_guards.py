from hypothesis import given
from hypothesis import strategies as st

from connectors.synthetic.account import Guard
from connectors.synthetic.guards import GuardBook

WAITING = st.tuples(st.integers(1, 30), st.booleans(), st.booleans(), st.booleans())
QUOTE = st.tuples(st.integers(1, 30), st.integers(0, 3))


@given(waiting=st.lists(WAITING, max_size=25), quotes=st.lists(QUOTE, max_size=8))
def test_guard_book_when_quotes_come_finds_what_a_plain_search_finds(waiting, quotes):
    book = GuardBook(1)
    guards = []
    for level, watches_bid, below, live in waiting:
        guard = Guard(None, level, "stop_loss", live=live)
        book.add(0, guard, watches_bid=watches_bid, below=below)
        guards.append((guard, watches_bid, below))
    left = [entry for entry in guards if entry[0].live]
    for bid, spread in quotes:
        touched = book.touched(0, bid, bid + spread)
        expected = [
            entry
            for entry in left
            if (price := bid if entry[1] else bid + spread) == entry[0].level
            or (price < entry[0].level) == entry[2]
        ]
        assert {id(guard) for guard in touched} == {id(entry[0]) for entry in expected}
        left = [entry for entry in left if entry not in expected]
