"""Requests nobody sends by mistake: methods, versions, types, tickets and texts at their edges.

Each is sent as bytes, so that no client library mends it on the way. No answer is a 500, and the
server says nothing of its own about any of them.
"""

import re
import socket

import pytest

pytestmark = pytest.mark.postgres


def exchange(stand, said, *, wait=1.0):
    """Send bytes; return all that comes back until the other side is silent or gone."""
    host, _, port = stand.url.rpartition("/")[2].partition(":")
    got = b""
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(said)
        raw.settimeout(wait)
        try:
            while part := raw.recv(1 << 16):
                got += part
        except (TimeoutError, ConnectionError):
            pass
    return got


def statuses(answer):
    return [int(found) for found in re.findall(rb"HTTP/1\.[01] ([0-9]{3})", answer)]


def request(stand, line, *headers, body=b"", token=True):
    lines = [line, b"Host: x", b"Connection: close", *headers]
    if token:
        lines.append(b"Authorization: Bearer " + stand.issuer.token().encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


COMMAND = b"POST /v1/accounts/x/commands HTTP/1.1"
JSON = b"Content-Type: application/json"
REQUESTS = [
    (b"HEAD /v1/accounts HTTP/1.1", (), b"", {404, 405}),
    (b"OPTIONS /v1/accounts HTTP/1.1", (), b"", {405}),
    (b"TRACE /v1/accounts HTTP/1.1", (), b"", {405}),
    (b"CONNECT x:443 HTTP/1.1", (), b"", {400, 404, 405}),
    (b"PROPFIND / HTTP/1.1", (), b"", {404, 405}),
    (b"get /v1/accounts HTTP/1.1", (), b"", {400, 405}),
    (b"GET http://evil.test/v1/accounts HTTP/1.1", (), b"", {200}),
    (b"GET //evil.test/v1/accounts HTTP/1.1", (), b"", {400, 404}),
    (b"GET * HTTP/1.1", (), b"", {400, 404}),
    (b"GET /v1/accounts/%ff%fe HTTP/1.1", (), b"", {404, 422}),
    (b"GET /v1/accounts/%00 HTTP/1.1", (), b"", {404, 422}),
    (b"GET /v1/accounts/%ed%a0%80 HTTP/1.1", (), b"", {404, 422}),
    (b"GET /v1/accounts/\xff\xfe HTTP/1.1", (), b"", {400, 404, 422}),
    (b"GET /v1/accounts?firm=%ff%fe HTTP/1.1", (), b"", {200, 422}),
    (b"GET /v1/accounts?firm=%00 HTTP/1.1", (), b"", {422}),
    (b"GET /v1/accounts?" + b"firm=x&" * 5_000 + b" HTTP/1.1", (), b"", {422}),
    (b"GET /v1/accounts?" + b"a" * 60_000 + b" HTTP/1.1", (), b"", {422}),
    (b"GET /v1/breaches?account=%ed%a0%80 HTTP/1.1", (), b"", {200, 422}),
    (b"GET /v1/breaches?cursor=" + b"W" * 600 + b" HTTP/1.1", (), b"", {422}),
    (b"GET /v1/accounts HTTP/1.1", (b"Authorization: Bearer " + b"x" * 50_000,), b"", {401}),
    (b"GET /v1/accounts HTTP/1.1", (b"Authorization: Bearer \xff\xfe",), b"", {400, 401}),
    (b"GET /v1/accounts HTTP/1.1", (b"Authorization: Basic eDp5",), b"", {401}),
    (b"GET /v1/feed/breaches HTTP/1.1", (b"Last-Event-ID: \xff",), b"", {422}),
    (b"GET /v1/accounts HTTP/1.1", (b"Upgrade: h2c", b"HTTP2-Settings: AA"), b"", {200}),
    (b"POST /v1/tickets HTTP/1.1", (b"Content-Type: text/plain",), b"", {201}),
    (COMMAND, (JSON, b"Content-Length: 3"), b"\xff\xfe{", {400, 422}),
    (COMMAND, (JSON, b"Content-Length: 9999999999"), b"{", {413}),
    (
        COMMAND,
        (JSON, b"Content-Length: 60000"), b'{"a":' * 12_000, {400, 422},
    ),
    (
        COMMAND,
        (b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: 11"),
        b"action=pause", {415, 422},
    ),
    (
        COMMAND,
        (b"Content-Type: multipart/form-data; boundary=x", b"Content-Length: 5"),
        b"--x--", {415, 422},
    ),
    (
        COMMAND,
        (JSON, b"Content-Encoding: gzip", b"Content-Length: 4"),
        b"\x1f\x8b\x08\x00", {400, 415, 422},
    ),
    (
        COMMAND,
        (JSON, b"Content-Length: 2", b"Transfer-Encoding: chunked"), b"0\r\n\r\n", {400},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("line", "headers", "body", "expected"), REQUESTS)
def test_request_when_hostile_gets_a_plain_answer(stand, line, headers, body, expected):
    own = any(one.startswith(b"Authorization") for one in headers)
    answer = exchange(stand, request(stand, line, *headers, body=body, token=not own))
    found = statuses(answer)
    assert len(found) == 1, answer[:500]
    assert found[0] in expected, answer[:500]
    if found[0] >= 400 and not line.startswith(b"HEAD"):
        assert b"application/problem+json" in answer


def test_request_when_of_an_old_version_is_answered(stand):
    token = stand.issuer.token().encode()
    answer = exchange(
        stand, b"GET /v1/accounts HTTP/1.0\r\nAuthorization: Bearer " + token + b"\r\n\r\n"
    )
    assert statuses(answer) == [200]


def test_requests_when_sent_in_one_piece_are_answered_in_order(stand):
    token = stand.issuer.token().encode()
    lines = [b"/v1/accounts", b"/healthz", b"/v1/nothing", b"/v1/firms"] * 25
    said = b"".join(
        b"GET " + line + b" HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + b"\r\n\r\n"
        for line in lines
    )
    assert statuses(exchange(stand, said)) == [200, 200, 404, 200] * 25


UPGRADE = (
    b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "headers"),
    [
        (b"GET /v1/firms/%ff/live HTTP/1.1", UPGRADE),
        (b"GET /v1/firms/*/live?ticket=%ff%00 HTTP/1.1", UPGRADE),
        (b"GET /v1/firms/*/live?cursor=%ff HTTP/1.1", UPGRADE),
        (b"GET /v1/firms/\xff/live HTTP/1.1", UPGRADE),
        (b"POST /v1/firms/*/live HTTP/1.1", UPGRADE),
        (b"GET /v1/nothing HTTP/1.1", UPGRADE),
        (b"GET /v1/accounts HTTP/1.1", UPGRADE),
        (b"GET /v1/firms/*/live HTTP/1.1", UPGRADE[:2]),
        (b"GET /v1/firms/*/live HTTP/1.1", (*UPGRADE[:2], b"Sec-WebSocket-Version: 99")),
        (b"GET /v1/firms/*/live HTTP/1.1", (*UPGRADE, b"Origin: \xff")),
        (b"GET /v1/firms/*/live HTTP/1.1", (*UPGRADE, b"Origin: http://[::")),
        (b"GET /v1/firms/*/live HTTP/1.1", (*UPGRADE, b"Sec-WebSocket-Protocol: \x01")),
        (b"GET /v1/firms/*/live HTTP/1.1", (*UPGRADE, b"Sec-WebSocket-Extensions: ;;;")),
    ],
)
def test_upgrade_when_hostile_is_refused_without_a_word(stand, line, headers):
    said = b"\r\n".join([line, b"Host: x", *headers]) + b"\r\n\r\n"
    answer = exchange(stand, said)
    assert 500 not in statuses(answer)
    assert stand.client().get("/healthz").status_code == 200


def test_tickets_when_asked_for_by_the_thousand_are_limited_and_bounded(stand):
    client = stand.client(sub="hoarder")
    found = [client.post("/v1/tickets").status_code for _ in range(200)]
    assert found.count(201) == 120
    assert set(found) == {201, 429}
