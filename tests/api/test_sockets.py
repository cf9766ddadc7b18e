"""Live: the newest state, and every event once, wherever a listener comes back."""

import shutil
import time
from contextlib import closing, contextmanager

import orjson
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from api.cursors import write_cursor
from connectors.log.local import LocalLog
from flows.topics import ensure_topics
from schemas.topics import BREACHES, PROGRESS
from tests.api.stand import serving
from tests.flows import kit

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def play(tmp_path_factory, filled, issuer):
    """A server whose log the tests write themselves; its database stays as it is."""
    log, _, dsn = filled
    folder = tmp_path_factory.mktemp("live")
    shutil.copytree(log._root, folder / "log")
    own = LocalLog(folder / "log")
    ensure_topics(own, 1)
    with serving(own, dsn, issuer) as stand:
        yield stand


def ticket(client):
    found = client.post("/v1/tickets")
    assert found.status_code == 201
    return found.json()["ticket"]


@contextmanager
def opened(play, path, client=None, **given):
    client = client or play.client()
    query = "&".join(f"{name}={value}" for name, value in given.items())
    url = play.url.replace("http", "ws")
    with connect(f"{url}{path}?ticket={ticket(client)}&{query}", open_timeout=30) as socket:
        yield socket


def heard(socket):
    return orjson.loads(socket.recv(timeout=10))


def closed_with(socket):
    try:
        while True:
            socket.recv(timeout=10)
    except ConnectionClosed as closed:
        return closed.rcvd.code


def events(play):
    return [orjson.loads(value) for value in kit.values(play.log, BREACHES)]


def append(play, topic, *values):
    with closing(play.log.writer(topic)) as writer:
        for value in values:
            writer.append(orjson.dumps(value), value["account_id"].encode())
        writer.flush()


def another(play, number=0):
    """A breach nobody has seen yet."""
    first = next(one for one in events(play) if one["type"] == "breach")
    seq = play.service.live.seq + 1 + number
    return {**first, "decision_id": f"{seq:032x}", "seq": seq}


def progress_of(play, account_id, equity):
    values = [orjson.loads(value) for value in kit.values(play.log, PROGRESS)]
    newest = next(one for one in reversed(values) if one["account_id"] == account_id)
    return {**newest, "seq": play.service.live.seq + 1, "equity": equity}


def live_account(play):
    return next(one for one in play.accounts() if one.state == "active" and one.trader_id)


def test_account_socket_when_opened_tells_where_it_stands_and_then_what_changes(play):
    account = live_account(play)
    with opened(play, f"/v1/accounts/{account.account_id}/live") as socket:
        hello, state = heard(socket), heard(socket)
        assert (hello["type"], state["type"]) == ("hello", "state")
        assert state["account"]["account_id"] == account.account_id
        append(play, PROGRESS, progress_of(play, account.account_id, "4711"))
        while state["account"]["equity"] != "4711":
            state = heard(socket)
        assert state["as_of"]["seq"] == play.service.live.seq


def test_account_socket_when_many_changes_come_at_once_tells_the_newest(play):
    account = live_account(play)
    with opened(play, f"/v1/accounts/{account.account_id}/live") as socket:
        heard(socket), heard(socket)
        one = progress_of(play, account.account_id, "0")
        values = [{**one, "equity": str(1000 + number)} for number in range(500)]
        append(play, PROGRESS, *values)
        told = 0
        while True:
            told += 1
            if heard(socket)["account"]["equity"] == "1499":
                break
        assert told < 20


def test_firm_socket_when_something_changes_tells_its_accounts_alone(play):
    account = live_account(play)
    stranger = next(one for one in play.accounts() if one.firm_id != account.firm_id)
    with opened(play, f"/v1/firms/{account.firm_id}/live") as socket:
        assert heard(socket)["type"] == "hello"
        append(
            play,
            PROGRESS,
            progress_of(play, stranger.account_id, "1"),
            progress_of(play, account.account_id, "2"),
        )
        told = heard(socket)
        assert [one["account_id"] for one in told["items"]] == [account.account_id]
        assert told["items"][0]["equity"] == "2"


def test_event_when_a_rule_breaks_is_told_once_with_a_cursor(play):
    fresh = another(play)
    with opened(play, f"/v1/firms/{fresh['firm_id']}/live") as socket:
        heard(socket)
        append(play, BREACHES, fresh)
        told = [one for one in (heard(socket), heard(socket)) if one["type"] == "event"]
        assert [one["decision"] for one in told] == [fresh]
        missed = another(play)
        append(play, BREACHES, missed)
        time.sleep(0.2)
    with opened(play, f"/v1/firms/{fresh['firm_id']}/live", cursor=told[0]["cursor"]) as socket:
        heard(socket)
        assert heard(socket)["decision"] == missed


@pytest.mark.parametrize("kept", [3, 4096])
def test_events_when_resumed_from_anywhere_come_once_and_in_order(play, kept, monkeypatch):
    """Also those that are read from the log because they are no longer at hand."""
    monkeypatch.setattr("api.hub.KEPT_MAX", kept)
    monkeypatch.setattr("api.feed._PAGE", 2)
    append(play, BREACHES, *(another(play, number) for number in range(5)))
    wait_until(lambda: play.service.hub.positions[0] == play.log.end_offset(BREACHES))
    every = events(play)
    for start in range(0, len(every) + 1, 3):
        with opened(play, "/v1/firms/*/live", cursor=write_cursor(start)) as socket:
            heard(socket)
            told = [heard(socket) for _ in every[start:]]
            assert [one["decision"] for one in told] == every[start:]
            cursors = [one["cursor"] for one in told]
            assert cursors == [write_cursor(at + 1) for at in range(start, len(every))]


