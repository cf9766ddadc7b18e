"""Whatever carries it, a bridge can be told everything in JSON, and is believed when clear."""

import asyncio
import json
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import orjson
import pytest

from connectors.venues.abstract import Ambiguous, Busy, Definite, NotOffered, Position
from connectors.venues.budget import Budget
from connectors.venues.file_venue import ANSWERS, COMMANDS
from connectors.venues.lines import LineReader, append_line
from connectors.venues.open import make_venue
from connectors.venues.settings import VenueSettings
from connectors.venues.signing import key_of, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LONG = Position("XAUUSD", "buy", Decimal("0.10"), "77")
FILLED = {"client_id": "c1", "venue_id": 9, "status": "filled", "filled": "0.1"}


class WebhookBridge:
    """Answers with `answer` and keeps what it was asked, verified."""

    def __init__(self, _folder):
        self.asked, self.answer = [], (200, {})
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked_as = verify(key_of(SECRET), headers, body, int(time.time()))
                outer.asked.append((asked_as, json.loads(body)))
                status, answer = outer.answer
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        url = f"http://127.0.0.1:{self._server.server_port}/commands"
        self.entry = {"adapter": "webhook", "url": url, "secret": "BRIDGE_SECRET"}

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class FileBridge:
    """The same in a folder."""

    def __init__(self, folder):
        self.asked, self.answer = [], (200, {})
        self.entry = {"adapter": "file", "folder": str(folder)}
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        commands = LineReader(self._folder / COMMANDS)
        while not self._over.wait(0.005):
            for line in commands.read():
                body = json.loads(line)
                name = body.pop("id")
                self.asked.append((name, body))
                status, answer = self.answer
                if isinstance(answer, bytes):
                    answer = answer.decode()
                said = {"id": name, "status": status, "answer": answer}
                append_line(self._folder / ANSWERS, orjson.dumps(said))

    def close(self):
        self._over.set()
        self._thread.join()


@pytest.fixture(params=[WebhookBridge, FileBridge])
def bridge(request, tmp_path):
    made = request.param(tmp_path)
    yield made
    made.close()


def asking(bridge, monkeypatch, work, status=200, answer=None):
    monkeypatch.setenv("BRIDGE_SECRET", SECRET)
    bridge.answer = status, answer
    settings = VenueSettings.model_validate(bridge.entry | {"id": "mt5", "accounts": {"A1": {}}})

    async def run():
        venue = make_venue(settings, Budget(1000))
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
