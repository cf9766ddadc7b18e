"""Raw records become journal entries, dead letters or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.inputs import INPUT_BYTES_MAX, Source, own_input, read_input
from connectors.log.abstract import Record
from connectors.seen import SeenIds
from connectors.sequencer import RAW_BYTES_MAX, Sequencer
from schemas.events import Clock
from schemas.frames import Frame
from schemas.instruments import InstrumentTable
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_EVENTS, TICKS

INSTRUMENTS = InstrumentTable.parse(
    [
        {
            "symbol": "EURUSD",
            "base": "EUR",
            "quote": "USD",
            "price_digits": "5",
            "qty_digits": "2",
            "contract_size": "100000",
        }
    ]
)
TICK = {"ts": "100", "symbol": "EURUSD", "bid": "1.10000", "ask": "1.10010"}
FILL = {
    "event_id": "e1",
    "type": "fill",
    "ts": "100",
    "account_id": "A1",
    "fill_id": "f1",
    "symbol": "EURUSD",
    "side": "buy",
    "qty": "0.5",
    "price": "1.1",
}


def sequencer(**given) -> Sequencer:
    return Sequencer(
        {f"{TICKS}/0": 0, f"{ACCOUNT_EVENTS}/0": 0},
        SeenIds(1000),
        instruments=INSTRUMENTS.copy(),
        **given,
    )


class Reader:
    """Numbers records as their topics would."""

    def __init__(self):
        self._next = {TICKS: 0, ACCOUNT_EVENTS: 0}

    def read(self, topic, value):
        raw = value if isinstance(value, bytes) else dumps(value)
        record = Record(self._next[topic], None, raw, (), 1_000)
        self._next[topic] += 1
        return read_input(Source(topic, 0), record)

    def tick(self, **changes):
        return self.read(TICKS, TICK | changes)

    def fill(self, **changes):
        return self.read(ACCOUNT_EVENTS, FILL | changes)


def test_sequencer_when_inputs_are_good_makes_a_frame_that_names_their_offsets():
    reader, one = Reader(), sequencer()
    done = one.take([reader.tick(), reader.fill(ts="110"), reader.tick(ts="120")], 0)
    frame = Frame.decode(done.frame.encode())
    assert frame.ts.tolist() == [100, 110, 120]
    assert frame.tick_at.tolist() == [0, 2]
    assert frame.bid.tolist() == [110000, 110000]
    assert frame.events[0].event.event_id == "e1"
    assert frame.sources == {"ticks/0": (0, 2), "account-events/0": (0, 1)}
    then = one.take([reader.tick(ts="130")], 0).frame
    assert then.first == 4
    assert then.sources == {"ticks/0": (2, 3), "account-events/0": (1, 1)}


def test_sequencer_when_an_entry_is_late_gives_it_the_time_before_it():
    reader = Reader()
    inputs = [reader.tick(ts="200"), reader.tick(ts="150"), reader.fill(ts="120")]
    frame = sequencer().take(inputs, 0).frame
    assert frame.ts.tolist() == [200, 200, 200]
    assert frame.late == {1: 150}
    assert frame.events[0].late_ts == 120


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"ts": "yesterday"}, "bad_ts", "ts"),
        ({"ts": "2024-03-05T10:00:00"}, "bad_ts", "ts"),
        ({"symbol": "NOSUCH"}, "unknown_symbol", "symbol"),
        ({"bid": "1.2"}, "crossed", "bid"),
        ({"ask": "1.100105"}, "over_precise", "ask"),
        ({"bid": "0"}, "bad_value", "bid"),
        ({"bid": None}, "bad_value", "bid"),
        ({"volume": "3"}, "bad_value", "volume"),
    ],
)
def test_sequencer_when_a_tick_is_bad_by_itself_writes_a_dead_letter(change, code, path):
    reader = Reader()
    done = sequencer().take([reader.tick(**change), reader.tick()], 0)
    assert [(item.letter.code, item.letter.path) for item in done.letters] == [(code, path)]
    assert done.letters[0].letter.source == TICKS
    assert done.letters[0].letter.offset == 0
    assert done.frame.n == 1
    assert done.frame.sources["ticks/0"] == (0, 2)


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"type": "fill.reversed"}, "unknown_type", "type"),
        ({"qty": "-1"}, "bad_value", "qty"),
        ({"qty": "0.001"}, "over_precise", "qty"),
        ({"price": "1.1000001"}, "over_precise", "price"),
        ({"symbol": "NOSUCH"}, "unknown_symbol", "symbol"),
        ({"comission": "1"}, "bad_value", "comission"),
        ({"ts": "12:00"}, "bad_ts", "ts"),
    ],
)
def test_sequencer_when_an_event_is_bad_by_itself_writes_a_dead_letter(change, code, path):
    reader = Reader()
    done = sequencer().take([reader.fill(**change)], 0)
    assert [(item.letter.code, item.letter.path) for item in done.letters] == [(code, path)]
    assert done.letters[0].event_id == "e1"
    assert done.frame.n == 0


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[1]", b"3", b"[" * 1000])
def test_sequencer_when_a_record_is_no_object_writes_a_dead_letter(raw):
    reader = Reader()
    inputs = [reader.read(TICKS, raw), reader.read(ACCOUNT_EVENTS, raw)]
    letters = sequencer().take(inputs, 0).letters
    assert [item.letter.code for item in letters] == ["bad_format", "bad_format"]


def test_sequencer_when_a_record_is_huge_refuses_it_and_cuts_the_original():
    raw = b'{"x":"' + b"\x00" * INPUT_BYTES_MAX + b'"}'
    letter = sequencer().take([Reader().read(ACCOUNT_EVENTS, raw)], 0).letters[0].letter
    assert letter.code == "bad_format"
    assert len(letter.raw) == RAW_BYTES_MAX
    assert len(letter.to_json()) < 1_000_000


def test_sequencer_when_an_event_id_comes_again_counts_it():
    reader = Reader()
    inputs = [reader.fill(), reader.fill(), reader.fill(event_id="e2", qty="-1")]
    inputs.append(reader.fill(event_id="e2"))
    done = sequencer().take(inputs, 0)
    assert done.repeated == ["e1", "e2"]
    assert len(done.letters) == 1
    assert done.frame.n == 1


def test_sequencer_when_the_window_is_over_takes_an_id_again():
    reader = Reader()
    inputs = [reader.fill(), reader.tick(ts="1101"), reader.fill(ts="1102")]
    assert sequencer().take(inputs, 0).repeated == []


def test_sequencer_when_an_instrument_is_listed_knows_its_ticks_from_then_on():
    reader = Reader()
    listed = {
        "event_id": "l1",
        "type": "instrument.listed",
        "ts": "101",
        "symbol": "GBPUSD",
        "base": "GBP",
        "quote": "USD",
        "price_digits": "4",
        "qty_digits": "2",
    }
    inputs = [
        reader.tick(symbol="GBPUSD", ask="1.1"),
        reader.read(ACCOUNT_EVENTS, listed),
        reader.tick(symbol="GBPUSD", ts="102", bid="1.1", ask="1.1"),
    ]
    done = sequencer().take(inputs, 0)
    assert [item.letter.code for item in done.letters] == ["unknown_symbol"]
    assert done.frame.tick_symbol.tolist() == [1]
    assert done.frame.bid.tolist() == [11000]


def test_sequencer_when_a_time_is_far_ahead_of_the_clock_refuses_it():
    """A single tick from the future would make everything after it late, for ever."""
    reader = Reader()
    one = sequencer(ahead_ns=50)
    done = one.take([reader.tick(ts="160"), reader.tick(ts="150")], now_ns=100)
    assert [item.letter.code for item in done.letters] == ["bad_ts"]
    assert done.frame.ts.tolist() == [150]


def test_sequencer_when_the_feed_is_silent_takes_a_clock_of_its_own():
    clock = own_input({"event_id": "c1", "type": "clock", "ts": "500"}, 500, 0)
    frame = sequencer().take([clock], 0).frame
    assert isinstance(frame.events[0].event, Clock)
    assert frame.sources == {"ticks/0": (0, 0), "account-events/0": (0, 0)}


@given(cuts=st.lists(st.integers(0, 12), max_size=4), order=st.permutations(range(12)))
def test_sequencer_when_polls_are_cut_elsewhere_makes_the_same_entries(cuts, order):
    """Frames end anywhere; entries, dead letters and repeats do not depend on it."""

    def inputs():
        reader = Reader()
        ticks = [reader.tick(ts=str(100 + number)) for number in range(4)]
        fills = [reader.fill(event_id=f"e{n % 3}", ts=str(100 + n)) for n in range(4)]
        bad = [reader.tick(bid="x"), reader.fill(event_id="b", qty="0")] * 2
        given = [*ticks, *fills, *bad]
        return [given[place] for place in order]

    whole = sequencer().take(inputs(), 0)
    pieces, one, left = [], sequencer(), inputs()
    for cut in sorted(cuts, reverse=True):
        pieces.insert(0, left[cut:])
        left = left[:cut]
    done = [one.take(piece, 0) for piece in [left, *pieces]]
    assert [ts for each in done for ts in each.frame.ts.tolist()] == whole.frame.ts.tolist()
    assert [item for each in done for item in each.letters] == whole.letters
    assert [name for each in done for name in each.repeated] == whole.repeated
    firsts = [each.frame.first for each in done] + [one.position]
    assert all(each.frame.end == after for each, after in zip(done, firsts[1:], strict=True))


def test_sequencer_when_time_leaps_with_an_event_still_knows_it():
    """The window begins at the event, not at the entry before it."""
    reader, one = Reader(), sequencer()
    leap = {"ts": "5000"}  # the window is 1000
    done = one.take([reader.tick(), reader.fill(**leap), reader.fill(**leap)], 0)
    assert done.repeated == ["e1"]
    assert one.take([reader.fill(ts="6000")], 0).repeated == ["e1"]
    assert one.take([reader.tick(ts="6001"), reader.fill(ts="6001")], 0).repeated == []
