from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.synthetic.instruments import mappings
from connectors.synthetic.ticks import from_quotes, price_text, quotes_of
from schemas.instruments import InstrumentTable
from schemas.ticks import parse_tick


@given(points=st.integers(-(10**15), 10**15), digits=st.integers(0, 8))
def test_price_text_when_read_back_is_the_same_price(points, digits):
    assert Decimal(price_text(points, digits)) == Decimal(points).scaleb(-digits)


QUOTES = st.lists(
    st.tuples(st.integers(1, 50), st.sampled_from("ABX"), st.integers(-2, 9), st.integers(-2, 9)),
    max_size=60,
)


@given(quotes=QUOTES, rows=st.integers(1, 7))
def test_from_quotes_when_the_stream_is_wild_keeps_what_can_be_traded(quotes, rows):
    chunks = list(from_quotes(quotes, ["A", "B"], rows))
    good = [one for one in quotes if one[1] != "X" and 0 < one[2] <= one[3]]
    assert [int(bid) for chunk in chunks for bid in chunk.bid] == [one[2] for one in good]
    assert [int(number) for chunk in chunks for number in chunk.symbol] == [
        "AB".index(one[1]) for one in good
    ]
    times = [int(ts) for chunk in chunks for ts in chunk.ts]
    assert times == np.maximum.accumulate([one[0] for one in good]).tolist()
    assert all(len(chunk) <= rows for chunk in chunks)
    assert all(chunk.ts[-1] <= chunk.horizon_ns for chunk in chunks)


def test_quotes_of_when_a_tick_is_unlisted_or_too_fine_leaves_it_out():
    table = InstrumentTable.parse(mappings())
    rows = [
        {"ts": "5", "symbol": "EURUSD", "bid": "1.1", "ask": "1.10002"},
        {"ts": "6", "symbol": "EURUSD", "bid": "1.1", "ask": "1.100021"},
        {"ts": "7", "symbol": "NOSUCH", "bid": "1.1", "ask": "1.2"},
    ]
    assert list(quotes_of(map(parse_tick, rows), table)) == [(5, "EURUSD", 110000, 110002)]
