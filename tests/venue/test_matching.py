"""The test venue's own matching: at bid and ask, of an order book made up or recorded."""

from decimal import Decimal

import pytest
from pyarrow import parquet

from tests.recordings import recording
from tests.venue.matching import Account, Matching
from tests.venue.shapes import order_json

ONE = {"symbol": "BTCUSDT", "type": "MARKET", "quantity": "1"}


@pytest.fixture
def matching():
    return Matching({"BTCUSDT": Decimal(60000)})


@pytest.fixture
def recorded():
    """The first quotes of bitcoin in the recording."""
    table = parquet.read_table(
        recording("crypto-2024-08-08.parquet"), columns=["symbol", "bid", "ask"]
    )
    rows = table.slice(0, 5_000).to_pylist()
    quotes = [(row["bid"], row["ask"]) for row in rows if row["symbol"].startswith("BTC")]
    assert len(quotes) > 100
    return quotes


@pytest.mark.parametrize(("side", "price"), [("BUY", "60000.5"), ("SELL", "59999.5")])
def test_order_when_matched_buys_at_the_ask_and_sells_at_the_bid(matching, side, price):
    matching.quote("BTCUSDT", Decimal("59999.5"), Decimal("60000.5"))
    account = Account()
    order = matching.order(account, {**ONE, "side": side}, 0)
    assert [trade["price"] for trade in account.trades] == [price]
    assert order_json(order)["avgPrice"] == price


def test_order_when_the_price_moves_after_it_keeps_what_it_was_filled_at(matching):
    order = matching.order(Account(), {**ONE, "side": "BUY"}, 0)
    matching.prices["BTCUSDT"] = Decimal(1)
    assert order_json(order)["avgPrice"] == "60000"


def test_book_when_it_follows_a_recording_fills_at_its_bids_and_asks(matching, recorded):
    """A round trip at every quote costs its spread, and a fee for each trade."""
    account, costs = Account(), Decimal(0)
    for bid, ask in recorded:
        matching.quote("BTCUSDT", bid, ask)
        for side in ("BUY", "SELL"):
            matching.order(account, {**ONE, "side": side}, 0)
        costs += ask - bid + (ask + bid) * Decimal("0.0004")
    assert account.wallet == 100_000 - costs
    assert account.positions["BTCUSDT"] == 0
