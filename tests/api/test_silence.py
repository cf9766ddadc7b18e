"""Clients that never read, send slowly or without end: bounded, cut off, and felt by nobody."""

import asyncio
import base64
import os
import socket
import time
from contextlib import ExitStack, closing

import orjson
import pytest
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState
from websockets.sync.client import connect

from api import protocols
from api.serve import _config
from connectors.log.local import LocalLog
from flows.topics import ensure_topics
from schemas.topics import BREACHES, PROGRESS
from sinks.migrate import upgrade
from tests.api.stand import serving
from tests.services import fresh_database, service_address
from tests.sinks.rows import breach, decision

pytestmark = pytest.mark.postgres

ACCOUNTS = 600
STANDING = {"state": "active", "balance": "1", "unpriced": False, "goals": [], "rules": []}


@pytest.fixture(scope="module")
def play(tmp_path_factory, issuer):
    """A server whose clients are given up soon, with accounts enough to fill a buffer."""
    folder = tmp_path_factory.mktemp("silence")
    log = LocalLog(folder / "log")
    ensure_topics(log, 1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(protocols, "STALLED_S", 0.5)
        patched.setattr(protocols, "REQUEST_S", 0.5)
        with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as dsn:
            upgrade(dsn)
            with serving(log, dsn, issuer) as stand:
                yield stand


def feed(play, seq):
    with closing(play.log.writer(PROGRESS)) as writer:
        for number in range(ACCOUNTS):
            value = decision("progress", seq, f"A{number}", seq, equity=str(seq), **STANDING)
            writer.append(orjson.dumps(value))
        writer.flush()


def address(play):
    host, _, port = play.url.rpartition("/")[2].partition(":")
    return host, int(port)


def silent(play, ticket):
    """A client that opens a socket for everything and never reads a byte of it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    made.connect(address(play))
    key = base64.b64encode(os.urandom(16)).decode()
    said = (
        f"GET /v1/firms/*/live?ticket={ticket} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    made.sendall(said.encode())
    return made


def wait_until(met):
    deadline = time.monotonic() + 30
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(client):
    """Whether the other side has let go, read as a client would."""
    client.settimeout(20)
    try:
        while client.recv(1 << 16):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_clients_when_they_never_read_are_cut_off_and_others_hear_everything(play):
    client = play.client()
    hub = play.service.hub
    with ExitStack() as stack:
        for _ in range(20):
            ticket = client.post("/v1/tickets").json()["ticket"]
            stack.enter_context(silent(play, ticket))
        wait_until(lambda: len(hub) == 20)
        ticket = client.post("/v1/tickets").json()["ticket"]
        url = play.url.replace("http", "ws") + f"/v1/firms/*/live?ticket={ticket}"
        with connect(url, max_size=1 << 22) as hearing:
            seq, events = 1, []
            deadline = time.monotonic() + 30
            while len(hub) > 1:
                assert time.monotonic() < deadline, "the silent are still there"
                seq += 1
                feed(play, seq)
                one = breach(seq, "A1", seq=seq)
                with closing(play.log.writer(BREACHES)) as writer:
                    writer.append(orjson.dumps(one))
                    writer.flush()
                events.append(one["decision_id"])
                time.sleep(0.02)
            told = []
            while len(told) < len(events):
                said = orjson.loads(hearing.recv(timeout=20))
                if said["type"] == "event":
                    told.append(said["decision"]["decision_id"])
            assert told == events


def test_feed_when_never_read_is_let_go(play):
    """Server-sent events have no pings: only that nothing can be written tells."""
    token = play.issuer.token()
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        made.connect(address(play))
        said = f"GET /v1/feed/breaches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        made.sendall(f"{said}\r\n".encode())
        wait_until(lambda: len(play.service.hub) == 1)
        number, deadline = 10**6, time.monotonic() + 30
        while len(play.service.hub):
            assert time.monotonic() < deadline, "it is still there"
            with closing(play.log.writer(BREACHES)) as writer:
                for _ in range(100):
                    number += 1
                    evidence = {"entry": "x" * 4_000}
                    writer.append(orjson.dumps(breach(number, seq=number, evidence=evidence)))
                writer.flush()
            time.sleep(0.02)


HALF_A_BODY = (
    b"POST /v1/accounts/x/commands HTTP/1.1\r\nContent-Type: application/json\r\n"
    b"Host: x\r\nContent-Length: 9\r\n\r\n{"
)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", b"408"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"408"),
        (HALF_A_BODY, b"408"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"x" * 400_000, b"431"),
        (b"GET / HTTP/1.1\r\n" + b"X-Many: x\r\n" * 40_000, b"431"),
        (b"GET /" + b"x" * 400_000, b"431"),
    ],
    ids=["nothing", "half a head", "half a body", "long header", "many headers", "long path"],
)
def test_request_when_it_does_not_come_whole_is_refused(play, said, status):
    with socket.create_connection(address(play), timeout=10) as raw:
        try:
            raw.sendall(said)
            answer = raw.recv(4_096)
        except ConnectionError:  # it was refused before it was sent to its end
            assert status == b"431"
            return
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert b"content-type: application/problem+json" in answer
        assert ended(raw)


def masked(first, payload):
    """A frame as a client sends it, with a mask of zeros."""
    length = len(payload)
    size = bytes([0x80 | length]) if length < 126 else b"\xfe" + length.to_bytes(2, "big")
    return bytes([first]) + size + b"\0\0\0\0" + payload


FRAMES = [
    (masked(0x81, b"\xff\xfe"), 1007),
    (masked(0x01, b"a") + masked(0x00, b"") * 200, 1009),
    (masked(0x83, b"x"), 1002),
    (masked(0xC1, b"x"), 1002),
    (masked(0x80, b"no beginning"), 1002),
    (bytes([0x81, 0x01]) + b"x", 1002),
    (masked(0x89, b"x" * 200), 1002),
    (bytes([0x81, 0xFF]) + (2**62).to_bytes(8, "big") + b"\0\0\0\0", 1009),
    (masked(0x88, b"\x03"), 1002),
    (masked(0x88, (99).to_bytes(2, "big")), 1002),
]  # fmt: skip


@pytest.mark.parametrize(("frames", "code"), FRAMES)
def test_socket_when_it_is_sent_what_is_no_frame_is_closed(play, frames, code):
    ticket = play.client().post("/v1/tickets").json()["ticket"]
    with silent(play, ticket) as raw:
        raw.settimeout(10)
        got = raw.recv(4_096)
        while b'"hello"' not in got:
            got += raw.recv(4_096)
        raw.sendall(frames)
        rest = b""
        while True:
            part = raw.recv(4_096)
            if not part:
                break
            rest += part
    assert rest[-200:].find(b"\x88") >= 0
    at = rest.index(b"\x88")
    assert int.from_bytes(rest[at + 2 : at + 4], "big") == code


def test_socket_when_it_pings_and_never_reads_is_cut_off(play):
    """Each ping is answered: answers nobody reads must not pile up."""
    ticket = play.client().post("/v1/tickets").json()["ticket"]
    with silent(play, ticket) as raw:
        wait_until(lambda: len(play.service.hub) == 1)
        raw.settimeout(1)
        pings = masked(0x89, b"x" * 125) * 500
        deadline = time.monotonic() + 30
        while len(play.service.hub):
            assert time.monotonic() < deadline, "it is still there"
            try:
                raw.sendall(pings)
            except (TimeoutError, ConnectionError):
                time.sleep(0.05)


def test_application_when_it_tells_a_socket_that_was_closed_learns_that_it_is_gone(play):
    """A client is let go between two messages: that is no error of ours."""
    config = _config(play.service)
    config.load()

    async def tell():
        closed = protocols.PatientSocket(config, ServerState(), {})
        closed.close_sent = True
        with pytest.raises(ClientDisconnected):
            await closed.send({"type": "websocket.send", "text": "x"})

    asyncio.run(tell())
