"""JSON Schema and AsyncAPI documents of everything that crosses a boundary."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from schemas.dead_letters import DeadLetter
from schemas.decisions import DECISION_MODELS
from schemas.drift import Drift
from schemas.events import EVENT_MODELS
from schemas.instruments import Instrument
from schemas.rulesets import RulesetDocument
from schemas.ticks import TickMessage
from schemas.topics import TOPICS, Topic

Schema = dict[str, Any]
Families = Mapping[str, Mapping[str, Schema]]
"""Under `rules` and under `goals`: schemas of the families' parameters, by family."""
_DIALECT = GenerateJsonSchema.schema_dialect
_VERSION = "1.0.0"  # of the shapes, raised when one of them changes


def json_schemas(catalogue: Families | None = None) -> dict[str, Schema]:
    """Make a JSON Schema (2020-12) for every shape, by name.

    Args:
        catalogue: the families there are. They become `rule.<family>`, and an entry among the
            ruleset's rules or goals must match the one its `family` names.
    """
    families = dict(catalogue or {})
    found = {
        "tick": _schema(TickMessage, "tick"),
        "instrument": _schema(Instrument, "instrument"),
        "ruleset": _with_families(_schema(RulesetDocument, "ruleset"), families),
        "dead_letter": _schema(DeadLetter, "dead_letter", "serialization"),
        "drift": _schema(Drift, "drift"),
    }
    for name, model in EVENT_MODELS.items():
        found[name] = _with_families(_schema(model, name), families)
    for name, decision in DECISION_MODELS.items():
        found[name] = _schema(decision, name)
    for kind in families.values():
        for family, schema in kind.items():
            found[f"rule.{family}"] = {"$schema": _DIALECT} | schema
    return dict(sorted(found.items()))


def asyncapi(catalogue: Families | None = None) -> Schema:
    """Make the AsyncAPI 3.0 document of the topics.

    Args:
        catalogue: as for `json_schemas`.
    """
    schemas = json_schemas(catalogue)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Highwater",
            "version": _VERSION,
            "description": "Ticks and account events in, exact decisions out.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {
            f"{_action(topic)}-{topic.name}": _operation(topic)
            for topic in TOPICS
            if topic.direction != "inner"
        },
        "components": {
            "messages": {
                payload: _message(payload, topic) for topic in TOPICS for payload in topic.payloads
            },
            "schemas": _components(schemas, {name for topic in TOPICS for name in topic.payloads}),
        },
    }


def _schema(model: type[BaseModel], name: str, mode: JsonSchemaMode = "validation") -> Schema:
    return {"$schema": _DIALECT} | model.model_json_schema(mode=mode) | {"title": name}


# Only the catalogue knows parameters. The family of an entry says which of them it may have, so
# that an editor shows the fields of that family and names what is wrong with them, not with others.
def _with_families(schema: Schema, families: Families) -> Schema:
    shapes = schema.get("$defs", {})
    if not families or "PhaseDocument" not in shapes:
        return schema
    for kind, known in families.items():
        for family, rule in known.items():
            own = dict(rule)
            shapes |= own.pop("$defs", {})
            shapes[f"rule.{family}"] = own
        shapes["PhaseDocument"]["properties"][kind]["items"] = _entry(sorted(known))
    return schema


def _entry(families: list[str]) -> Schema:
    return {
        "type": "object",
        "required": ["id", "family"],
        "properties": {"family": {"enum": families}},
        "allOf": [
            {
                "if": {"required": ["family"], "properties": {"family": {"const": family}}},
                "then": {"$ref": f"#/$defs/rule.{family}"},
            }
            for family in families
        ],
    }


def _action(topic: Topic) -> str:
    return "receive" if topic.direction == "in" else "send"


def _channel(topic: Topic) -> Schema:
    messages = {name: {"$ref": f"#/components/messages/{name}"} for name in topic.payloads}
    return {"address": topic.name, "description": topic.summary, "messages": messages}


def _operation(topic: Topic) -> Schema:
    return {
        "action": _action(topic),
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": topic.summary,
    }


def _message(name: str, topic: Topic) -> Schema:
    message: Schema = {"name": name, "payload": {"$ref": f"#/components/schemas/{name}"}}
    if topic.key:
        key = {"type": "string", "description": topic.key}
        message["bindings"] = {"kafka": {"key": key, "bindingVersion": "0.5.0"}}
    return message


# In one document all definitions stand side by side, so that every reference is absolute.
def _components(schemas: Mapping[str, Schema], wanted: set[str]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name in sorted(wanted):
        schema = dict(schemas[name])
        schema.pop("$schema")
        for shape, definition in schema.pop("$defs", {}).items():
            moved = _moved(definition)
            assert found.setdefault(shape, moved) == moved, f"two shapes are called {shape}"
        found[name] = _moved(schema)
    return dict(sorted(found.items()))


def _moved(value: Any) -> Any:
    if isinstance(value, dict):
        # A discriminator is a hint of another dialect, and the constants say the same.
        kept = {key: item for key, item in value.items() if key != "discriminator"}
        reference = kept.get("$ref")
        if isinstance(reference, str):
            kept["$ref"] = reference.replace("#/$defs/", "#/components/schemas/")
        return {key: _moved(item) for key, item in kept.items()}
    if isinstance(value, list):
        return [_moved(item) for item in value]
    return value
