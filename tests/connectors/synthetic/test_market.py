import hashlib
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.synthetic.instruments import LISTINGS
from connectors.synthetic.market import GAP_NS, NS, Market

START = 1_741_723_200 * NS


def joined(chunks):
    columns = ("ts", "symbol", "bid", "ask")
    return [np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in columns]


def fingerprint(market):
    digest = hashlib.sha256()
    for column in joined(list(market.chunks())):
        digest.update(column.tobytes())
    return digest.hexdigest()


def test_market_when_the_seed_is_the_same_gives_the_same_bytes():
    assert fingerprint(Market(3, 0.5)) == fingerprint(Market(3, 0.5))
    assert fingerprint(Market(3, 0.5)) != fingerprint(Market(4, 0.5))


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**32),
    rate=st.floats(1.0, 400.0),
    pace=st.sampled_from([0.01, 1.0, 60.0, 1200.0, 50_000.0]),
)
def test_market_when_any_seed_runs_is_never_crossed_and_never_goes_back(seed, rate, pace):
    chunks = list(Market(seed, 0.2, rate, START, pace).chunks())
    ts, symbol, bid, ask = joined(chunks)
    assert ts[0] == START
    assert (np.diff(ts) >= GAP_NS).all()
    assert (bid > 0).all()
    assert (bid <= ask).all()
    assert symbol.min() >= 0
    assert symbol.max() < len(LISTINGS)
    for before, after in pairwise(chunk for chunk in chunks if len(chunk)):
        assert before.ts[-1] < before.horizon_ns <= after.ts[0]


def test_market_when_it_opens_quotes_every_instrument_once():
    opening = next(iter(Market(1, 0.1).chunks()))
    assert opening.symbol.tolist() == list(range(len(LISTINGS)))


def test_market_when_an_hour_passes_keeps_crosses_near_their_majors():
    """The legs quote at different moments, hence only nearly."""
    mid = {}
    for chunk in Market(5, 10.0, 50.0).chunks():
        for symbol, bid, ask in zip(chunk.symbol, chunk.bid, chunk.ask, strict=True):
            listing = LISTINGS[symbol]
            mid[listing.symbol] = (int(bid) + int(ask)) / 2 / 10**listing.price_digits
    assert mid["EURGBP"] == pytest.approx(mid["EURUSD"] / mid["GBPUSD"], rel=1e-3)
    assert mid["EURJPY"] == pytest.approx(mid["EURUSD"] * mid["USDJPY"], rel=1e-3)
    assert mid["BTCUSD-INV"] == pytest.approx(mid["BTCUSDT-PERP"] * mid["USDTUSD"], rel=2e-3)


def test_market_when_news_breaks_moves_faster_and_spreads_widen():
    ts, symbol, bid, ask = joined(list(Market(2, 10.0, 50.0).chunks()))
    second = (ts - ts[0]) // NS
    counts = np.bincount(second)
    hectic = counts[second] > 5 * np.median(counts)
    usual = np.array([one.spread for one in LISTINGS])[symbol]
    relative = (ask - bid) / usual
    assert relative[hectic].mean() > 1.5 * relative[~hectic].mean()
    assert (bid == ask).any(), "a locked quote is a real thing"
