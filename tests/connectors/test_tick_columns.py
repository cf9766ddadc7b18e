"""Columns of ticks in one message: the entries JSON makes, and bad rows by themselves."""

from contextlib import closing
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.inputs import INPUT_BYTES_MAX, Place, Source, read_inputs
from connectors.log.abstract import Record
from connectors.log.local import LocalLog
from connectors.mux import Mux
from connectors.seen import SeenIds
from connectors.sequencer import Sequencer
from connectors.tick_columns import ROWS_MAX
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_EVENTS, TICKS
from tests.connectors.test_sequencer import FILL, INSTRUMENTS, TICK

QUOTES = Source(TICKS, 0)


def message(*ticks, form=pa.ipc.new_stream, **columns) -> bytes:
    """An Arrow message of rows of text, or of these columns."""
    names = ("ts", "symbol", "bid", "ask")
    table = pa.table(columns or {name: [tick.get(name) for tick in ticks] for name in names})
    sink = pa.BufferOutputStream()
    with form(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def sequenced(values, **given):
    """What a sequencer makes of records on `ticks`."""
    records = [Record(at, None, value, (), 1_000) for at, value in enumerate(values)]
    inputs = [item for record in records for item in read_inputs(QUOTES, record)]
    sequencer = Sequencer({QUOTES.name: 0}, SeenIds(1), instruments=INSTRUMENTS.copy(), **given)
    return sequencer.take(inputs, 1_000_000)


def entries(frame):
    columns = (frame.ts, frame.tick_symbol, frame.bid, frame.ask, frame.last)
    return [column.tolist() for column in columns], frame.late


@pytest.mark.parametrize("form", [pa.ipc.new_stream, pa.ipc.new_file])
def test_columns_when_good_make_the_entries_json_makes(form):
    ticks = [TICK | {"ts": str(ts), "bid": f"1.1000{ts % 7}"} for ts in (100, 120, 110, 130)]
    done = sequenced([message(*ticks, form=form)])
    assert entries(done.frame) == entries(sequenced([dumps(tick) for tick in ticks]).frame)
    assert done.frame.sources == {QUOTES.name: (0, 1)}, "one record, however many rows"
    assert done.letters == []


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "ts": st.sampled_from(["100", "1970-01-01T00:00:00.000000105Z", "soon", "", "-5"]),
                "symbol": st.sampled_from(["EURUSD", "GBPUSD", ""]),
                "bid": st.sampled_from(["1.1", "1.2", "0", "1.100001", "x", "1e3"]),
                "ask": st.sampled_from(["1.15", "1.1", "-1", ""]),
            }
        ),
        min_size=1,
        max_size=12,
    )
)
def test_rows_when_some_are_bad_are_judged_as_json_is(rows):
    columnar, plain = sequenced([message(*rows)]), sequenced([dumps(row) for row in rows])
    assert entries(columnar.frame) == entries(plain.frame)
    found = [
        (one.letter.code, one.letter.path, one.letter.message, one.letter.offset)
        for one in columnar.letters
    ]
    assert found == [
        (one.letter.code, f"rows.{one.letter.offset}.{one.letter.path}", one.letter.message, 0)
        for one in plain.letters
    ]


def test_rows_when_typed_are_read_by_value():
    done = sequenced(
        [
            message(
                ts=pa.array([100, 200], pa.timestamp("ns", "UTC")),
                symbol=pa.array(["EURUSD", "EURUSD"]).dictionary_encode(),
                bid=pa.array([Decimal("1.10000"), Decimal("1.20000")]),
                ask=pa.array([1.1000049, 1.2]),
                venue=pa.array(["ignored", "as in files"]),
            )
        ]
    )
    assert done.letters == []
    assert done.frame.ask.tolist() == [110_000, 120_000]
    assert done.frame.ts.tolist() == [100, 200]


def test_row_when_refused_is_shown_as_text():
    done = sequenced([message(TICK, TICK | {"bid": "1.2"})])
    letter = done.letters[0].letter
    assert (letter.code, letter.path, letter.offset) == ("crossed", "rows.1.bid", 0)
    assert letter.raw == '{"ts":"100","symbol":"EURUSD","bid":"1.2","ask":"1.10010"}'


