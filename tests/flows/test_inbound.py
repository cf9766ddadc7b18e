"""Bridges tell us what happened: signed, checked, and once however often it comes."""

import asyncio
import base64
import os

import httpx
import orjson
import pytest

from connectors.log.local import LocalLog
from connectors.venues.settings import load_venues
from connectors.venues.signing import key_of, sign
from flows.inbound import Inbound
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS
from tests.flows import kit
from tests.venue.attach import venues_file

NOW = 1_767_225_600
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes....").decode()
PATH = "/v1/venues/mt5/events"
FILL = {
    "event_id": "mt5-1",
    "type": "fill",
    "ts": "2026-01-01T00:00:00Z",
    "account_id": "B1",
    "fill_id": "1",
    "symbol": "XAUUSD",
    "side": "buy",
    "qty": "0.10",
    "price": "2650.5",
}


@pytest.fixture
def log(tmp_path):
    made = LocalLog(tmp_path / "log")
    ensure_topics(made, 1)
    return made


@pytest.fixture
def client(log, tmp_path, monkeypatch):
    monkeypatch.setitem(os.environ, "BRIDGE_SECRET", SECRET)
    accounts = {"B1": {}, "B2": {}}
    entry = {"adapter": "webhook", "url": "http://bridge", "secret": "BRIDGE_SECRET"}
    file = venues_file(tmp_path / "venues.yaml", {"id": "mt5", "accounts": accounts, **entry})
    venues = {venue.id: venue for venue in load_venues(file)}
    transport = httpx.ASGITransport(Inbound(venues, log, lambda: NOW).app())

    async def post(path, body, headers):
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as made:
            return await made.post(path, content=body, headers=headers)

    return lambda *given: asyncio.run(post(*given))


def send(client, value, *, path=PATH, at=NOW, secret=SECRET, tampered=b""):
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    headers = sign(key_of(secret), "msg-1", at, body)
    return client(path, body + tampered, headers)


def test_events_when_signed_are_appended_as_they_are(client, log):
    other = FILL | {"event_id": "mt5-2", "account_id": "B2"}
    assert send(client, FILL).status_code == 202
    answer = send(client, [other, FILL])
    assert (answer.status_code, answer.json()) == (202, {"taken": 2})
    assert [orjson.loads(v) for v in kit.values(log, ACCOUNT_EVENTS)] == [FILL, other, FILL]


@pytest.mark.parametrize(
    "given",
    [
        {"secret": "whsec_" + base64.b64encode(b"another secret").decode()},
        {"tampered": b" "},
        {"at": NOW - 301},
        {"at": NOW + 301},
        {"path": "/v1/venues/other/events"},
    ],
    ids=["secret", "body", "old", "early", "venue"],
)
def test_message_when_not_signed_so_and_now_is_refused_and_says_nothing(client, log, given):
    answer = send(client, FILL, **given)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "the signature does not fit"
    assert kit.values(log, ACCOUNT_EVENTS) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"qty": "-1"}, "body.1.qty"),
        ({"price": "NaN"}, "body.1.price"),
        ({"surprise": "1"}, "body.1.surprise"),
        ({"account_id": "A9"}, "body.1.account_id"),
        ({"type": "clock"}, "body.1."),
        ({"ts": "2026-01-01T00:00:00"}, "body.1.ts"),
    ],
)
def test_message_when_one_event_is_wrong_names_its_field_and_takes_none(client, log, change, path):
    answer = send(client, [FILL, FILL | change])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["path"].startswith(path)
    assert kit.values(log, ACCOUNT_EVENTS) == []


def test_order_of_an_operator_when_a_bridge_sends_it_is_refused(client, log):
    common = {name: FILL[name] for name in ("event_id", "ts", "account_id")}
    asked = {"type": "account.overridden", "action": "reinstate", "operator": "x", "reason": "y"}
    answer = send(client, common | asked)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "body.type")
    assert kit.values(log, ACCOUNT_EVENTS) == []


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"[]", 422), (b"7", 422)])
def test_body_when_it_holds_no_events_is_refused(client, body, status):
    assert send(client, body).status_code == status


def test_body_when_too_long_is_refused_before_it_is_read(client):
    assert send(client, b" " * (1 << 20) + b"1").status_code == 413
