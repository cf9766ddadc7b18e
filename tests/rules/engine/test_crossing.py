"""The crossing search against the twin that visits every tick."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.engine.model import Model
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
)
@settings(deadline=None, max_examples=300)
def test_crossing_when_anything_happens_equals_the_twin(
    seed, quotes, data, leaf_bits, count, step, largest, events
):
    positions = data.draw(st.lists(position_of(symbols=len(quotes)), max_size=6))
    rng = random.Random(seed)
    carried = dict(enumerate(quotes))
    ticks = walk_of(rng, carried, count, step, trade=0.3)
    model = Model(rng, carried, ticks, positions, leaf_bits, accounts=4)
    first = 0
    while first < count:
        last = min(first + rng.randint(1, largest), count)
        model.frame(first, last, events)
        first = last
    model.settle()