def broken_offsets() -> bytes:
    """A message whose text column points far outside of its buffer."""
    good = bytearray(message(TICK))
    offsets = (0).to_bytes(4, "little") + len("EURUSD").to_bytes(4, "little")
    at = good.rindex(offsets)
    good[at + 4 : at + 8] = (1 << 30).to_bytes(4, "little")
    return bytes(good)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"\xff\xff\xff\xff", "Arrow"),
        (b"\xff\xff\xff\xff\x10\x00\x00\x00garbage", "Arrow"),
        (b"ARROW1 is not enough", "Arrow"),
        (message(TICK)[:-40], "Arrow"),
        (broken_offsets(), "Arrow"),
        (message(TICK).replace(b"symbol", b"\x80ymbol"), "Arrow"),
        (message(ts=["1"], symbol=["EURUSD"], bid=["1"]), "column `ask` is missing"),
        (message(ts=[1.5], symbol=["EURUSD"], bid=["1"], ask=["1"]), "column `ts` is double"),
        (message(ts=pa.array([], pa.int64()), symbol=pa.array([], pa.string()),
                 bid=pa.array([], pa.string()), ask=pa.array([], pa.string())), "has 0"),
        (message(*[TICK] * (ROWS_MAX + 1)), f"has {ROWS_MAX + 1}"),
        (b"ARROW1" + bytes(INPUT_BYTES_MAX), "larger than"),
    ],
)  # fmt: skip
def test_message_when_it_cannot_be_read_is_one_dead_letter(raw, says):
    done = sequenced([raw, dumps(TICK)])
    (letter,) = done.letters
    assert letter.letter.code == "bad_format"
    assert letter.letter.path == ""
    assert says in letter.letter.message
    assert done.frame.sources == {QUOTES.name: (0, 2)}
    assert done.frame.n == 1, "the flow goes on"


@given(st.binary(max_size=300), st.integers(0, 10_000))
def test_message_when_damaged_anywhere_never_stops_the_flow(noise, place):
    good = message(*[TICK | {"ts": str(ts)} for ts in range(100, 110)])
    at = place % len(good)
    sequenced([good[:at] + noise + good[at + len(noise) :]])


def test_row_when_it_has_a_dead_letter_already_stays_refused():
    """The clock that refused it may have been right or wrong: it cannot be both in and out."""
    values = [message(TICK, TICK | {"ts": "5000000000"})]
    first = sequenced(values, ahead_ns=1)
    assert [one.letter.path for one in first.letters] == ["rows.1.ts"]
    again = sequenced(values, refused={Place(QUOTES.name, 0, 1)})
    assert [one.letter.path for one in again.letters] == ["rows.1.ts"]
    assert again.frame.n == 1


def test_place_when_a_path_names_no_row_is_that_of_the_record():
    for path, row in {"": -1, "bid": -1, "rows": -1, "rows.x": -1, "rows.12.bid": 12}.items():
        assert Place.of_letter("ticks/0", 7, path) == Place("ticks/0", 7, row)


@pytest.mark.parametrize(
    ("rows", "parts"),
    [(2, ["tttttttttt", "et"]), (100, ["ttettttttttt"])],
)
def test_rows_when_a_frame_would_end_among_them_stay_together(tmp_path, rows, parts):
    """A record counts as read or not, so all its rows go into one frame, events among them."""
    log = LocalLog(tmp_path)
    events = Source(ACCOUNT_EVENTS, 0)
    for source, values in {
        events: [dumps(FILL | {"ts": "102"})],
        QUOTES: [message(*[TICK | {"ts": str(ts)} for ts in range(100, 110)]), dumps(TICK)],
    }.items():
        log.create(source.topic)
        with closing(log.writer(*source)) as writer:
            for value in values:
                writer.append(value)
            writer.flush()
    readers = [[(source, log.reader(*source))] for source in (events, QUOTES)]
    with closing(Mux(*readers, ts=0, rows=rows)) as mux:
        taken = []
        while mux.fetch():
            taken.append("".join("te"[item.source == events] for item in mux.take()))
    assert taken == parts
