"""What accounts did at a venue is told once: by its trades, whatever its sockets say."""

import time
from contextlib import closing
from decimal import Decimal

import orjson
import pytest
from pydantic import SecretStr

from connectors.log.local import LocalLog
from flows.accounts import accounts_flow
from flows.options import FlowSettings
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS
from sinks.migrate import upgrade
from tests.flows import kit
from tests.flows.running import Running
from tests.flows.venue_desk import limit, now_ms, opened, sequenced, told, trade
from tests.venue.attach import attached, venues_file
from tests.venue.server import Venue, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

NEVER = "3600"


@pytest.fixture
def log(tmp_path):
    made = LocalLog(tmp_path / "log")
    ensure_topics(made, 1)
    return made


@pytest.fixture
def venue():
    with serving(Venue()) as running:
        running.account("A1")
        yield running


@pytest.fixture
def settings(venue, tmp_path, postgres_url):
    upgrade(postgres_url)

    def make(*accounts, **given):
        report = {"every_s": "0.2", "sockets": "false"} | given
        entry = attached(venue, list(accounts or ["A1"]), report=report)
        file = venues_file(tmp_path / "venues.yaml", entry)
        database = SecretStr(postgres_url)
        return FlowSettings(venues=file, database_url=database, enforce_lease_s=1.0)

    return make


@pytest.fixture
def report(log, settings):
    """Runs the flow until every account was looked at; returns what it told."""

    def run(*accounts, **given):
        kit.run(accounts_flow, log, settings(*accounts, **given))
        return told(log)

    return run


@pytest.fixture
def live(log, settings):
    """Starts the flow; it is ended after the test."""
    running = []

    def start(**given):
        running.append(Running(accounts_flow, log, settings(**given)))
        return running[-1]

    yield start
    for one in running:
        one.end()


def test_trades_when_reported_are_fills_with_their_fees_once(report, log, venue):
    trade(venue, qty="9")
    time.sleep(0.002)
    opened(log)
    trade(venue, qty="0.5")
    trade(venue, symbol="ETHUSDT", side="SELL", qty="2")
    first = report()
    assert [(e["type"], e["symbol"], e["side"], e["qty"], e["commission"]) for e in first] == [
        ("fill", "BTCUSDT-PERP", "buy", "0.5", "12"),
        ("fill", "ETHUSDT-PERP", "sell", "2", "2.4"),
    ]
    assert {(e["firm_id"], e["trader_id"], e["reason"]) for e in first} == {
        ("acme", "jo", "client")
    }
    assert report() == first


