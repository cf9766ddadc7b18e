"""The short way to read a tick says what the long way says, or nothing."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.inputs import Source, read_input, read_inputs
from connectors.log.abstract import Record
from connectors.plain_tick import PlainTick, plain_tick
from connectors.seen import SeenIds
from connectors.sequencer import Sequencer
from schemas.instruments import InstrumentTable
from schemas.topics import TICKS

TABLE = InstrumentTable.parse(
    [
        {"symbol": "EURUSD", "base": "EUR", "quote": "USD", "price_digits": "5", "qty_digits": "2"},
        {"symbol": "JP225", "base": "JP2", "quote": "JPY", "price_digits": "0", "qty_digits": "0"},
    ]
)
SOURCE = Source(TICKS, 0)
PRICES = st.one_of(
    # Around each other and around the instruments' precision, where a digit too many is a factor.
    st.from_regex(r"[12]\.[0-9]{1,8}", fullmatch=True),
    st.decimals("0", "20000000000", places=5).map(str),
    st.integers(0, 10**11).map(str),
    st.sampled_from(
        ["1.10", "01.1", "1.", ".5", "1e3", "-1", "0", "0.00000", "1.100000", "1.000001"]
    ),
)
MESSAGES = st.fixed_dictionaries(
    {
        "ts": st.one_of(
            st.integers(10**17, 10**19).map(str), st.sampled_from(["0", "2014-05-02T12:30:00Z"])
        ),
        "symbol": st.sampled_from(["EURUSD", "JP225", "NONE", "EURUSD "]),
        "bid": PRICES,
        "ask": PRICES,
    },
    optional={"last": PRICES},
)
GOOD = {"ts": "1741723200000000000", "symbol": "EURUSD", "bid": "1.1", "ask": "1.10005"}


def sequenced(read, raw):
    """What a sequencer makes of the message; everything but the frame's own objects."""
    sequencer = Sequencer({SOURCE.name: 0}, SeenIds(1), instruments=TABLE.copy())
    record = Record(0, None, raw, (), 1)
    done = sequencer.take(read(record), 2 * 10**18)
    return done.frame.encode(), [one.letter for one in done.letters]


@given(MESSAGES, st.sampled_from([(",", ":"), (", ", ": ")]))
@example(GOOD, (",", ":"))
@example(GOOD | {"bid": "1.2"}, (",", ":"))
@example(GOOD | {"ask": "1.100051"}, (",", ":"))
@example(GOOD | {"bid": "0.100001", "ask": "2"}, (",", ":"))
@example(GOOD | {"ts": "9214646400000000000"}, (",", ":"))
def test_tick_when_it_is_read_the_short_way_means_the_same(message, separators):
    raw = json.dumps(message, separators=separators).encode()
    short = sequenced(lambda record: read_inputs(SOURCE, record), raw)
    assert short == sequenced(lambda record: [read_input(SOURCE, record)], raw)


@given(st.binary(max_size=3), st.integers(0, 90))
def test_tick_when_bytes_of_it_are_replaced_means_the_same(bytes_, at):
    raw = json.dumps(GOOD).encode()
    raw = raw[:at] + bytes_ + raw[at + 1 :]
    short = sequenced(lambda record: read_inputs(SOURCE, record), raw)
    assert short == sequenced(lambda record: [read_input(SOURCE, record)], raw)


def test_tick_when_it_is_plain_is_read_the_short_way():
    raw = json.dumps(GOOD).encode()
    (item,) = read_inputs(SOURCE, Record(0, None, raw, (), 1))
    assert isinstance(item.value, PlainTick)
    assert item.ts == int(GOOD["ts"])


@pytest.mark.parametrize("change", [{"last": "1.1"}, {"bid": 1.1}, {"ts": "0"}, {"more": "1"}])
def test_tick_when_it_is_not_plain_is_left_to_others(change):
    assert plain_tick(json.dumps(GOOD | change).encode()) is None
