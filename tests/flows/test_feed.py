"""A venue's prices become ticks as they were said, over unmodified ccxt and real sockets."""

import time
from contextlib import closing

import orjson
import pytest

from connectors.log.local import LocalLog
from flows.failures import Failure
from flows.feed import FeedWire
from flows.options import FlowSettings
from schemas.topics import QUARANTINE, TICKS
from tests.flows.running import Running
from tests.venue.attach import attached, venues_file
from tests.venue.server import Venue, serving
from tests.venue.streams import book_ticker, mark_price

pytestmark = pytest.mark.slow

BTC = "btcusdt@bookTicker"


@pytest.fixture
def venue():
    with serving(Venue()) as running:
        yield running


@pytest.fixture
def feed(venue, tmp_path):
    """Starts the flow with these settings of the feed; it is ended after the test."""
    running = []

    def start(**given):
        entry = attached(venue, [], feed={"silence_s": "60", "max_age_s": "60", **given})
        entry["accounts"] = {}
        file = venues_file(tmp_path / "venues.yaml", entry)
        log = LocalLog(tmp_path / "log")
        running.append(Running(FeedWire(), log, FlowSettings(venues=file)))
        return running[-1]

    yield start
    for one in running:
        one.end()


def bids(found, symbol="BTCUSDT-PERP"):
    return [tick["bid"] for tick in found if tick["symbol"] == symbol]


def test_feed_when_prices_are_pushed_together_writes_every_one_as_it_was_said(venue, feed):
    running = feed()
    venue.streams.wait_for(BTC)
    said = [f"60000.{number:02}0" for number in range(50)]
    venue.streams.say(BTC, *(book_ticker("BTCUSDT", bid, "60001.00") for bid in said))
    found = running.wait(TICKS, lambda found: said[-1] in bids(found))
    assert bids(found)[-50:] == said


def test_feed_when_it_starts_asks_for_the_prices_of_now(feed):
    found = feed().wait(TICKS, lambda found: len(found) >= 2)
    assert {tick["symbol"]: tick["bid"] for tick in found[:2]} == {
        "BTCUSDT-PERP": "60000",
        "ETHUSDT-PERP": "3000",
    }


def test_feed_when_the_market_is_quiet_takes_the_price_of_now_however_old(venue, feed):
    venue.changed_ms = round(time.time() * 1000) - 3_600_000
    running = feed(max_age_s="5")
    found = running.wait(TICKS, lambda found: len(found) >= 2)
    assert {tick["ts"] for tick in found[:2]} == {f"{venue.changed_ms}000000"}
    assert running.read(QUARANTINE) == []


def test_feed_when_only_prices_are_wanted_asks_for_no_secret(venue, tmp_path):
    entry = attached(venue, ["A1"])
    entry["accounts"]["A1"]["secret"] = "NOBODY_SET_THIS"
    settings = FlowSettings(venues=venues_file(tmp_path / "venues.yaml", entry))
    running = Running(FeedWire(), LocalLog(tmp_path / "log"), settings)
    running.wait(TICKS, len)
    running.end()


@pytest.mark.kafka
def test_feed_when_the_log_is_kafka_writes_there(venue, tmp_path, kafka_bootstrap, topic_prefix):
    file = venues_file(tmp_path / "venues.yaml", attached(venue, []))
    settings = FlowSettings(venues=file, log=f"kafka:{kafka_bootstrap}", topic_prefix=topic_prefix)
    with closing(settings.open_log()) as log:
        running = Running(FeedWire(), log, settings)
        venue.streams.wait_for(BTC)
        said = [f"60000.{number:02}0" for number in range(50)]
        venue.streams.say(BTC, *(book_ticker("BTCUSDT", bid, "60001.00") for bid in said))
        found = running.wait(TICKS, lambda found: said[-1] in bids(found))
        running.end()
    assert bids(found)[-50:] == said


