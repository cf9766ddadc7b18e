"""Instruments listed during a journal: known from their listing on, not before."""

import json

from connectors.listings import listing_of
from connectors.recording.open import open_recording
from schemas.instruments import InstrumentTable

TABLE = InstrumentTable.parse(
    [{"symbol": "EURUSD", "base": "EUR", "quote": "USD", "price_digits": "5", "qty_digits": "2"}]
)
GBP = {"symbol": "GBPUSD", "base": "GBP", "quote": "USD", "price_digits": "3", "qty_digits": "2"}


def events(folder, *listed, name="events.jsonl"):
    path = folder / name
    lines = [
        {"event_id": f"{name}{n}", "type": "instrument.listed", "ts": str(ts), "instrument": item}
        for n, (ts, item) in enumerate(listed)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    return path


def ticks(folder, rows):
    path = folder / "ticks.csv"
    path.write_text("ts,symbol,bid,ask\n" + "\n".join(f"{ts},{symbol},1,2" for ts, symbol in rows))
    return path


def read(path, listing):
    batches = list(open_recording(path, listing).batches())
    good = [ts for batch in batches for ts in batch.ts.tolist()]
    return good, [(letter.line, letter.code) for batch in batches for _, letter in batch.letters]


def test_tick_when_before_its_listing_is_refused_and_from_it_on_is_good(tmp_path):
    listing, table = listing_of(TABLE, [events(tmp_path, (20, GBP))])
    rows = [(10, "GBPUSD"), (10, "EURUSD"), (19, "GBPUSD"), (20, "GBPUSD"), (21, "GBPUSD")]
    assert read(ticks(tmp_path, rows), listing) == (
        [10, 20, 21],
        [(2, "unknown_symbol"), (4, "unknown_symbol")],
    )
    assert list(table.index) == ["EURUSD", "GBPUSD"]
    assert list(TABLE.index) == ["EURUSD"]


def test_tick_when_late_is_judged_at_its_effective_time(tmp_path):
    listing, _ = listing_of(TABLE, [events(tmp_path, (20, GBP))])
    rows = [(25, "EURUSD"), (15, "GBPUSD")]
    assert read(ticks(tmp_path, rows), listing) == ([25, 25], [])


def test_tick_when_refused_moves_no_time(tmp_path):
    listing, _ = listing_of(TABLE, [events(tmp_path, (20, GBP))])
    rows = [(19, "GBPUSD"), (10, "EURUSD"), (12, "GBPUSD")]
    assert read(ticks(tmp_path, rows), listing)[0] == [10]


def test_listing_when_the_engine_will_refuse_it_lists_nothing(tmp_path):
    other = {**GBP, "price_digits": "4"}
    converts = {**GBP, "symbol": "XXXUSD", "conversion": {"symbol": "NONE", "op": "divide"}}
    path = events(tmp_path, (20, GBP), (30, other), (40, converts), (50, GBP))
    listing, table = listing_of(TABLE, [path])
    assert list(table.index) == ["EURUSD", "GBPUSD"]
    assert table["GBPUSD"].price_digits == 3
    assert listing.since.tolist()[1] == 20


def test_listings_when_in_several_files_are_in_the_order_of_the_journal(tmp_path):
    second = {**GBP, "symbol": "NZDUSD"}
    paths = [
        events(tmp_path, (30, GBP)),
        events(tmp_path, (20, second), (30, {**GBP, "price_digits": "1"}), name="more.jsonl"),
    ]
    _, table = listing_of(TABLE, paths)
    assert list(table.index) == ["EURUSD", "NZDUSD", "GBPUSD"]
    assert table["GBPUSD"].price_digits == 3


def test_listing_when_none_is_mentioned_is_the_table(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_text('{"event_id": "1", "type": "clock", "ts": "5"}\n')
    assert listing_of(TABLE, [path])[1] is TABLE
