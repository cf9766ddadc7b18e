"""What was decided, as the topics have it, in pages that neither skip nor repeat."""

from decimal import Decimal

import orjson
import pytest

from schemas.decisions import check_decision
from tests.api.test_accounts import all_pages
from tests.flows import kit

pytestmark = pytest.mark.postgres

TOPICS = {
    "breaches": ("breaches", "breach"),
    "phases-passed": ("breaches", "phase.passed"),
    "states": ("account-states", "state"),
    "warnings": ("warnings", "warning"),
    "interventions": ("interventions", "intervention"),
}


def decided(stand, path):
    topic, kind = TOPICS[path]
    values = [orjson.loads(line) for line in kit.values(stand.log, topic)]
    return [value for value in values if value["type"] == kind]


@pytest.mark.parametrize("path", TOPICS)
@pytest.mark.parametrize("limit", [1, 3, 500])
def test_decisions_when_paged_are_those_of_the_topic(stand, path, limit):
    expected = decided(stand, path)
    if limit == 1:
        expected = sorted(expected, key=lambda one: (one["seq"], one["decision_id"]))[-3:]
        items, cursor = [], None
        for _ in expected:
            given = {"limit": 1, **({"cursor": cursor} if cursor else {})}
            found = stand.client().get(f"/v1/{path}", params=given).json()
            items += found["items"]
            cursor = found["next"]
    else:
        items = all_pages(stand.client(), f"/v1/{path}", limit=limit)
    for one in items:
        check_decision(one)
    assert items == sorted(expected, key=lambda one: (one["seq"], one["decision_id"]), reverse=True)


def test_breach_when_asked_for_by_id_is_the_decision_itself(stand):
    (first, *_) = decided(stand, "breaches")
    found = stand.client().get(f"/v1/breaches/{first['decision_id']}").json()
    assert found["breach"] == first
    assert found["as_of"]["seq"] >= first["seq"]
    assert stand.client().get(f"/v1/breaches/{'0' * 32}").status_code == 404


def test_decisions_when_filtered_are_those_and_no_others(stand):
    every = decided(stand, "breaches")
    rule, account = every[0]["rule"], every[0]["account_id"]
    for given, field, value in (
        ({"rule": rule}, "rule", rule),
        ({"account": account}, "account_id", account),
    ):
        items = all_pages(stand.client(), "/v1/breaches", **given)
        assert {one["decision_id"] for one in items} == {
            one["decision_id"] for one in every if one[field] == value
        }
    assert stand.client().get("/v1/states", params={"rule": rule}).status_code == 422


def test_rulesets_when_read_are_those_of_the_journal(stand):
    from connectors.journal import JournalReader

    documents = {
        (one.ruleset, one.version): one
        for entry in JournalReader(stand.log).rest()
        if entry.genesis
        for one in entry.genesis.rulesets
    }
    lines = all_pages(stand.client(), "/v1/rulesets", limit=2)
    assert {(one["ruleset"], one["version"]): one["hash"] for one in lines} == {
        ref: document.hash for ref, document in documents.items()
    }
    name, version = next(iter(documents))
    found = stand.client().get(f"/v1/rulesets/{name}/{version}").json()
    assert found["content"] == documents[name, version].content
    assert stand.client().get(f"/v1/rulesets/{name}/{version + 99}").status_code == 404


def test_trader_when_asked_for_is_a_whole_life(stand):
    from connectors.journal import JournalReader

    lives = {}
    for entry in JournalReader(stand.log).rest():
        for item in entry.frame.events:
            event = item.event
            if event.type == "balance.adjusted" and event.reason == "payout":
                lives.setdefault((event.firm_id, event.trader_id), []).append(event.amount)
    accounts = {}
    for one in stand.accounts():
        accounts.setdefault((one.firm_id, one.trader_id), set()).add(one.account_id)
    for firm, trader in [*lives, *list(accounts)[:5]]:
        found = stand.client().get(f"/v1/traders/{trader}", params={"firm": firm}).json()
        assert {one["account_id"] for one in found["accounts"]} == accounts[firm, trader]
        paid = sum((Decimal(total) for total in found["paid_out"].values()), Decimal(0))
        assert paid <= sum(lives.get((firm, trader), []), Decimal(0))
        assert found["as_of"]["source"] == "history"
    assert stand.client().get("/v1/traders/nobody").status_code == 404


def test_firm_when_summed_up_adds_up(stand):
    for line in stand.client().get("/v1/firms").json()["items"]:
        found = stand.client().get(f"/v1/firms/{line['firm_id']}").json()
        assert sum(found["states"].values()) == found["accounts"] == line["accounts"]
        own = [one for one in decided(stand, "breaches") if one["firm_id"] == line["firm_id"]]
        assert sum(found["breaches"].values()) == len(own)
    assert stand.client().get("/v1/firms/nobody").status_code == 404


def test_service_when_watched_says_that_it_is_well(stand):
    nobody = stand.bearer(None)
    assert nobody.get("/healthz").json() == {"status": "ok"}
    assert nobody.get("/readyz").json() == {"status": "ok"}
    stand.client().get("/v1/accounts/nobody")
    text = nobody.get("/metrics").text
    assert 'highwater_api_requests_total{route="/v1/accounts/{account_id}",status="404"}' in text
