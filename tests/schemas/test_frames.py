import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import json_text
from schemas.events import parse_event
from schemas.frames import NO_PRICE, Frame, FrameBuilder, FrameEvent, frame_from_columns

RAW_CLOCK = {"type": "clock", "event_id": "c1", "ts": "2014-05-02T12:30:00.10Z"}
RAW_FILL = json_text.loads(
    b'{"type":"fill","event_id":"f1","ts":5,"account_id":"a","fill_id":"f","symbol":"X",'
    b'"side":"buy","qty":0.10,"price":"1.50","stop_loss":null}'
)
COLUMNS = ("ts", "tick_at", "tick_symbol", "bid", "ask", "last")
int64s = st.integers(0, 2**63 - 1)


@st.composite
def frames(draw):
    builder = FrameBuilder(draw(st.integers(1, 2**40)))
    ts = 0
    for _ in range(draw(st.integers(0, 20))):
        ts += draw(st.integers(0, 2**50))
        if draw(st.booleans()):
            symbol, bid, ask = draw(st.integers(0, 2**31 - 1)), draw(int64s), draw(int64s)
            last, late = draw(st.just(NO_PRICE) | int64s), draw(st.none() | int64s)
            builder.append_tick(ts, symbol, bid, ask, last, late)
        else:
            raw = draw(st.sampled_from([RAW_CLOCK, RAW_FILL]))
            original = draw(st.sampled_from([raw, None]))
            builder.append_event(ts, parse_event(raw), draw(st.none() | int64s), original)
    offsets = st.tuples(st.integers(0, 99), st.integers(0, 99))
    return builder.build(draw(st.dictionaries(st.text(max_size=5), offsets)))


@given(frames())
def test_frame_when_encoded_and_decoded_is_the_same(frame):
    data = frame.encode()
    again = Frame.decode(data)
    for name in COLUMNS:
        one, other = getattr(frame, name), getattr(again, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    for name in ("first", "events", "sources", "late"):
        assert getattr(again, name) == getattr(frame, name)
    assert again.check().encode() == data
    assert (again.n, again.end) == (frame.n, frame.first + frame.n)


@given(frames())
def test_frame_when_decoded_is_read_only_and_aligned(frame):
    again = Frame.decode(frame.encode())
    for name in COLUMNS:
        column = getattr(again, name)
        assert not column.flags.writeable
        assert column.flags.aligned


@given(frames(), st.data())
def test_frame_when_cut_short_is_refused(frame, data):
    encoded = frame.encode()
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(ValueError):
        Frame.decode(encoded[:cut])
    with pytest.raises(ValueError):
        Frame.decode(encoded + b"x")


def test_frame_when_decoded_keeps_the_original_of_an_event():
    builder = FrameBuilder(1)
    builder.append_event(7, parse_event(RAW_FILL), 5, RAW_FILL)
    (found,) = Frame.decode(builder.build().encode()).events
    assert found.original == RAW_FILL
    assert json_text.dumps(found.original) == json_text.dumps(RAW_FILL)
    assert b'"qty":0.10' in json_text.dumps(found.original)
    assert (found.at, found.late_ts, found.event) == (0, 5, parse_event(RAW_FILL))


def test_frame_when_of_another_version_is_refused():
    data = FrameBuilder(1).build().encode()
    with pytest.raises(ValueError, match="unknown version 2"):
        Frame.decode(data.replace(b'"v":1', b'"v":2'))
    with pytest.raises(ValueError, match="not a frame"):
        Frame.decode(b"HWF2" + data[4:])
    with pytest.raises(ValueError, match="not a frame"):
        Frame.decode(b"")


def columns(ts, tick_at):
    k = len(tick_at)
    zeros = np.zeros(k, np.int64)
    return (
        np.array(ts, np.int64),
        np.array(tick_at, np.int32),
        np.zeros(k, np.int32),
        zeros,
        zeros,
    )


def test_frame_when_made_of_columns_fills_in_last():
    frame = frame_from_columns(1, *columns([1, 2], [0, 1]))
    assert frame.last.tolist() == [NO_PRICE, NO_PRICE]
    assert frame.n == 2


@pytest.mark.parametrize(
    ("ts", "tick_at", "events_at", "reason"),
    [
        ([2, 1], [0, 1], [], "time goes back"),
        ([1, 2], [0], [], "do not add up"),
        ([1, 2], [0, 2], [], "outside"),
        ([1, 2], [-1, 1], [], "outside"),
        ([1, 2], [1, 0], [], "outside|ascend"),
        ([1, 2, 3], [0, 2, 1], [], "ascend"),
        ([1, 2], [1], [1], "share an index"),
    ],
)
def test_frame_when_its_columns_do_not_fit_is_refused(ts, tick_at, events_at, reason):
    events = [FrameEvent(at, parse_event(RAW_CLOCK)) for at in events_at]
    with pytest.raises(ValueError, match=reason):
        frame_from_columns(1, *columns(ts, tick_at), events=events)


def test_frame_when_positions_start_below_one_is_refused():
    with pytest.raises(ValueError, match="add up"):
        FrameBuilder(0).build()


def test_frame_when_an_event_is_marked_late_as_a_tick_is_refused():
    with pytest.raises(ValueError, match="marked late"):
        frame_from_columns(1, *columns([1, 2], [0, 1]), late={2: 1})


def test_frame_when_a_column_is_short_is_refused():
    ts, tick_at, symbols, bid, ask = columns([1, 2], [0, 1])
    with pytest.raises(ValueError, match="differ in length"):
        frame_from_columns(1, ts, tick_at, symbols[:1], bid, ask)


def test_builder_when_filled_counts_its_entries():
    builder = FrameBuilder(5)
    builder.append_tick(1, 0, 100, 101)
    builder.append_event(1, parse_event(RAW_CLOCK))
    assert len(builder) == 2
    frame = builder.build({"ticks/0": (3, 4)})
    assert (frame.first, frame.end, frame.sources) == (5, 7, {"ticks/0": (3, 4)})
