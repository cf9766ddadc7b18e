"""The whole world, held against the contract by a ledger that shares nothing with the simulator."""

import hashlib
import heapq
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.synthetic.instruments import mappings
from connectors.synthetic.world import NS, Recording, World
from schemas.errors import InputError
from schemas.events import parse_event
from schemas.instants import parse_instant
from schemas.money import decimals


def small(seed=11, **more):
    return World(seed, 150, 0.6, **more)


def played(world):
    return list(world.batches())


def events_of(batches):
    return [event for batch in batches for _, event in batch.events]


def fingerprint(world):
    digest = hashlib.sha256()
    for batch in world.batches():
        for column in (batch.ticks.ts, batch.ticks.symbol, batch.ticks.bid, batch.ticks.ask):
            digest.update(column.tobytes())
        digest.update(orjson.dumps([batch.events, batch.bad_ticks]))
    return digest.hexdigest()


@pytest.fixture(scope="module")
def batches():
    return played(small())


class Books:
    """Positions by the contract's words, in decimals; raises on whatever it calls bad input."""

    def __init__(self):
        self.modes, self.held, self.known = {}, {}, set()

    def open(self, event):
        assert event["account_id"] not in self.known
        self.known.add(event["account_id"])
        self.modes[event["account_id"]] = event.get("position_mode")

    def fill(self, event):
        account, symbol = event["account_id"], event["symbol"]
        assert account in self.known
        named = event.get("position_id")
        mode = self.modes[account] or ("hedging" if named else "netting")
        self.modes[account] = mode
        signed = Decimal(event["qty"]) * (1 if event["side"] == "buy" else -1)
        assert signed
        if mode == "netting":
            key = (account, symbol)
            before = self.held.get(key, Decimal(0))
            if event.get("reason") in {"stop_loss", "take_profit"}:
                assert before == -signed, "a protective fill closes exactly what is held"
        else:
            key = (account, named or event["fill_id"])
            listed, before = self.held.get(key, (symbol, Decimal(0)))
            assert listed == symbol
            assert before == 0 or before * signed > 0 or abs(signed) <= abs(before), "over-close"
            self.held[key] = (symbol, before + signed)
            if before + signed == 0:
                del self.held[key]
            return
        self.held[key] = before + signed


def test_world_when_the_seed_is_the_same_gives_the_same_bytes():
    assert fingerprint(small(3, bad_inputs=0.01)) == fingerprint(small(3, bad_inputs=0.01))
    assert fingerprint(small(3)) != fingerprint(small(4))


def test_world_events_when_parsed_obey_the_contract(batches):
    events = events_of(batches)
    kinds = Counter(parse_event(event).type for event in events)
    assert kinds.keys() >= {
        "account.opened", "fill", "order.placed", "order.cancelled", "position.protected",
        "balance.adjusted", "kyc.updated", "account.overridden",
    }  # fmt: skip
    assert kinds["account.opened"] == 150


def test_world_ids_are_unique(batches):
    events = events_of(batches)
    for name in ("event_id", "fill_id"):
        ids = [event[name] for event in events if name in event]
        assert len(ids) == len(set(ids))
    placed = [event["order_id"] for event in events if event["type"] == "order.placed"]
    assert len(placed) == len(set(placed))


def test_world_events_when_read_in_order_are_strictly_later_each(batches):
    times = [parse_instant(event["ts"]) for event in events_of(batches)]
    assert all(before < after for before, after in pairwise(times))


def test_world_when_files_are_merged_by_the_contract_has_the_same_order(batches):
    """Time first, then account events before ticks: what replay will do with the files."""
    journal = []
    for batch in batches:
        events = list(batch.events)
        for place, ts in enumerate(batch.ticks.ts.tolist()):
            while events and events[0][0] <= place:
                journal.append(events.pop(0)[1]["event_id"])
            journal.append(ts)
        journal += [event["event_id"] for _, event in events]
    ticks = ((ts, 1, ts) for batch in batches for ts in batch.ticks.ts.tolist())
    events = ((parse_instant(one["ts"]), 0, one["event_id"]) for one in events_of(batches))
    assert journal == [entry[2] for entry in heapq.merge(events, ticks)]