def test_trades_when_there_are_many_come_page_by_page(report, log, venue):
    opened(log)
    venue.page, began = 60, now_ms()
    for number in range(1, 131):
        trade(venue, at_ms=began + number // 3, qty=str(number))
    time.sleep(0.05)
    assert [e["qty"] for e in report()] == [str(number) for number in range(1, 131)]


def test_account_when_never_opened_is_left_alone(report, venue):
    trade(venue)
    assert report() == []


def tell_bare(log, made, symbol):
    """A firm's own word of a fill, under the id the venue gave a trade."""
    own = {
        "event_id": "desk-1",
        "type": "fill",
        "ts": str(time.time_ns()),
        "account_id": "A1",
        "fill_id": str(made["id"]),
        "symbol": symbol,
        "side": "buy",
        "qty": "3",
        "price": made["price"],
    }
    with closing(log.writer(ACCOUNT_EVENTS)) as writer:
        writer.append(orjson.dumps(own), b"A1")
        writer.flush()


def test_trade_when_the_firm_told_it_by_the_venues_id_is_not_told_again(report, log, venue):
    opened(log)
    trade(venue, qty="3")
    tell_bare(log, venue.account("A1").trades[-1], "BTCUSDT-PERP")
    assert report() == []


def test_trade_when_another_instruments_fill_has_its_id_is_told(report, log, venue):
    """Venues count trades by instrument."""
    opened(log)
    trade(venue, qty="3")
    tell_bare(log, venue.account("A1").trades[-1], "ETHUSDT-PERP")
    assert [(e["symbol"], e["qty"]) for e in report()] == [("BTCUSDT-PERP", "3")]


def test_close_of_ours_when_reported_has_the_reason_the_enforce_flow_gives(report, log, venue):
    opened(log)
    trade(venue, qty="1", newClientOrderId="hwang-7")
    trade(venue, side="SELL", qty="1", newClientOrderId="hw" + "0f" * 15, reduceOnly="true")
    assert [e["reason"] for e in report()] == ["client", "liquidation"]


def test_order_when_it_works_fills_in_part_and_is_cancelled_is_told_and_believed(
    report, log, venue, tmp_path
):
    opened(log)
    order = limit(venue, qty="1")
    venue.matching.execute(venue.account("A1"), order, Decimal("0.25"), now_ms())
    report()
    venue.matching.execute(venue.account("A1"), order, Decimal("0.5"), now_ms())
    venue.matching.cancel(venue.account("A1"), order)
    found = report()
    assert [(e["type"], e.get("qty")) for e in found] == [
        ("order.placed", "1"),
        ("fill", "0.25"),
        ("fill", "0.5"),
        ("order.cancelled", None),
    ]
    assert report() == found
    assert sequenced(log, tmp_path) == []


def test_order_when_first_seen_after_a_fill_was_told_has_what_is_left(report, log, venue, tmp_path):
    opened(log)
    order = limit(venue, qty="1")
    venue.matching.execute(venue.account("A1"), order, Decimal("0.25"), now_ms())
    order.status = "EXPIRED"  # the book has not caught up
    report()
    order.status = "PARTIALLY_FILLED"
    order.price = Decimal(49_000)
    assert [(e["type"], e["qty"]) for e in report()] == [("fill", "0.25"), ("order.placed", "0.75")]
    order.price, order.qty = Decimal(48_000), Decimal(2)
    last = report()[-1]
    assert (last["type"], last["qty"], last["price"]) == ("order.modified", "1.75", "48000")
    venue.matching.execute(venue.account("A1"), order, Decimal("1.75"), now_ms())
    assert [e["type"] for e in report()[3:]] == ["fill"], "its last fill ends it"
    assert sequenced(log, tmp_path) == []


def test_stop_when_set_moved_and_removed_protects_the_position(report, log, venue, tmp_path):
    opened(log)
    account = venue.account("A1")
    trade(venue, qty="1")

    def stop(level):
        for order in account.stops:
            order.status = "CANCELED"
        given = {"symbol": "BTCUSDT", "side": "SELL", "type": "STOP_MARKET", "quantity": "1"}
        more = {
            "reduceOnly": "true",
            "triggerPrice": level,
            "clientAlgoId": f"s{len(account.stops)}",
        }
        return venue.matching.stop(account, given | more)

    levels = ["59000", "58000", "59000"]
    for level in levels:
        last = stop(level)
        found = report()
    last.status = "CANCELED"
    found = report()
    protections = [e["stop_loss"] for e in found if e["type"] == "position.protected"]
    assert protections == [*levels, None]
    assert sequenced(log, tmp_path) == []
    stop("57000")
    trade(venue, side="SELL", qty="1")
    assert [e["type"] for e in report()[len(found) :]] == ["fill"], "nothing is left to protect"


def test_funding_when_paid_is_booked_once(report, log, venue, tmp_path):
    venue.account("A1").fund("BTCUSDT", "-9", 1, now_ms() - 60_000)
    opened(log)
    venue.account("A1").fund("BTCUSDT", "-1.25", 7, now_ms() + 5)
    time.sleep(0.01)
    first = report()
    assert [(e["type"], e["amount"], e["reason"]) for e in first] == [
        ("balance.adjusted", "-1.25", "funding")
    ]
    assert report() == first
    assert sequenced(log, tmp_path) == []


def test_trade_when_a_socket_tells_of_it_is_fetched_at_once(live, log, venue):
    opened(log)
    running = live(every_s=NEVER, sockets="true")
    venue.user_streams.wait_for("A1")
    venue.user_streams.fault = lambda _message: 2
    trade(venue, qty="0.7")
    running.wait(ACCOUNT_EVENTS, lambda found: [e for e in found if e.get("qty") == "0.7"])
    trade(venue, qty="0.8")
    running.wait(ACCOUNT_EVENTS, lambda found: [e for e in found if e.get("qty") == "0.8"])
    assert [e["qty"] for e in told(log)] == ["0.7", "0.8"], "every message came twice"


def test_trade_when_the_socket_loses_it_is_found_all_the_same(live, log, venue):
    opened(log)
    running = live(sockets="true")
    venue.user_streams.wait_for("A1")
    venue.user_streams.fault = lambda _message: 0
    trade(venue, qty="0.7")
    running.wait(ACCOUNT_EVENTS, lambda found: [e for e in found if e.get("qty") == "0.7"])
    assert venue.user_streams.said == 0


def test_trade_when_the_socket_was_away_is_found_when_it_is_back(live, log, venue):
    opened(log)
    running = live(every_s=NEVER, sockets="true")
    venue.user_streams.wait_for("A1")
    venue.streams.refuse = True
    venue.streams.hang_up()
    trade(venue, qty="0.7")
    venue.streams.refuse = False
    running.wait(ACCOUNT_EVENTS, lambda found: [e for e in found if e.get("qty") == "0.7"])
    venue.user_streams.wait_for("A1")
    trade(venue, qty="0.8")
    running.wait(ACCOUNT_EVENTS, lambda found: [e for e in found if e.get("qty") == "0.8"])
