"""An order becomes one event on the journal, with its operator, and what came of it is told."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from connectors.log.local import LocalLog
from flows.persist import persist_flow
from schemas.events import parse_event
from schemas.json_text import loads
from tests.api.stand import serving
from tests.flows import kit
from tests.services import fresh_database, service_address

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def play(tmp_path_factory, filled, issuer):
    """A log, a database and a server of its own, so that more can happen."""
    log, given, _ = filled
    folder = tmp_path_factory.mktemp("orders")
    shutil.copytree(log._root, folder / "log")
    with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as dsn:
        from sinks.migrate import upgrade

        upgrade(dsn)
        own = LocalLog(folder / "log")
        settings = given.model_copy(
            update={"database_url": type(given.database_url)(dsn), "ahead_s": 10**9}
        )
        kit.run(persist_flow, own, settings)
        with serving(own, dsn, issuer) as stand:
            stand.settings = settings
            yield stand


def go_on(play):
    """Let the flows do their work."""
    kit.sequence(play.log, play.settings)
    kit.decide(play.log, play.settings)
    kit.run(persist_flow, play.log, play.settings)


def active(play, number=0):
    live = [one for one in play.accounts() if one.state == "active"]
    return live[number].account_id


def give(client, account_id, key, **body):
    return client.post(
        f"/v1/accounts/{account_id}/commands", json=body, headers={"Idempotency-Key": key}
    )


def events(play):
    return [orjson.loads(value) for value in kit.values(play.log, "account-events")]


def test_order_when_given_moves_the_account_and_is_on_the_audit_trail(play):
    client, account_id = play.client(sub="olivia"), active(play)
    before = len(events(play))
    taken = give(client, account_id, "k-1", action="suspend", reason="chargeback; DROP TABLE x")
    assert taken.status_code == 202
    (event,) = events(play)[before:]
    assert (event["operator"], event["reason"]) == ("oidc:olivia", "chargeback; DROP TABLE x")
    assert (event["account_id"], event["event_id"]) == (account_id, taken.json()["event_id"])
    parse_event(loads(orjson.dumps(event)))
    go_on(play)
    wait_for(lambda: play.service.live.accounts[account_id].state == "suspended")
    assert client.get(f"/v1/accounts/{account_id}").json()["state"] == "suspended"
    (state, *_) = client.get("/v1/states", params={"account": account_id}).json()["items"]
    assert (state["to"], state["operator"], state["cause"]) == (
        "suspended",
        "oidc:olivia",
        event["event_id"],
    )
    (told,) = client.get(f"/v1/accounts/{account_id}/commands").json()["items"]
    assert (told["action"], told["refused"]) == ("suspend", None)


def wait_for(met, seconds=10):
    import time

    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_order_when_the_engine_refuses_it_says_why(play):
    client, account_id = play.client(), active(play, 1)
    assert give(client, account_id, "k-2", action="reinstate", reason="x").status_code == 202
    go_on(play)
    (told,) = client.get(f"/v1/accounts/{account_id}/commands").json()["items"]
    assert told["refused"].startswith("bad_state: ")


def test_order_when_sent_again_is_given_once(play):
    client, account_id = play.client(), active(play, 2)
    before = len(events(play))
    first = give(client, account_id, "k-3", action="pause", reason="x")
    again = give(client, account_id, "k-3", action="pause", reason="x")
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert len(events(play)) == before + 1
    other = give(client, account_id, "k-3", action="close", reason="x")
    assert other.status_code == 422
    somebody = give(play.client(sub="other"), account_id, "k-3", action="pause", reason="x")
    assert somebody.json()["event_id"] != first.json()["event_id"], "keys are each caller's own"


def test_order_when_sent_by_many_at_once_is_one_event(play):
    client, account_id = play.client(), active(play, 3)
    with ThreadPoolExecutor(8) as pool:
        asked = [
            pool.submit(give, client, account_id, "k-4", action="pause", reason="x")
            for _ in range(8)
        ]
        answers = [one.result() for one in asked]
    ids = {one.json()["event_id"] for one in answers if one.status_code == 202}
    assert {one.status_code for one in answers} <= {202, 503}, "another writer, or done"
    assert len(ids) == 1
    go_on(play)
    found = client.get(f"/v1/accounts/{account_id}/commands").json()["items"]
    assert len(found) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "suspend"},
        {"action": "explode", "reason": "x"},
        {"action": "suspend", "reason": ""},
        {"action": "suspend", "reason": "x" * 501},
        {"action": "suspend", "reason": "a\x00b"},
        {"action": "suspend", "reason": "\ud800"},
        {"action": "suspend", "reason": 1},
        {"action": "suspend", "reason": "x", "ruleset": "a@1"},
        {"action": "migrate", "reason": "x"},
        {"action": "migrate", "reason": "x", "ruleset": "a"},
        {"action": "migrate", "reason": "x", "ruleset": "a@0"},
        {"action": "migrate", "reason": "x", "ruleset": "nothing@1"},
        {"action": "suspend", "reason": "x", "operator": "me"},
        {"action": "suspend", "reason": "x", "force": "yes?"},
        [],
        "suspend",
        None,
    ],
)
def test_order_when_malformed_is_refused_and_writes_nothing(play, body):
    before = len(events(play))
    content = orjson.dumps(body) if "\\ud800" not in repr(body) else b'{"reason":"\\ud800"}'
    found = play.client().post(
        f"/v1/accounts/{active(play)}/commands",
        content=content,
        headers={"Idempotency-Key": "bad", "Content-Type": "application/json"},
    )
    assert found.status_code == 422
    assert found.headers["content-type"] == "application/problem+json"
    assert len(events(play)) == before


def test_order_when_it_has_no_key_is_refused(play):
    found = play.client().post(
        f"/v1/accounts/{active(play)}/commands", json={"action": "pause", "reason": "x"}
    )
    assert found.status_code == 422
    assert found.json()["errors"][0]["path"] == "header.idempotency-key"


def test_order_when_too_large_is_refused(play):
    found = give(play.client(), active(play), "k", action="pause", reason="x" * 70_000)
    assert found.status_code == 413


def test_migration_when_it_makes_something_harder_needs_force(play):
    account = next(one for one in play.accounts() if one.state == "active")
    tighter = publish(play, account)
    client = play.client()
    refused = give(client, account.account_id, "m-1", action="migrate", reason="x", ruleset=tighter)
    assert refused.status_code == 409
    assert "harder" in refused.json()["detail"]
    forced = give(
        client,
        account.account_id,
        "m-2",
        action="migrate",
        reason="agreed with the trader",
        ruleset=tighter,
        force=True,
    )
    assert forced.status_code == 202
    (*_, event) = events(play)
    assert event["reason"].startswith("agreed with the trader (forced: ")
    same = give(
        client, account.account_id, "m-3", action="migrate", reason="x", ruleset=account.ruleset
    )
    assert same.status_code == 202, "nothing gets harder"


def publish(play, account):
    """Publish the account's version again, with one allowance less."""
    name, _, version = account.ruleset.partition("@")
    found = play.client().get(f"/v1/rulesets/{name}/{version}").json()["content"]
    found["version"] = str(int(version) + 70)
    for phase in found["phases"]:
        for rule in phase["rules"]:
            if rule["family"] == "max_drawdown":
                rule.pop("pct", None)
                rule.pop("pct_base", None)
                rule["amount"] = "1"
    event = {
        "event_id": "publish-tighter",
        "type": "ruleset.published",
        "ts": "2024-01-01T00:00:00Z",
        "ruleset": found,
    }
    from contextlib import closing

    with closing(play.log.writer("rulesets")) as writer:
        writer.append(orjson.dumps(event))
        writer.flush()
    go_on(play)
    return f"{name}@{found['version']}"


def test_order_when_the_log_is_taken_can_be_sent_again(play):
    from contextlib import closing

    client, account_id = play.client(), active(play, 4)
    with closing(play.log.writer("account-events")):
        found = give(client, account_id, "k-5", action="pause", reason="x")
        assert (found.status_code, found.headers["retry-after"]) == (503, "1")
    assert give(client, account_id, "k-5", action="pause", reason="x").status_code == 202
