"""Event files: bad lines and good neighbours, precision at the door, duplicates, late events."""

import json

import pytest

from connectors.event_file import EventFile
from connectors.files import ByteSource
from schemas.instruments import InstrumentTable

TABLE = InstrumentTable.parse(
    [{"symbol": "EURUSD", "base": "EUR", "quote": "USD", "price_digits": "5", "qty_digits": "2"}]
)
FILL = {
    "event_id": "f",
    "type": "fill",
    "ts": "2014-05-02T12:30:00Z",
    "account_id": "a",
    "fill_id": "1",
    "symbol": "EURUSD",
    "side": "buy",
    "qty": "1",
    "price": "1.38",
}
T0 = 1399033800 * 10**9


def read(folder, lines):
    """Read an event file; return its batches joined, and how many duplicates it held."""
    path = folder / "events.jsonl"
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    )
    file = EventFile(ByteSource(path), TABLE)
    batches = list(file.batches())
    ts = [at for batch in batches for at in batch.ts.tolist()]
    events = [event for batch in batches for event in batch.events]
    letters = [letter for batch in batches for _, letter in batch.letters]
    return ts, events, letters, file.duplicates


def fill(**change):
    return json.dumps({**FILL, **change})


BAD = {
    "no JSON": ("{", "bad_format", ""),
    "a list": ("[]", "bad_format", ""),
    "not UTF-8": (b'{"event_id": "\xff"}', "bad_format", ""),
    "a byte that is no text": (b'{"event_id": "\0"}', "bad_format", ""),
    "unknown type": (fill(event_id="x", type="fil"), "unknown_type", "type"),
    "no time": (fill(event_id="x", ts=None), "bad_ts", "ts"),
    "no offset": (fill(event_id="x", ts="2014-05-02T12:30:00"), "bad_ts", "ts"),
    "unknown field": (fill(event_id="x", comission="1"), "bad_value", "comission"),
    "no quantity": (fill(event_id="x", qty="0"), "bad_value", "qty"),
    "unknown symbol": (fill(event_id="x", symbol="GBPUSD"), "unknown_symbol", "symbol"),
    "over-precise price": (fill(event_id="x", price="1.380001"), "over_precise", "price"),
    "over-precise quantity": (fill(event_id="x", qty="0.001"), "over_precise", "qty"),
    "over-precise stop": (fill(event_id="x", stop_loss="1.3800001"), "over_precise", "stop_loss"),
    "over-precise target": (fill(event_id="x", take_profit="1.4000001"), "over_precise",
                            "take_profit"),
    "over-precise fee": (fill(event_id="x", commission="0.000000001"), "over_precise",
                         "commission"),
    "key twice": ('{"event_id": "x", "event_id": "x"}', "bad_value", ""),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD)
def test_line_when_bad_is_a_dead_letter_and_its_neighbours_survive(tmp_path, kind):
    line, code, path = BAD[kind]
    ts, events, letters, duplicates = read(tmp_path, [fill(), line, "", fill(event_id="g"), ""])
    assert [(item.line, item.code, item.path) for item in letters] == [(2, code, path)]
    assert letters[0].source.endswith("events.jsonl")
    raw = line if isinstance(line, bytes) else line.encode()
    assert letters[0].raw == raw.decode(errors="backslashreplace")
    assert [item.line for item in events] == [1, 4]
    assert ts == [T0, T0]
    assert duplicates == 0


def test_precision_when_only_zeros_are_too_many_is_fine(tmp_path):
    _, events, letters, _ = read(tmp_path, [fill(price="1.3800000000", qty=1.500)])
    assert letters == []
    assert len(events) == 1


def test_event_when_its_id_was_there_is_counted_and_gone(tmp_path):
    lines = [fill(), fill(qty="2"), fill(event_id="g"), fill()]
    _, events, letters, duplicates = read(tmp_path, lines)
    assert [item.line for item in events] == [1, 3]
    assert letters == []
    assert duplicates == 2


def test_event_when_the_id_of_a_bad_one_returns_is_a_duplicate(tmp_path):
    _, events, letters, duplicates = read(tmp_path, [fill(qty="-1"), fill()])
    assert events == []
    assert [item.code for item in letters] == ["bad_value"]
    assert duplicates == 1


def test_event_when_its_id_is_no_id_is_not_remembered(tmp_path):
    _, _, letters, duplicates = read(tmp_path, [fill(event_id=""), fill(event_id="")])
    assert [item.path for item in letters] == ["event_id", "event_id"]
    assert duplicates == 0


def test_event_when_earlier_than_the_one_before_takes_its_time_and_keeps_its_own(tmp_path):
    lines = [
        fill(event_id="1", ts="10"),
        fill(event_id="2", ts="8"),
        fill(event_id="3", ts="99", qty="-1"),
        fill(event_id="4", ts="10"),
        fill(event_id="5", ts="9"),
        fill(event_id="6", ts="11"),
    ]
    ts, events, _, _ = read(tmp_path, lines)
    assert ts == [10, 10, 10, 10, 11]
    assert [item.late_ts for item in events] == [None, 8, None, 9, None]
