"""The P/L of a leg against the contract in fractions, at the edges of every path."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rules.engine.checks import check_value
from rules.engine.columns import CONVERTED, LEG
from rules.engine.legs import PriceBounds, fit_leg, prepare_leg, record, unrecord
from tests.rules.engine.twin import profit
from tests.rules.engine.worlds import position_of, quote_of


@given(st.data())
@settings(deadline=None, max_examples=400)
def test_leg_value_when_it_fits_equals_the_contract(data):
    position = data.draw(position_of(symbols=2, wild=True))
    quotes = {symbol: data.draw(quote_of(wild=True)) for symbol in range(2)}
    bounds = {
        symbol: PriceBounds(max(min(quote) // 3, 1), max(quote) * 3)
        for symbol, quote in quotes.items()
    }
    rate = None if position.rate is None else bounds[position.rate.symbol]
    leg = prepare_leg(position, bounds[position.symbol], rate)
    assume(leg is not None)
    record_ = np.array([record(leg)], dtype=LEG)
    assert unrecord(record_[0]) == leg._replace(
        gross=float(np.float32(leg.gross)), error=float(np.float32(leg.error))
    )
    quote = quotes[position.symbol]
    mark = (quote.bid, quote.ask, quote.bid + quote.ask, quote.last)[position.series]
    rate_mid = 1
    if leg.kind & CONVERTED:
        rate_quote = quotes[position.rate.symbol]
        rate_mid = rate_quote.bid + rate_quote.ask
    got = int(check_value(record_, np.int64(mark), np.int64(rate_mid)))
    assert got == profit(position, quotes)
    # Whatever the limits were when the leg was prepared, new ones give the same leg.
    wider = PriceBounds(1, max(quote) * 3)
    refit = fit_leg(leg, wider, rate)
    assert refit == prepare_leg(position, wider, rate)
