"""A bridge that only knows HTTP and JSON can be told everything, and is believed when clear."""

import asyncio
import json
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from connectors.venues.abstract import Ambiguous, Busy, Definite, NotOffered, Position
from connectors.venues.budget import Budget
from connectors.venues.settings import VenueSettings
from connectors.venues.signing import key_of, verify
from connectors.venues.webhook_venue import WebhookVenue

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LONG = Position("XAUUSD", "buy", Decimal("0.10"), "77")
FILLED = {"client_id": "c1", "venue_id": 9, "status": "filled", "filled": "0.1"}


@pytest.fixture
def bridge():
    """Answers with `bridge.answer` and keeps what it was asked, verified."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked_as = verify(key_of(SECRET), headers, body, int(time.time()))
            server.asked.append((asked_as, json.loads(body)))
            status, content = server.answer
            self.send_response(status)
            self.send_header("location", "/elsewhere")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def asking(bridge, monkeypatch, work, status=200, answer=None):
    monkeypatch.setenv("BRIDGE_SECRET", SECRET)
    bridge.answer = status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    url = f"http://127.0.0.1:{bridge.server_port}/commands"
    entry = {"id": "mt5", "adapter": "webhook", "url": url, "secret": "BRIDGE_SECRET"}
    settings = VenueSettings.model_validate(entry | {"accounts": {"A1": {}}})

    async def run():
        venue = WebhookVenue(settings, Budget(1000))
        await venue.open()
        try:
            return await work(venue.account("A1"))
        finally:
            await venue.close()

    return asyncio.run(run())


def test_position_when_closed_is_named_with_exact_figures_and_a_time_to_live(bridge, monkeypatch):
    state = asking(bridge, monkeypatch, lambda a: a.close(LONG, "c1"), answer={"order": FILLED})
    assert (state.status, state.venue_id, state.filled) == ("filled", "9", Decimal("0.1"))
    ((name, body),) = bridge.asked
    assert name == "c1"
    until = body.pop("valid_until_ms") - time.time() * 1000
    assert 0 < until <= 3000
    assert body == {
        "command": "close",
        "account_id": "A1",
        "symbol": "XAUUSD",
        "side": "buy",
        "qty": "0.10",
        "position_id": "77",
        "close_side": "sell",
        "client_id": "c1",
    }


def test_positions_when_asked_for_are_read_as_decimals(bridge, monkeypatch):
    answer = {
        "positions": [{"symbol": "XAUUSD", "side": "buy", "qty": "0.10", "position_id": "77"}]
    }
    assert asking(bridge, monkeypatch, lambda a: a.positions(), answer=answer) == [LONG]


def test_order_when_never_seen_is_none(bridge, monkeypatch):
    assert asking(bridge, monkeypatch, lambda a: a.find("X", "c"), answer={"order": None}) is None


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (400, b"no such position", Definite),
        (429, b"", Busy),
        (501, b"", NotOffered),
        (500, b"", Ambiguous),
        (302, b"", Ambiguous),
        (200, b"{", Ambiguous),
        (200, b"[]", Ambiguous),
        (200, b"{}", Ambiguous),
        (200, json.dumps({"order": FILLED | {"status": "maybe"}}).encode(), Ambiguous),
        (200, json.dumps({"order": FILLED | {"filled": "much"}}).encode(), Ambiguous),
    ],
)
def test_answer_when_not_clear_says_that_nobody_knows(bridge, monkeypatch, status, answer, error):
    with pytest.raises(error) as caught:
        asking(bridge, monkeypatch, lambda a: a.close(LONG, "c1"), status, answer)
    assert type(caught.value) is error
    assert len(bridge.asked) == 1
