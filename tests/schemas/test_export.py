import json

import jsonschema
import pytest

from schemas import json_text
from schemas.decisions import DECISION_MODELS
from schemas.events import EVENT_MODELS
from schemas.export import asyncapi, json_schemas
from schemas.fields import Shape
from tests.schemas.samples import EVENTS, INSTRUMENT, RULESET, decision, event


class Inner(Shape):
    x: str


class Family(Shape):
    id: str
    family: str
    pct: str
    inner: Inner | None = None


RULES = {
    "rules": {"daily_loss": Family.model_json_schema()},
    "goals": {"profit_target": Family.model_json_schema()},
}
SCHEMAS = json_schemas(RULES)


def is_valid(value, name, schemas=SCHEMAS):
    return jsonschema.Draft202012Validator(schemas[name]).is_valid(value)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_when_exported_is_a_json_schema(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    json.dumps(SCHEMAS[name])


def test_schemas_when_exported_cover_every_shape():
    named = {"tick", "instrument", "ruleset", "dead_letter", "drift"}
    named |= {"rule.daily_loss", "rule.profit_target"}
    assert SCHEMAS.keys() == named | EVENT_MODELS.keys() | DECISION_MODELS.keys()


@pytest.mark.parametrize("kind", EVENTS)
def test_event_when_we_read_it_fits_its_schema(kind):
    assert is_valid(event(kind), kind)
    assert not is_valid(event(kind, bogus="1"), kind)
    assert not is_valid(event(kind, event_id=...), kind)


@pytest.mark.parametrize("kind", DECISION_MODELS)
def test_decision_when_we_write_it_fits_its_schema(kind):
    assert is_valid(decision(kind), kind)
    assert not is_valid(decision(kind, bogus="1"), kind)


def test_files_when_we_read_them_fit_their_schemas():
    assert is_valid(INSTRUMENT, "instrument")
    assert is_valid(INSTRUMENT | {"conversion": {"symbol": "X", "op": "divide"}}, "instrument")
    assert is_valid(
        INSTRUMENT | {"conversion": {"USD": {"symbol": "X", "op": "divide"}}}, "instrument"
    )
    assert not is_valid(INSTRUMENT | {"conversion": {"symbol": "X"}}, "instrument")
    assert is_valid(RULESET, "ruleset")
    assert is_valid(json.loads(json_text.dumps(RULESET)), "ruleset")


def test_rules_when_the_catalogue_is_given_must_be_of_a_family():
    phase = {"name": "p", "rules": [{"id": "x", "family": "daily_loss", "bogus": "1"}]}
    wrong = RULESET | {"phases": [phase]}
    assert not is_valid(wrong, "ruleset")
    assert is_valid(wrong, "ruleset", json_schemas())
    assert not is_valid(event("ruleset.published", document=wrong), "ruleset.published")


@pytest.mark.parametrize(
    ("kind", "family", "fits"),
    [
        ("rules", "daily_loss", True),
        ("goals", "profit_target", True),
        ("rules", "profit_target", False),
        ("goals", "daily_loss", False),
        ("rules", "unheard_of", False),
    ],
)
def test_entry_when_its_family_is_known_there_fits(kind, family, fits):
    entry = {"id": "x", "family": family, "pct": "0.05"}
    document = RULESET | {"phases": [{"name": "p", "rules": [], kind: [entry]}]}
    assert is_valid(document, "ruleset") == fits


def test_entry_when_it_is_wrong_is_told_about_its_own_family_alone():
    """An editor shows what is wrong with it, not how it fails to be each of the others."""
    entry = {"id": "x", "family": "daily_loss", "pct": "0.05", "bogus": "1"}
    document = RULESET | {"phases": [{"name": "p", "rules": [entry]}]}
    errors = list(jsonschema.Draft202012Validator(SCHEMAS["ruleset"]).iter_errors(document))
    assert [error.message for error in errors] == [
        "Additional properties are not allowed ('bogus' was unexpected)"
    ]


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def test_asyncapi_when_exported_refers_to_nothing_that_is_missing():
    document = asyncapi(RULES)
    found = set(references(document))
    assert found
    for reference in found:
        here = document
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]


def test_asyncapi_when_exported_has_a_channel_for_every_topic():
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    assert {"ticks", "account-events", "journal", "breaches"} <= document["channels"].keys()
    assert document["operations"]["receive-ticks"]["action"] == "receive"
    assert document["operations"]["send-breaches"]["action"] == "send"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)
    json.dumps(document)


def test_export_when_made_twice_is_the_same_text():
    assert json.dumps(asyncapi(RULES)) == json.dumps(asyncapi(RULES))
    assert json.dumps(json_schemas(RULES)) == json.dumps(SCHEMAS)