def wait_until(met):
    deadline = time.monotonic() + 10
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_trader_when_listening_hears_his_own_events_alone(play):
    mine = next(one for one in events(play) if one["trader_id"])
    theirs = next(one for one in events(play) if one["trader_id"] != mine["trader_id"])
    trader = play.trader(mine["trader_id"], mine["firm_id"])
    account = mine["account_id"]
    with opened(play, f"/v1/accounts/{account}/live", trader, cursor=write_cursor(0)) as socket:
        assert heard(socket)["type"] == "hello"
        own = [one for one in events(play) if one["account_id"] == account]
        assert [heard(socket)["decision"] for _ in own] == own
    with opened(play, f"/v1/accounts/{theirs['account_id']}/live", trader) as socket:
        assert closed_with(socket) == 4404
    with opened(play, f"/v1/firms/{mine['firm_id']}/live", trader) as socket:
        assert closed_with(socket) == 4403


def test_socket_when_its_ticket_is_used_or_wrong_is_closed(play):
    url = play.url.replace("http", "ws") + "/v1/firms/*/live"
    good = ticket(play.client())
    with connect(f"{url}?ticket={good}") as socket:
        assert heard(socket)["type"] == "hello"
    for used in (good, "", "x" * 500, "%00", "%27%20OR%201=1"):
        with connect(f"{url}?ticket={used}") as socket:
            assert closed_with(socket) == 4401


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "WzFd-", write_cursor(10**9), write_cursor(-1), write_cursor(0, 0),
               write_cursor("a"), write_cursor(None)],
)  # fmt: skip
def test_socket_when_its_cursor_is_none_of_ours_is_closed(play, cursor):
    with opened(play, "/v1/firms/*/live", cursor=cursor) as socket:
        assert closed_with(socket) == 4422


def test_socket_when_opened_by_a_foreign_page_is_closed(play):
    url = play.url.replace("http", "ws") + f"/v1/firms/*/live?ticket={ticket(play.client())}"
    with connect(url, origin="https://evil.test") as socket:
        assert closed_with(socket) == 4403
    again = url.partition("?")[0] + f"?ticket={ticket(play.client())}"
    with connect(again, origin=play.url) as socket:
        assert heard(socket)["type"] == "hello"


def test_socket_when_its_token_expires_is_closed(play):
    client = play.client(exp=int(time.time()) - 28)
    with opened(play, "/v1/firms/*/live", client) as socket:
        assert closed_with(socket) == 4401


def test_socket_when_it_sends_too_much_is_closed(play):
    with opened(play, "/v1/firms/*/live") as socket:
        socket.send("x" * 20_000)
        assert closed_with(socket) == 1009
    with opened(play, "/v1/firms/*/live") as socket:
        for _ in range(40):
            socket.send("hello?")
        assert closed_with(socket) == 1008


def test_listener_when_too_slow_is_cut_off_and_misses_nothing(play, monkeypatch):
    monkeypatch.setattr("api.hub.EVENTS_MAX", 2)
    with opened(play, "/v1/firms/*/live") as socket:
        cursor = heard(socket)["cursor"]
        fresh = [another(play, number) for number in range(9)]
        append(play, BREACHES, *fresh)
        assert closed_with(socket) == 1013
    monkeypatch.undo()
    with opened(play, "/v1/firms/*/live", cursor=cursor) as socket:
        heard(socket)
        assert [heard(socket)["decision"] for _ in fresh] == fresh


def feed(lines, wanted):
    found, one = [], {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line == "" and one:
            found.append(one)
            one = {}
            if len(found) == wanted:
                break
        elif name:
            one[name] = value
    return found


def test_feed_when_resumed_goes_on_behind_the_last_event(play):
    every = events(play)
    client = play.client()
    with client.stream("GET", "/v1/feed/breaches", params={"cursor": write_cursor(0)}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        hello, *told = feed(stream.iter_lines(), len(every) + 1)
    assert hello["event"] == "hello"
    assert [orjson.loads(one["data"]) for one in told] == every
    assert {one["event"] for one in told} <= {"breach", "phase.passed"}
    middle = len(every) // 2
    headers = {"Last-Event-ID": told[middle]["id"]}
    with client.stream("GET", "/v1/feed/breaches", headers=headers) as stream:
        _, *rest = feed(stream.iter_lines(), len(every) - middle)
    assert [orjson.loads(one["data"]) for one in rest] == every[middle + 1 :]


def test_feed_when_a_trader_follows_it_is_his_own(play):
    mine = next(one for one in events(play) if one["trader_id"])
    own = [
        one
        for one in events(play)
        if (one["trader_id"], one["firm_id"]) == (mine["trader_id"], mine["firm_id"])
    ]
    trader = play.trader(mine["trader_id"], mine["firm_id"])
    with trader.stream("GET", "/v1/feed/breaches", params={"cursor": write_cursor(0)}) as stream:
        _, *told = feed(stream.iter_lines(), len(own) + 1)
    assert [orjson.loads(one["data"]) for one in told] == own
    assert play.client().get("/v1/feed/breaches?cursor=x").status_code == 422