@settings(deadline=None, max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_world_when_any_seed_runs_never_closes_more_than_is_held(seed):
    books = Books()
    for event in events_of(played(World(seed, 60, 0.4))):
        if event["type"] == "account.opened":
            books.open(event)
        elif event["type"] == "fill":
            books.fill(event)


def test_world_fills_are_at_the_latest_bid_or_ask_and_never_too_precise(batches):
    world = small()
    digits = {one.symbol: (one.price_digits, one.qty_digits) for one in world.table}
    quote = {}
    for batch in batches:
        columns = [getattr(batch.ticks, name).tolist() for name in ("symbol", "bid", "ask")]
        done = 0
        for place, event in batch.events:
            for number in range(done, place):
                quote[columns[0][number]] = (columns[1][number], columns[2][number])
            done = max(done, place)
            if event["type"] != "fill":
                continue
            price, qty = Decimal(event["price"]), Decimal(event["qty"])
            bid, ask = quote[world.table.index[event["symbol"]]]
            expected = ask if event["side"] == "buy" else bid
            assert price.scaleb(digits[event["symbol"]][0]) == expected
            assert decimals(qty) <= digits[event["symbol"]][1]
            assert decimals(Decimal(event.get("commission", "0"))) <= 8
        for number in range(done, len(batch.ticks)):
            quote[columns[0][number]] = (columns[1][number], columns[2][number])


def test_world_when_bad_inputs_are_asked_for_marks_each_with_its_code():
    world = small(5, bad_inputs=0.02)
    found = Counter()
    seen = set()
    for batch in played(world):
        found.update({"ticks": len(batch.bad_ticks)})
        for _, event in batch.events:
            try:
                parse_event(event)
            except InputError as error:
                found[error.code] += 1
            found["duplicate"] += event["event_id"] in seen
            seen.add(event["event_id"])
    made = world.bad_made
    assert set(made) >= {"crossed", "over_precise", "unknown_account", "duplicate"}
    assert found["duplicate"] == made["duplicate"]
    assert found["unknown_type"] == made["unknown_type"]
    assert found["ticks"] > 20
    assert small(5).bad_made == {}


def test_world_when_inputs_are_good_and_bad_has_the_same_good_ones():
    spoiled = events_of(played(small(5, bad_inputs=0.02)))
    seen = set()
    good = [
        event
        for event in spoiled
        if not event["event_id"].endswith("-bad")
        and not (event["event_id"] in seen or seen.add(event["event_id"]))
    ]
    assert good == events_of(played(small(5)))


def test_world_when_it_plays_a_recording_acts_on_its_ticks_only():
    start = 1_399_032_000 * NS
    quotes = [
        (start + number * NS // 4, symbol, bid, bid + spread)
        for number in range(1_500)
        for symbol, spread in (("EURUSD", 2), ("XAUUSD", 270))
        for bid in [(138_650 if spread == 2 else 1_286_408) + number * 7 % 90 * spread]
    ]
    world = World(9, 80, recording=Recording(quotes, mappings(), pace=30.0))
    batches = played(world)
    assert sum(len(batch.ticks) for batch in batches) == len(quotes)
    fills = [event for event in events_of(batches) if event["type"] == "fill"]
    # Both are quoted in dollars; an account in USDT finds no rate and stays out.
    assert {event["symbol"] for event in fills} == {"EURUSD", "XAUUSD"}
    assert "surge" not in {event["firm_id"] for event in fills}
    opened = [event for event in events_of(batches) if event["type"] == "account.opened"]
    assert parse_instant(opened[0]["ts"]) < start
    assert batches[-1].show_s == pytest.approx(1_500 / 4 / 30, rel=0.01)
