"""Whatever is sent, the answer is a problem in our form, and never an error of ours."""

import base64
import socket

import orjson
import pytest

from api.cursors import write_cursor
from tests.api.test_accounts import all_pages

pytestmark = pytest.mark.postgres

SQL = [
    "' OR '1'='1",
    "'; DROP TABLE highwater.breaches; --",
    "1) UNION SELECT hash FROM highwater.api_keys --",
    "%s", "%(x)s", "$1", "\\", "\\x00", "{}", "{table}",
]  # fmt: skip
ODD = ["\x00", "a\x00b", "\x01", "\x7f", "\x85", "x" * 129, "x" * 5_000, "\u202e", "💥" * 128, " "]
CURSORS = [
    "", "x", "====", "AAAA", "a" * 600, "ÿ", "\x00",
    base64.b64encode(b"[1,2").decode(), base64.b64encode(b"[" * 300).decode(),
    write_cursor(), write_cursor(1), write_cursor("a", 1), write_cursor(1, "a", 2),
    write_cursor(2**63, "a"), write_cursor(-(2**63), "a"), write_cursor(None, None),
    base64.b64encode(orjson.dumps([1, "\x00"])).decode(),
    base64.b64encode(b'[1e400,"a"]').decode(), base64.b64encode(b"{}").decode(),
    base64.b64encode(b"99999999999999999999999999").decode(),
]  # fmt: skip
LISTS = ["accounts", "breaches", "warnings", "interventions", "states", "phases-passed", "rulesets"]
FILTERS = {"accounts": ["firm", "trader", "phase", "ruleset"], "rulesets": ["ruleset"]}
PATHS = [
    "accounts/{}", "accounts/{}/commands", "breaches/{}", "traders/{}", "firms/{}",
    "rulesets/{}/1", "rulesets/x/{}",
]  # fmt: skip


def judged(found, *statuses):
    assert found.status_code in statuses, found.text
    if found.status_code >= 400:
        assert found.headers["content-type"] == "application/problem+json"
        assert found.json()["status"] == found.status_code
    return found


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("text", SQL + ODD)
def test_path_when_odd_names_nothing(stand, path, text):
    import urllib.parse

    quoted = urllib.parse.quote(text, safe="")
    judged(stand.client().get(f"/v1/{path.format(quoted)}"), 404, 422)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("text", SQL + ODD)
def test_filter_when_odd_finds_nothing(stand, path, text):
    for name in FILTERS.get(path, ["account", "firm", "trader"]):
        found = judged(stand.client().get(f"/v1/{path}", params={name: text}), 200, 422)
        assert found.status_code == 422 or found.json()["items"] == []


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("cursor", CURSORS)
def test_cursor_when_none_of_ours_is_refused_or_a_place(stand, path, cursor):
    """One that reads like ours is a place between two items; it never is an error of ours."""
    judged(stand.client().get(f"/v1/{path}", params={"cursor": cursor}), 200, 422)


@pytest.mark.parametrize("limit", ["0", "-1", "501", "1e2", "x", "", "1.5", "9" * 400, "٣"])
def test_limit_when_wrong_is_refused(stand, limit):
    found = judged(stand.client().get("/v1/accounts", params={"limit": limit}), 422)
    assert found.json()["errors"][0]["path"] == "query.limit"


@pytest.mark.parametrize("path", [*LISTS, "firms", "traders/x", "rulesets/x/1", "accounts/x"])
def test_parameter_when_unknown_is_refused(stand, path):
    found = judged(stand.client().get(f"/v1/{path}", params={"colour": "red"}), 422)
    assert found.json()["errors"] == [
        {"path": "query.colour", "message": "Extra inputs are not permitted"}
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"action":NaN}', b"[" * 60_000,
     b'{"action":"pause","reason":"x","reason":"y","n":1e999}', b'{"action":"\\ud800"}'],
)  # fmt: skip
def test_body_when_malformed_is_refused(stand, body):
    account = stand.accounts()[0].account_id
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    path = f"/v1/accounts/{account}/commands"
    judged(stand.client().post(path, content=body, headers=headers), 400, 422)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("DELETE", "/v1/accounts", 405),
        ("POST", "/v1/breaches", 405),
        ("PUT", "/v1/accounts/x", 405),
        ("GET", "/v1/../../etc/passwd", 404),
        ("GET", "/..%2f..%2fetc/passwd", 404),
        ("GET", "/app.py", 404),
    ],
)
def test_route_when_there_is_none_is_a_problem(stand, method, path, status):
    judged(stand.client().request(method, path), status)


@pytest.mark.parametrize(
    "said",
    [
        b"GARBAGE\r\n\r\n",
        b"GET /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/tickets HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_connection_when_it_speaks_no_http_harms_nobody(stand, said):
    host, _, port = stand.url.rpartition("/")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(said)
        raw.settimeout(1)
        try:
            answer = raw.recv(200)
        except (TimeoutError, ConnectionError):
            answer = b""
    assert b" 500 " not in answer
    assert stand.client().get("/healthz").status_code == 200


def test_table_when_attacked_is_still_there(stand):
    assert all_pages(stand.client(), "/v1/breaches")
