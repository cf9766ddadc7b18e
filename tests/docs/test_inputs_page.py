"""The page about inputs: every field is there with its default, and every sample can be read."""

import csv
import re
from decimal import Decimal
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from rules.ruleset import load_ruleset
from schemas import json_text, yaml_text
from schemas.errors import InputError
from schemas.event_base import EventBase
from schemas.events import EVENT_MODELS, BalanceAdjusted, parse_event
from schemas.instruments import Instrument, InstrumentTable
from schemas.rulesets import PhaseDocument, RulesetDocument
from schemas.ticks import TickMessage, parse_tick
from tests.docs.desk import Desk
from tests.docs.pages import anchors, blocks, names_in, read, tables

PAGE = "docs/inputs.md"
SAMPLES = [
    pytest.param(block.text, id=f"{page}:{block.line}")
    for page in (PAGE, "docs/rules/README.md")
    for block in blocks(page, "json")
]


def stated(column: str) -> dict[str, str]:
    """Return the fields of a table and their defaults."""
    (table,) = tables(PAGE, column, "Default")
    return {names_in(row[column])[0]: row["Default"] for row in table.rows}


def section(heading: str) -> dict[str, str]:
    """Return the fields of the table under a heading, and their defaults."""
    text = read(PAGE).split(f"\n### {heading}\n")[1].split("\n## ")[0].split("\n### ")[0]
    (table,) = re.findall(r"^\| Field \| Default .*?(?:\n\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", table, re.MULTILINE))


def check(model: type[BaseModel], found: dict[str, str], without: set[str]) -> None:
    fields = {name: field for name, field in model.model_fields.items() if name not in without}
    assert found.keys() == fields.keys()
    for name, field in fields.items():
        if field.is_required():
            assert found[name] == "required", name
            continue
        default = field.get_default(call_default_factory=True)
        assert default is not PydanticUndefined
        if default is None or default in ({}, ()):
            assert "required" not in found[name], name
            assert names_in(found[name]) == [], name
        else:
            assert names_in(found[name]) == [str(default).lower()], name


def test_event_types_when_documented_are_all_there():
    headings = {"".join(name.split(".")) for name in EVENT_MODELS}
    assert headings <= anchors(PAGE)


@pytest.mark.parametrize("kind", [kind for kind in EVENT_MODELS if kind != "clock"])
def test_event_when_documented_has_its_fields_with_their_defaults(kind):
    check(EVENT_MODELS[kind], section(kind), set(EventBase.model_fields))


def test_fields_when_common_to_events_are_documented():
    found = stated("Field of every event")
    assert found.pop("account_id") == "required"
    check(EventBase, found, {"account_id"})


@pytest.mark.parametrize(
    ("column", "model"),
    [
        ("Field of an instrument", Instrument),
        ("Field of a tick", TickMessage),
        ("Field of a ruleset", RulesetDocument),
        ("Field of a phase", PhaseDocument),
    ],
)
def test_shape_when_documented_has_its_fields_with_their_defaults(column, model):
    check(model, stated(column), set())


def test_reasons_when_documented_are_all_there():
    (table,) = tables(PAGE, "`reason`", "Balance")
    reasons = get_args(BalanceAdjusted.model_fields["reason"].annotation)
    assert [names_in(row["`reason`"])[0] for row in table.rows] == list(reasons)


@pytest.mark.parametrize(
    "row", tables(PAGE, "`reason`", "Balance")[0].rows, ids=lambda row: row["`reason`"].strip("`")
)
def test_reason_when_booked_moves_what_the_page_says(row):
    target = {"id": "target", "family": "profit_target", "amount": "5000"}
    phase = {"name": "evaluation", "rules": [], "goals": [target]}
    phase["rules"] = [{"id": "daily", "family": "daily_loss", "amount": "5000"}]
    session = {"timezone": "Europe/Prague", "reset": "00:00"}
    ruleset = {"ruleset": "x", "version": "1", "currency": "USD", "session": session}
    desk = Desk(ruleset | {"phases": [phase]})
    desk.open("2024-03-04T08:00:00Z", Decimal(100_000))
    desk.adjust("2024-03-04T09:00:00Z", names_in(row["`reason`"])[0], "10")
    moved = desk.progress
    profit, floor = moved["goals"][0]["value"], moved["rules"][0]["floor"]
    signs = {"−": -10, "+": 10}
    assert Decimal(moved["balance"]) == 100_000 + signs[row["Balance"]]
    assert Decimal(profit) == (0 if row["Counts as profit"] == "no" else signs[row["Balance"]])
    reference = {"no": 0, "down": -10, "up": 10}[row["Moves daily references"]]
    assert Decimal(floor) == 95_000 + reference
    if row["Amount"] == "above 0":
        with pytest.raises(InputError):
            desk.adjust("2024-03-04T10:00:00Z", names_in(row["`reason`"])[0], "-10")


@pytest.mark.parametrize("text", SAMPLES)
def test_json_sample_when_read_is_accepted(text):
    value: Any = json_text.loads(text)
    event = parse_tick(value) if "bid" in value else parse_event(value)
    assert event.ts


def test_yaml_samples_when_read_are_accepted():
    instruments, ruleset = (yaml_text.load(block.text).data for block in blocks(PAGE, "yaml"))
    assert len(InstrumentTable.parse(instruments)) == 3
    assert load_ruleset(ruleset).ref == "starter-50k@1"


def test_csv_sample_when_read_is_accepted():
    (sample,) = blocks(PAGE, "csv")
    rows = list(csv.DictReader(sample.text.splitlines()))
    assert [parse_tick(row).symbol for row in rows] == ["EURUSD", "EURUSD"]