def test_feed_when_the_venue_hangs_up_connects_again_and_asks_for_the_prices_of_now(venue, feed):
    running = feed()
    venue.streams.wait_for(BTC)
    before = len(running.wait(TICKS, lambda found: len(found) >= 2))
    venue.matching.prices["BTCUSDT"] += 7
    venue.streams.say(BTC, book_ticker("BTCUSDT", "60000.5", "60001"))
    running.wait(TICKS, lambda found: "60000.5" in bids(found))
    venue.streams.hang_up()
    running.wait(TICKS, lambda found: "60007" in bids(found[before:]))

    def heard(found):
        # What is said before the feed has subscribed again nobody hears.
        venue.streams.say(BTC, book_ticker("BTCUSDT", "60008", "60009"))
        return "60008" in bids(found)

    running.wait(TICKS, heard)


def test_feed_when_one_quote_is_a_spike_keeps_it_back_until_others_agree(venue, feed):
    running = feed(max_jump="0.05", confirm="3")
    venue.streams.wait_for(BTC)
    running.wait(TICKS, lambda found: "60000" in bids(found))
    told = ["30000", "60010", "30000", "30001", "30002"]
    venue.streams.say(BTC, *(book_ticker("BTCUSDT", bid, bid) for bid in told))
    found = running.wait(TICKS, lambda found: "30002" in bids(found))
    assert bids(found) == ["60000", "60010", "30002"]
    letters = running.read(QUARANTINE)
    assert [letter["code"] for letter in letters] == ["bad_value"] * 3
    assert orjson.loads(letters[0]["raw"])["bid"] == "30000"


def test_feed_when_a_quote_is_old_or_older_than_the_last_keeps_it_back(venue, feed):
    running = feed(max_age_s="30")
    venue.streams.wait_for(BTC)
    now = round(time.time() * 1000)
    ages = {"60001": 0, "60002": 31_000, "60003": 5, "60004": -1}
    quotes = [book_ticker("BTCUSDT", bid, bid, now - age) for bid, age in ages.items()]
    venue.streams.say(BTC, *quotes)
    found = running.wait(TICKS, lambda found: "60004" in bids(found))
    assert bids(found)[-2:] == ["60001", "60004"]
    assert [letter["code"] for letter in running.read(QUARANTINE)] == ["bad_ts", "bad_ts"]


def test_feed_when_pushes_make_no_sense_goes_on(venue, feed):
    running = feed()
    venue.streams.wait_for(BTC)
    bad = [
        book_ticker("BTCUSDT", "nonsense", "60001"),
        book_ticker("BTCUSDT", "60002", "60001"),
        book_ticker("BTCUSDT", "-1", "60001"),
        {"e": "bookTicker", "s": "BTCUSDT", "E": round(time.time() * 1000)},
        {"e": "unheard of"},
        book_ticker("NOBODYUSDT", "1", "2"),
    ]
    venue.streams.say(BTC, *bad, book_ticker("BTCUSDT", "60005", "60006"))
    found = running.wait(TICKS, lambda found: "60005" in bids(found))
    assert bids(found)[-1] == "60005"
    codes = [letter["code"] for letter in running.read(QUARANTINE)]
    assert codes == ["bad_value", "crossed", "bad_value", "bad_value"]


def test_feed_when_mark_prices_are_wanted_writes_those(venue, feed):
    running = feed(price="mark")
    stream = "btcusdt@markPrice@1s"
    venue.streams.wait_for(stream)
    assert "60000" in bids(running.wait(TICKS, len))
    venue.streams.say(stream, mark_price("BTCUSDT", "60000.12345678"))
    found = running.wait(TICKS, lambda found: "60000.12345678" in bids(found))
    assert found[-1]["bid"] == found[-1]["ask"] == found[-1]["last"]


def test_feed_when_the_venue_lists_no_such_symbol_ends_with_one_line(venue, tmp_path):
    entry = attached(venue, []) | {"symbols": {"X": "XXX/USDT:USDT"}, "accounts": {}}
    settings = FlowSettings(venues=venues_file(tmp_path / "venues.yaml", entry))
    running = Running(FeedWire(), LocalLog(tmp_path / "log"), settings)
    running.thread.join(60)
    assert isinstance(running.error, Failure)
    assert str(running.error) == "binanceusdm does not list XXX/USDT:USDT"
