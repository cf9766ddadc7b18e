"""The crossing search against the twin that visits every tick."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.columns import BID, MULTIPLY
from rules.engine.legs import Position, Rate, prepare_leg
from rules.engine.rows import Row
from tests.rules.engine.model import Model
from tests.rules.engine.twin import Quote, Tick, profit, seed_high
from tests.rules.engine.worlds import position_of, quote_of, walk_of


@given(
    seed=st.integers(0, 2**32),
    quotes=st.lists(quote_of(), min_size=1, max_size=4),
    data=st.data(),
    leaf_bits=st.sampled_from([1, 1, 2, 3, 5]),
    count=st.sampled_from([1, 2, 31, 32, 33, 64, 130, 300]),
    step=st.sampled_from([1, 20, 400]),
    largest=st.sampled_from([1, 3, 20, 64, 300]),
    events=st.sampled_from([0.0, 0.1, 0.5]),
    accounts=st.sampled_from([1, 4, 12]),
    gaps=st.sampled_from([0.0, 0.0, 0.01]),
)
@settings(deadline=None, max_examples=300)
def test_crossing_when_anything_happens_equals_the_twin(
    seed, quotes, data, leaf_bits, count, step, largest, events, accounts, gaps
):
    positions = data.draw(st.lists(position_of(symbols=len(quotes)), max_size=6))
    rng = random.Random(seed)
    carried = dict(enumerate(quotes))
    ticks = walk_of(rng, carried, count, step, trade=0.3, gaps=gaps)
    model = Model(rng, carried, ticks, positions, leaf_bits, accounts)
    first = 0
    while first < count:
        last = min(first + rng.randint(1, largest), count)
        model.frame(first, last, events)
        first = last
    model.settle()


def test_bands_when_a_series_runs_out_of_room_link_every_leg_once():
    """Positions come and go while the pool is rebuilt: each leg keeps exactly its own entries."""
    rng = random.Random(3)
    quotes = {symbol: Quote(100_000, 100_002, -1) for symbol in range(3)}
    positions = [
        Position(s, 1, BID, 1_000, 0, 10**8, 5, 5, rate=Rate(MULTIPLY, (s + 1) % 3, 5))
        for s in range(3)
    ]
    model = Model(rng, quotes, walk_of(rng, quotes, 10, 1, 0.0), positions, 1, accounts=64)
    for _ in range(500):
        holder = rng.choice(model.holders)
        model.put(holder, 0)
        if rng.random() < 0.3:
            model.book.drop(holder.index)
        columns, pool = model.book.columns, model.book.bands.columns
        held = [int(model.book.accounts[i]["leg_count"]) for i in range(64)]
        assert int(pool.used.sum()) == 2 * sum(held)
        for series in range(12):
            first, count = int(pool.start[series]), int(pool.used[series])
            entries = np.arange(first, first + count)
            assert (columns.bands[pool.slot[entries]] == entries).all()


@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3]), st.sampled_from([40, 150, 400]))
@settings(deadline=None, max_examples=150)
def test_high_when_many_ticks_share_it_is_told_by_its_first(seed, leaf_bits, count):
    """Coarse prices and equal sizes: the same equity again and again, bounds often loose."""
    rng = random.Random(seed)
    symbols = rng.randint(2, 3)
    quotes = {symbol: Quote(20, 20, -1) for symbol in range(symbols)}
    ticks = []
    for _ in range(count):
        bid = rng.randint(18, 22)
        ticks.append(Tick(rng.randrange(symbols), bid, bid, -1))
    model = Model(rng, quotes, ticks, [], leaf_bits, accounts=1)
    held = [Position(s, rng.choice([-1, 1]), BID, 1, 0, 20, 0, 0) for s in range(symbols)]
    holder = model.holders[0]
    model.put(holder, 0)
    holder.legs, holder.constant = held, 0
    holder.path = [holder.balance + sum(profit(p, q) for p in held) for q in model.quotes]
    rows = [Row(peak=True, high=holder.balance - 10**10, allowance=10**12)]
    holder.rows, holder.high = rows, seed_high(rows)
    legs = [prepare_leg(p, *model.bounds_of(p)) for p in held]
    holder.present = model.book.put(0, 0, holder.balance, 0, legs, rows)
    first = 0
    while first < count:
        last = min(first + rng.randint(1, count), count)
        model.frame(first, last, 0.0)
        first = last
    model.settle()
