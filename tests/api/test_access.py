"""Nobody sees or does what is not his: every route, by every role, for own and other accounts.

The routes come from the application itself: a new one that is not named here fails the test.
"""

import re

import orjson
import pytest

from api.access.principal import ROLES
from schemas.audit.verify import unpack
from tests.flows import kit

pytestmark = pytest.mark.postgres

OPEN = {"/healthz", "/readyz", "/metrics", "/v1/openapi.json"}
STAFF = {"support", "risk", "admin"}
OPERATORS = {"risk", "admin"}
# Which roles a route is for; what else it has to say is about own and other.
ROUTES = {
    "GET /v1/accounts": STAFF | {"trader"},
    "GET /v1/accounts/{account_id}": STAFF | {"trader"},
    "GET /v1/accounts/{account_id}/commands": STAFF | {"trader"},
    "POST /v1/accounts/{account_id}/commands": OPERATORS,
    "GET /v1/accounts/{account_id}/audit": OPERATORS,
    "GET /v1/breaches": STAFF | {"trader"},
    "GET /v1/breaches/{decision_id}": STAFF | {"trader"},
    "GET /v1/warnings": STAFF | {"trader"},
    "GET /v1/interventions": STAFF | {"trader"},
    "GET /v1/states": STAFF | {"trader"},
    "GET /v1/phases-passed": STAFF | {"trader"},
    "GET /v1/rulesets": STAFF | {"trader"},
    "GET /v1/rulesets/{ruleset_id}/{version}": STAFF | {"trader"},
    "GET /v1/traders/{trader_id}": STAFF | {"trader"},
    "GET /v1/firms": STAFF,
    "GET /v1/firms/{firm_id}": STAFF,
    "POST /v1/tickets": STAFF | {"trader"},
    "GET /v1/feed/breaches": STAFF | {"trader"},
}
ORDER = {"action": "pause", "reason": "matrix"}


def described(stand):
    return stand.bearer(None).get("/v1/openapi.json").json()["paths"]


@pytest.fixture(scope="module")
def people(stand):
    """A breached account of a trader, and one of another trader of another firm."""
    breaches = [orjson.loads(line) for line in kit.values(stand.log, "breaches")]
    mine = next(one for one in breaches if one["type"] == "breach" and one["trader_id"])
    other = next(
        one
        for one in breaches
        if one["type"] == "breach"
        and one["trader_id"] not in (None, mine["trader_id"])
        and one["firm_id"] != mine["firm_id"]
    )
    return {"own": mine, "other": other}


def path_of(template, breach):
    ruleset, _, version = breach["ruleset"].partition("@")
    values = {**breach, "ruleset_id": ruleset, "version": version}
    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), template)


def caller(stand, role, breach):
    claims = {"roles": [role], "firm_id": breach["firm_id"], "sub": f"{role}-{breach['firm_id']}"}
    if role == "trader":
        claims["trader_id"] = breach["trader_id"]
    return stand.client(**claims)


def ask(client, route, breach, key="matrix"):
    method, _, template = route.partition(" ")
    body = {"json": ORDER, "headers": {"Idempotency-Key": key}} if "commands" in template else {}
    if method == "GET":
        body = {}
    if "feed" in template:  # it has no end
        with client.stream(method, template) as found:
            if found.status_code != 200:
                found.read()
            return found
    return client.request(method, path_of(template, breach), **body)


def test_routes_when_counted_are_all_in_the_matrix(stand):
    found = {
        f"{method.upper()} {path}"
        for path, methods in described(stand).items()
        for method in methods
        if path not in OPEN
    }
    assert found == ROUTES.keys()


@pytest.mark.parametrize("route", ROUTES)
def test_route_when_nobody_asks_is_closed(stand, people, route):
    found = ask(stand.bearer(None), route, people["own"])
    assert found.status_code == 401
    assert found.headers["www-authenticate"] == "Bearer"
    assert found.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("whose", ["own", "other"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("route", ROUTES)
def test_route_when_asked_by_a_role_shows_own_things_only(stand, people, route, role, whose):
    client = caller(stand, role, people["own"])
    found = ask(client, route, people[whose], key=f"matrix-{role}-{whose}")
    about_one = re.search(r"\{(account_id|decision_id|trader_id|firm_id)\}", route)
    if role not in ROUTES[route]:
        assert found.status_code == 403
    elif whose == "other" and about_one:
        assert found.status_code == 404, "nobody learns that it exists"
    else:
        assert found.status_code in (200, 201, 202)
    if found.status_code == 200 and found.headers["content-type"] == "application/json":
        theirs = people["other"]
        for name in ("account_id", "trader_id", "decision_id"):
            assert theirs[name] not in strings(found.json())
    if found.status_code == 200 and found.headers["content-type"] == "application/zip":
        for name in ("account_id", "trader_id", "decision_id"):
            assert people["other"][name].encode() not in b"".join(unpack(found.content).values())


def strings(value):
    if isinstance(value, dict):
        return set(value) | {text for item in value.values() for text in strings(item)}
    if isinstance(value, list):
        return {text for item in value for text in strings(item)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("path", ["breaches", "warnings", "interventions", "states"])
def test_list_when_a_trader_filters_for_others_stays_empty(stand, people, path):
    client = caller(stand, "trader", people["own"])
    other = people["other"]
    for name in ("account", "trader", "firm"):
        found = client.get(f"/v1/{path}", params={name: other[f"{name}_id"]})
        assert (found.status_code, found.json()["items"]) == (200, [])
    assert client.get("/v1/accounts", params={"trader": other["trader_id"]}).json()["items"] == []
    assert client.get("/v1/accounts", params={"firm": other["firm_id"]}).json()["items"] == []


def test_staff_when_of_one_firm_see_its_accounts_alone(stand, people):
    client = caller(stand, "admin", people["own"])
    items = client.get("/v1/accounts", params={"limit": 500}).json()["items"]
    assert {one["firm_id"] for one in items} == {people["own"]["firm_id"]}
    firms = client.get("/v1/firms").json()["items"]
    assert [one["firm_id"] for one in firms] == [people["own"]["firm_id"]]
    everybody = stand.client().get("/v1/firms").json()["items"]
    assert len(everybody) > 1


def test_openapi_when_read_names_the_errors_of_every_route(stand):
    for path, methods in described(stand).items():
        for operation in methods.values():
            if path not in OPEN:
                assert {"401", "403", "404", "422", "429", "503"} <= operation["responses"].keys()
                assert operation["security"], path
