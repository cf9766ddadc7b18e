"""Venues and the journal are held against each other, and what differs is never kept silent."""

import time
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import psycopg
import pytest
from pydantic import SecretStr

from connectors.log.local import LocalLog
from flows.options import FlowSettings
from flows.reconcile import reconcile_flow
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS, DRIFT, TICKS
from sinks.migrate import upgrade
from tests.flows import kit
from tests.venue.attach import attached, venues_file
from tests.venue.server import Venue, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/venue"
TODAY = datetime.now(UTC).isoformat()
QUICK = {"every_s": "0.2", "retry_s": "0.1", "in_flight_s": "0"}


@pytest.fixture
def log(tmp_path):
    made = LocalLog(tmp_path / "log")
    ensure_topics(made, 1)
    return made


@pytest.fixture
def venue():
    with serving(Venue()) as running:
        yield running


@pytest.fixture
def books(log, tmp_path):
    """Lets the journal know events, and ticks at the venue's prices."""
    settings = FlowSettings(
        instruments=EXAMPLE / "instruments.yaml",
        rulesets=EXAMPLE / "rulesets",
        clock_ms=0,
        data_dir=tmp_path / "data",
    )

    def sequence(*events):
        with closing(log.writer(ACCOUNT_EVENTS)) as writer:
            for event in events:
                writer.append(orjson.dumps(event), event["account_id"].encode())
            writer.flush()
        kit.sequence(log, settings)

    with closing(log.writer(TICKS)) as ticks:
        for symbol, price in (("BTCUSDT-PERP", "60000"), ("ETHUSDT-PERP", "3000")):
            tick = {"ts": TODAY, "symbol": symbol, "bid": price, "ask": price}
            ticks.append(orjson.dumps(tick), symbol.encode())
        ticks.flush()
    return sequence


@pytest.fixture
def reconcile(log, venue, tmp_path, postgres_url):
    """Runs the flow until everything is settled; returns kind and state by account and subject."""
    upgrade(postgres_url)

    def run(*accounts, **given):
        entry = attached(venue, list(accounts), reconcile=QUICK | given)
        file = venues_file(tmp_path / "venues.yaml", entry)
        settings = FlowSettings(
            venues=file,
            database_url=SecretStr(postgres_url),
            enforce_lease_s=1.0,
            engine="reference",
        )
        kit.run(reconcile_flow, log, settings)
        return rows(postgres_url)

    return run


def rows(url):
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT account_id, subject, kind, state FROM highwater.drifts ORDER BY first_at"
        )
        return {(account, subject): (kind, state) for account, subject, kind, state in found}


def opened(account, **given):
    return {
        "event_id": f"open-{account}",
        "type": "account.opened",
        "ts": TODAY,
        "account_id": account,
        "ruleset": "venue-100k@1",
        "initial_balance": "100000",
        **given,
    }


