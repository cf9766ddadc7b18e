"""Accounts as they stand: the nearest first, filtered, in pages that neither skip nor repeat."""

from decimal import Decimal

import orjson
import psycopg
import pytest

from api.shapes import AccountDetails, AccountLine, Page
from tests.flows import kit

pytestmark = pytest.mark.postgres


def all_pages(client, path, **given):
    items, cursor = [], None
    while True:
        found = client.get(path, params={**given, **({"cursor": cursor} if cursor else {})}).json()
        items += found["items"]
        cursor = found["next"]
        if cursor is None:
            return items


def newest_progress(stand):
    newest = {}
    for line in kit.values(stand.log, "progress"):
        value = orjson.loads(line)
        newest[value["account_id"]] = value
    return newest


def test_accounts_when_listed_are_all_there_nearest_first(stand):
    items = all_pages(stand.client(), "/v1/accounts", limit=7)
    assert [one["account_id"] for one in items] == list(
        dict.fromkeys(one["account_id"] for one in items)
    )
    assert {one["account_id"] for one in items} == newest_progress(stand).keys()
    shares = [one["headroom"] for one in items]
    bounded = [Decimal(share) for share in shares if share is not None]
    assert len(bounded) > 10
    assert bounded == sorted(bounded)
    assert shares[len(bounded) :] == [None] * (len(shares) - len(bounded)), "those that ended last"


def test_accounts_when_listed_carry_what_their_progress_says(stand):
    newest = newest_progress(stand)
    for one in all_pages(stand.client(), "/v1/accounts"):
        progress = newest[one["account_id"]]
        assert (one["equity"], one["balance"]) == (progress["equity"], progress["balance"])
        assert one["state"] == progress["state"] or one["seq"] > progress["seq"]
    page = stand.client().get("/v1/accounts").json()
    Page[AccountLine].model_validate(page)
    assert page["as_of"]["seq"] == max(value["seq"] for value in newest.values())
    assert page["as_of"]["source"] == "live"


@pytest.mark.parametrize("name", ["state", "phase", "ruleset", "firm", "trader"])
def test_accounts_when_filtered_are_those_and_no_others(stand, name):
    field = {"firm": "firm_id", "trader": "trader_id"}.get(name, name)
    items = all_pages(stand.client(), "/v1/accounts")
    values = sorted({one[field] for one in items if one[field] is not None})
    for value in values[:3]:
        found = all_pages(stand.client(), "/v1/accounts", **{name: value}, limit=3)
        assert found == [one for one in items if one[field] == value]
    assert all_pages(stand.client(), "/v1/accounts", **{name: values[:2]}) == [
        one for one in items if one[field] in values[:2]
    ]


def test_account_when_asked_for_says_all_that_is_known(stand):
    newest = newest_progress(stand)
    for account_id in sorted(newest)[:5]:
        found = stand.client().get(f"/v1/accounts/{account_id}").json()
        AccountDetails.model_validate(found)
        assert found["goals"] == newest[account_id]["goals"]
        used = [Decimal(rule["used"]) for rule in found["rules"] if rule["family"] == "daily_loss"]
        assert Decimal(found["day_loss_used"]) == max(used)
        with psycopg.connect(stand.dsn) as connection:
            row = connection.execute(
                "SELECT initial_balance FROM highwater.accounts WHERE account_id = %s",
                (account_id,),
            ).fetchone()
        assert (found["initial_balance"],) == row
        assert found["currency"] == "USD"


def test_account_when_it_breached_shows_what_it_held(stand):
    lines = [orjson.loads(line) for line in kit.values(stand.log, "breaches")]
    breach = [line for line in lines if line["type"] == "breach"][-1]
    found = stand.client().get(f"/v1/accounts/{breach['account_id']}").json()
    assert found["last_breach"] == breach["decision_id"]
    held = {"seq": breach["seq"], "items": breach["evidence"]["positions"]}
    assert found["positions"] == held


def test_account_when_it_is_not_there_is_not_found(stand):
    found = stand.client().get("/v1/accounts/nobody")
    assert found.status_code == 404
    assert found.headers["content-type"] == "application/problem+json"
    assert found.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no such account",
    }


def test_account_when_asked_for_either_way_is_the_same(stand):
    """A scheme in small letters is as good, and goes the usual way."""
    client, token = stand.client(), stand.issuer.token()
    usual = {"Authorization": f"bearer {token}"}
    for account in stand.accounts():
        path = f"/v1/accounts/{account.account_id}"
        short, whole = client.get(path), client.get(path, headers=usual)
        assert short.status_code == whole.status_code == 200
        assert short.content == whole.content
        assert dict(short.headers) == dict(whole.headers)
        AccountDetails.model_validate(short.json())
