"""Every answer about accounts and decisions says which position of the journal it is as of."""

import pytest

from api.app import make_app

# A ticket says nothing of the journal; bundle and feed are no JSON and carry positions inside.
SILENT = {"/v1/tickets", "/v1/feed/breaches", "/v1/accounts/{account_id}/audit"}
DOCUMENT = make_app(None).openapi()
ANSWERS = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if path.startswith("/v1/") and path not in SILENT
]


@pytest.mark.parametrize(("method", "path"), ANSWERS)
def test_answer_when_described_has_the_position_it_is_as_of(method, path):
    responses = DOCUMENT["paths"][path][method]["responses"]
    (good,) = [found for status, found in responses.items() if status.startswith("2")]
    name = good["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = DOCUMENT["components"]["schemas"][name]
    assert "as_of" in schema["required"]
    assert schema["properties"]["as_of"] == {"$ref": "#/components/schemas/AsOf"}


def test_routes_when_listed_are_all_that_are_described():
    assert len(ANSWERS) > 10
    assert DOCUMENT["paths"].keys() >= SILENT