def trade(venue, account, symbol, side, qty):
    """A trade at the venue, and the event that tells the journal about it."""
    given = {"symbol": symbol, "side": side.upper(), "type": "MARKET", "quantity": qty}
    venue.matching.order(venue.account(account), given, time.time_ns() // 1_000_000)
    made = venue.account(account).trades[-1]
    return {
        "event_id": f"own-{account}-{made['id']}",
        "type": "fill",
        "ts": TODAY,
        "account_id": account,
        "fill_id": str(made["id"]),
        "symbol": f"{symbol}-PERP",
        "side": side,
        "qty": qty,
        "price": made["price"],
        "commission": made["commission"],
    }


def drifts(log):
    return [orjson.loads(value) for value in kit.values(log, DRIFT)]


def fills(log):
    events = [orjson.loads(value) for value in kit.values(log, ACCOUNT_EVENTS)]
    return [event for event in events if event["event_id"].startswith("venue-")]


def test_accounts_when_venue_and_journal_agree_are_left_alone(reconcile, books, log, venue):
    venue.account("A1")
    books(opened("A1"), trade(venue, "A1", "BTCUSDT", "buy", "1.5"))
    books(trade(venue, "A1", "BTCUSDT", "sell", "0.5"), trade(venue, "A1", "ETHUSDT", "sell", "3"))
    assert reconcile("A1") == {}
    assert drifts(log) == []


def test_trade_when_the_journal_never_got_it_is_booked_once_and_settles_it(
    reconcile, books, log, venue
):
    known = trade(venue, "A1", "BTCUSDT", "buy", "1.5")
    trade(venue, "A1", "BTCUSDT", "sell", "0.4")
    books(opened("A1"), known)
    # Nobody sequences what is appended here, so the flow looks until it asks an operator.
    found = reconcile("A1")
    assert found["A1", "BTCUSDT-PERP"] == ("missing_fill", "raised")
    assert found["A1", "USDT"] == ("missing_fill", "raised")
    assert {(e["side"], e["qty"], e["price"]) for e in fills(log)} == {("sell", "0.4", "60000")}
    assert len({e["event_id"] for e in fills(log)}) == 1
    books()
    after = reconcile("A1")
    assert {state for _, state in after.values()} == {"resolved"}
    assert [d["state"] for d in drifts(log) if d["subject"] == "USDT"] == [
        "watching",
        "raised",
        "resolved",
    ]


def test_trade_when_another_instruments_fill_has_its_id_is_missed_all_the_same(
    reconcile, books, log, venue
):
    """Venues count trades by instrument."""
    lost = trade(venue, "A1", "BTCUSDT", "buy", "1.5")
    known = trade(venue, "A1", "ETHUSDT", "buy", "2")
    books(opened("A1"), {**known, "fill_id": lost["fill_id"]})
    venue.account("A1").trades[-1]["id"] = int(lost["fill_id"])
    assert reconcile("A1")["A1", "BTCUSDT-PERP"] == ("missing_fill", "raised")
    assert {(e["symbol"], e["qty"]) for e in fills(log)} == {("BTCUSDT-PERP", "1.5")}


def test_round_trip_when_missed_leaves_money_alone_and_is_booked(reconcile, books, log, venue):
    books(opened("A1"))
    trade(venue, "A1", "ETHUSDT", "buy", "2")
    trade(venue, "A1", "ETHUSDT", "sell", "2")
    assert reconcile("A1")["A1", "USDT"] == ("missing_fill", "raised")
    books()
    assert reconcile("A1")["A1", "USDT"] == ("missing_fill", "resolved")
    assert {e["side"] for e in fills(log)} == {"buy", "sell"}


@pytest.mark.parametrize(
    ("journal", "at_venue", "kind"),
    [(None, "2", "unknown_position"), ("2", None, "wrong_quantity"), ("2", "3", "wrong_quantity")],
)
def test_position_when_no_trade_explains_it_is_raised_and_nothing_is_booked(
    reconcile, books, log, venue, journal, at_venue, kind
):
    books(opened("A1"))
    if journal:
        books(trade(venue, "A1", "BTCUSDT", "buy", journal))
    venue.account("A1").positions["BTCUSDT"] = Decimal(at_venue or 0)
    venue.account("A1").entry["BTCUSDT"] = Decimal(60000)
    assert reconcile("A1")["A1", "BTCUSDT-PERP"] == (kind, "raised")
    assert fills(log) == []
    raised = [d for d in drifts(log) if d["state"] == "raised"]
    assert [(d["journal"], d["venue"], d["looks"]) for d in raised] == [(journal, at_venue, 3)]
    assert raised[0]["evidence"]["journal_offset"] > 0


def test_difference_when_only_part_of_the_unknown_trades_would_fit_books_none(
    reconcile, books, log, venue
):
    first, second = (trade(venue, "A1", "BTCUSDT", "buy", qty) for qty in ("1", "2"))
    own = [{**event, "fill_id": f"desk-{n}"} for n, event in enumerate((first, second))]
    trade(venue, "A1", "BTCUSDT", "sell", "0.5")
    books(opened("A1"), *own)
    assert reconcile("A1")["A1", "BTCUSDT-PERP"] == ("wrong_quantity", "raised")
    assert fills(log) == []
    (raised,) = [d for d in drifts(log) if (d["subject"], d["state"]) == ("BTCUSDT-PERP", "raised")]
    assert [item["qty"] for item in raised["evidence"]["unknown_trades"]] == ["1", "2", "0.5"]


def test_money_when_it_differs_by_more_than_tolerated_is_raised(reconcile, books, log, venue):
    books(opened("A1"), opened("A2"), opened("A3", ruleset="venue-100k@1"))
    for name in ("A1", "A2", "A3"):
        venue.account(name)
    venue.account("A1").wallet -= Decimal("0.02")
    venue.account("A2").wallet += Decimal("0.01")
    assert reconcile("A1", "A2", "A3") == {("A1", "USDT"): ("balance", "raised")}
    tolerance = {"venue-100k": {"balance": "off"}}
    assert reconcile("A1", rulesets=tolerance)["A1", "USDT"] == ("balance", "resolved")


def test_trade_when_it_just_happened_is_in_flight_and_nothing_is_booked(
    reconcile, books, log, venue
):
    books(opened("A1"))
    trade(venue, "A1", "BTCUSDT", "buy", "1")
    found = reconcile("A1", in_flight_s="1.5", looks="1")
    assert found["A1", "BTCUSDT-PERP"] == ("missing_fill", "raised")
    first = next(d for d in drifts(log) if d["subject"] == "BTCUSDT-PERP")
    assert (first["kind"], first["state"]) == ("in_flight", "watching")


def test_account_when_the_venue_refuses_to_show_it_is_raised(reconcile, books, log, venue):
    books(opened("A1"))
    assert reconcile("A1")["A1", "account"] == ("unreadable", "raised")
    assert "Invalid API-key" in drifts(log)[-1]["evidence"]["said"]


def test_venue_when_it_was_away_is_compared_as_soon_as_it_is_back(reconcile, books, log, venue):
    books(opened("A1"))
    venue.account("A1").wallet -= 5
    away = time.monotonic() + 1.0

    def fault(request):
        public = request.path == "v1/exchangeInfo"
        return "maintenance" if not public and time.monotonic() < away else None

    venue.fault = fault
    assert reconcile("A1", every_s="3600")["A1", "USDT"] == ("balance", "raised")
