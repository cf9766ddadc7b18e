import csv
import gzip
import json

from connectors.synthetic.files import write_files
from connectors.synthetic.world import World
from rules.ruleset import load_ruleset
from schemas import yaml_text
from schemas.events import parse_event
from schemas.instruments import InstrumentTable
from schemas.ticks import parse_tick, scaled_price


def small(**more):
    return World(2, 60, 0.4, **more)


def test_files_when_read_back_are_the_world(tmp_path):
    written = write_files(small(), tmp_path)
    table = InstrumentTable.parse(yaml_text.load(written.instruments).data)
    assert list(table) == list(small().table)
    batches = list(small().batches())
    events = [json.loads(line) for line in written.events.read_text().splitlines()]
    assert events == [event for batch in batches for _, event in batch.events]
    assert len(events) == written.event_count
    assert all(parse_event(event).ts for event in events)
    with gzip.open(written.ticks, "rt", newline="") as rows:
        ticks = [parse_tick(row) for row in csv.DictReader(rows)]
    assert len(ticks) == written.tick_count
    bids = [scaled_price(tick.bid, table[tick.symbol], "bid") for tick in ticks]
    assert bids == [bid for batch in batches for bid in batch.ticks.bid.tolist()]
    assert [tick.ts for tick in ticks] == [ts for batch in batches for ts in batch.ticks.ts]


def test_files_when_written_twice_are_the_same_bytes(tmp_path):
    first = write_files(small(bad_inputs=0.02), tmp_path / "a")
    second = write_files(small(bad_inputs=0.02), tmp_path / "b")
    for name in ("instruments", "ticks", "events"):
        assert getattr(first, name).read_bytes() == getattr(second, name).read_bytes()


def test_files_when_bad_ticks_are_asked_for_hold_them_as_rows(tmp_path):
    world = small(bad_inputs=0.02)
    written = write_files(world, tmp_path)
    good = sum(len(batch.ticks) for batch in small().batches())
    with gzip.open(written.ticks, "rt") as rows:
        assert sum(1 for _ in rows) == written.tick_count + 1
    assert written.tick_count > good


def test_files_rulesets_when_loaded_serve_every_opening(tmp_path):
    written = write_files(small(), tmp_path)
    known = {
        str(load_ruleset(yaml_text.load(path).data).ref) for path in written.rulesets.iterdir()
    }
    events = [json.loads(line) for line in written.events.read_text().splitlines()]
    used = {event["ruleset"] for event in events if event["type"] == "account.opened"}
    assert used <= known
