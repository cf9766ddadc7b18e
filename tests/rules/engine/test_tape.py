"""The tape: prices before and after every tick, and a tree that covers them."""

import random

import numpy as np
import pytest

from rules.engine.columns import GROUP, LEVELS, STRIDE
from rules.engine.tape import Tape
from tests.rules.engine.twin import Quote, quotes_after
from tests.rules.engine.worlds import walk_of


def filled(seed, ticks, leaf_bits, cut, symbols=3, large=1):
    """Return (tape, quotes after every tick); some series come into use while it fills."""
    rng = random.Random(seed)
    quotes = {s: Quote(1_000 * large, 1_002 * large, -1) for s in range(symbols)}
    tape = Tape(symbols, 1_024, leaf_bits)
    for symbol, quote in quotes.items():
        tape.carry(symbol, *quote)
    walk = walk_of(rng, quotes, ticks, 50, trade=0.2)
    for first in range(0, ticks, cut):
        tape.use(rng.randrange(symbols * 4))
        block = np.array(walk[first : first + cut], dtype=np.int64)
        tape.append(block[:, 0].astype(np.int32), *np.ascontiguousarray(block[:, 1:].T))
    return tape, [quotes, *quotes_after(quotes, walk)]


def price(quote, kind):
    return (quote.bid, quote.ask, quote.bid + quote.ask, quote.last)[kind]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("leaf_bits", [1, 3, 5])
def test_nodes_when_ticks_are_appended_cover_every_price_in_their_range(seed, leaf_bits):
    large = 1 if seed % 2 else 10**7
    tape, quotes = filled(seed, 300, leaf_bits, cut=1 + 13 * seed, large=large)
    columns = tape.columns
    for series in np.flatnonzero(columns.row_of >= 0).tolist():
        row = int(columns.row_of[series]) * int(columns.shape[STRIDE])
        for level in range(int(columns.shape[LEVELS])):
            span = 1 << (leaf_bits + 3 * level)
            for node in range((tape.count + span - 1) // span):
                at = row + int(columns.offsets[level]) + (node >> 3) * GROUP + (node & 7)
                low, high = float(columns.nodes[at]), float(columns.nodes[at + 8])
                # The price carried in counts: the range begins before its first tick.
                seen = [
                    price(q[series >> 2], series & 3) for q in quotes[node * span :][: span + 1]
                ]
                seen = [value for value in seen if value >= 0]
                if not seen:
                    continue
                assert low <= min(seen)
                assert high >= max(seen)
                if large == 1 and node * span + span <= tape.count:
                    assert (low, high) == (min(seen), max(seen))


@pytest.mark.parametrize("seed", range(4))
def test_prices_at_when_asked_anywhere_are_those_that_prevail(seed):
    tape, quotes = filled(seed, 130, 3, cut=17)
    for at in range(131):
        for symbol in range(3):
            assert tape.prices_at(symbol, at) == quotes[at][symbol]


def test_restart_when_ticks_were_seen_carries_the_closing_prices():
    tape, quotes = filled(1, 100, 2, cut=10)
    tape.restart()
    assert (tape.count, tape.base) == (0, 100)
    assert [tape.prices_at(s, 0) for s in range(3)] == list(quotes[-1].values())


def test_append_when_the_tape_is_full_is_refused():
    tape = Tape(1, 4)
    block = np.full(5, 10, dtype=np.int64)
    with pytest.raises(ValueError, match="tape of 4 ticks is full: 0 \\+ 5"):
        tape.append(np.zeros(5, dtype=np.int32), block, block, block)


def test_bounds_when_a_price_leaves_them_are_widened_and_told():
    tape = Tape(1, 16)
    one = np.array([0], dtype=np.int32)
    for bid, widened in ((100, 0), (799, 0), (801, 1), (11, 1)):
        tape.widened[:] = 0
        mark = np.array([bid], dtype=np.int64)
        tape.append(one, mark, mark, np.array([-1]))
        assert int(tape.widened[0]) == widened
        assert tape.bounds(0).low <= bid <= tape.bounds(0).high


def test_add_symbol_when_there_is_no_room_keeps_what_was_known():
    tape, quotes = filled(2, 90, 2, cut=9)
    used = np.flatnonzero(tape.columns.row_of >= 0).tolist()
    tape.restart()
    names = [tape.add_symbol() for _ in range(4)]
    assert names == [3, 4, 5, 6]
    assert [tape.prices_at(s, 0) for s in range(3)] == list(quotes[-1].values())
    assert np.flatnonzero(tape.columns.row_of >= 0).tolist() == used
    assert tape.prices_at(6, 0) == Quote(-1, -1, -1)
