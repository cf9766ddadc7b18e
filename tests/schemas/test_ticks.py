from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from schemas.instruments import parse_instrument
from schemas.money import decimals
from schemas.ticks import parse_tick, scaled_price

TICK = {"ts": "2014-05-02T12:30:00Z", "symbol": "EURUSD", "bid": "1.3868", "ask": "1.38685"}
EURUSD = parse_instrument(
    {"symbol": "EURUSD", "base": "EUR", "quote": "USD", "price_digits": 5, "qty_digits": 2}
)


def test_tick_when_locked_is_fine():
    tick = parse_tick(TICK | {"ask": TICK["bid"], "last": "1.3868"})
    assert tick.bid == tick.ask == tick.last


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"bid": "1.38690"}, ("crossed", "bid")),
        ({"bid": "0"}, ("bad_value", "bid")),
        ({"ask": "-1"}, ("bad_value", "ask")),
        ({"last": "0"}, ("bad_value", "last")),
        ({"bid": 1.38}, ("bad_value", "bid")),
        ({"ts": "2014-05-02T12:30:00"}, ("bad_ts", "ts")),
        ({"volume": "1"}, ("bad_value", "volume")),
    ],
)
def test_tick_when_bad_names_code_and_path(changes, expected):
    with pytest.raises(InputError) as refused:
        parse_tick(TICK | changes)
    assert (refused.value.code, refused.value.path) == expected


def test_price_when_over_precise_is_refused():
    assert scaled_price(Decimal("1.386850000"), EURUSD, "bid") == 138685
    with pytest.raises(InputError) as refused:
        scaled_price(Decimal("1.386851"), EURUSD, "bid")
    assert (refused.value.code, refused.value.path) == ("over_precise", "bid")


@given(st.decimals("0.00000001", "9999999999", places=8))
def test_price_when_scaled_is_exact(price):
    instrument = EURUSD.model_copy(update={"price_digits": decimals(price)})
    assert scaled_price(price, instrument, "bid") == price * 10**instrument.price_digits
