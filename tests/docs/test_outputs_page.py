"""The page about outputs: every field is there, and every sample is a decision really made."""

import json
import subprocess
import sys
from decimal import Decimal
from typing import get_args

import pytest

from rules.floors.daily_loss import DailyLossFloor
from rules.floors.max_drawdown import MaxDrawdownFloor
from schemas.decision_fields import Action
from schemas.decisions import DECISION_MODELS, DecisionBase, check_decision
from schemas.evidence import (
    DerivedEntry,
    EventEntry,
    Evidence,
    FloorDerivation,
    PositionEvidence,
    RateEvidence,
    TickEntry,
)
from schemas.topics import TOPICS
from tests.docs.desk import Desk
from tests.docs.example import decisions
from tests.docs.pages import ROOT, blocks, names_in, read, tables
from tests.docs.test_rules_pages import PAGES, STEPS, play, ruleset

PAGE = "docs/outputs.md"


def named(column: str, *others: str) -> list[str]:
    (table,) = tables(PAGE, column, *others)
    return [names_in(row[column])[0] for row in table.rows]


def fields(model) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def section(kind: str) -> str:
    return read(PAGE).split(f"\n## {kind}\n")[1].split("\n## ")[0]


def test_common_fields_when_documented_are_all_there():
    assert set(named("Field of every decision")) == fields(DecisionBase)


@pytest.mark.parametrize("kind", DECISION_MODELS)
def test_decision_when_documented_has_its_own_fields(kind):
    rows = section(kind).split("| Field | Meaning |\n|---|---|\n")[1].split("\n\n")[0].splitlines()
    listed = {names_in(row)[0] for row in rows}
    own = fields(DECISION_MODELS[kind]) - fields(DecisionBase)
    assert listed == own


@pytest.mark.parametrize(
    ("column", "model"),
    [
        ("Field of the evidence", Evidence),
        ("Field of a position", PositionEvidence),
        ("Field of a rate", RateEvidence),
        ("Field of a floor", FloorDerivation),
    ],
)
def test_evidence_when_documented_has_its_fields(column, model):
    assert set(named(column)) == fields(model)


def test_entries_when_documented_have_their_fields():
    (table,) = tables(PAGE, "`kind`", "Fields")
    models = {"tick": TickEntry, "event": EventEntry, "boundary": DerivedEntry}
    for row in table.rows:
        (kind,) = names_in(row["`kind`"])
        common = {"kind", "late", "own_ts"}
        assert set(names_in(row["Fields"])) == fields(models.pop(kind)) - common
    assert models == {}


def derivation_in(code):
    """The body of the method that tells where a floor comes from."""
    return code.split("def derivation", 1)[1].split("\n    def ", 1)[0]


def test_floors_when_derived_say_what_the_table_says():
    (table,) = tables(PAGE, "Field of a floor", "In")
    code = {
        "daily_loss": (ROOT / "rules/floors/daily_loss.py").read_text(),
        "max_drawdown": (ROOT / "rules/floors/max_drawdown.py").read_text(),
    }
    assert DailyLossFloor.derivation
    assert MaxDrawdownFloor.derivation
    for row in table.rows:
        (field,) = names_in(row["Field of a floor"])
        families = names_in(row["In"]) or list(code)
        said = [name for name, text in code.items() if f'"{field}"' in derivation_in(text)]
        assert families == said, field


def test_nested_shapes_when_described_have_their_fields():
    passed, progress = DECISION_MODELS["phase.passed"], DECISION_MODELS["progress"]
    for kind, model, field in (
        ("phase.passed", passed, "goals"),
        ("progress", progress, "goals"),
        ("progress", progress, "rules"),
    ):
        (shape,) = get_args(model.model_fields[field].annotation)
        (row,) = [line for line in section(kind).splitlines() if line.startswith(f"| `{field}` ")]
        assert {name for name in names_in(row)[1:] if name != "null"} == fields(shape)


def test_topics_when_documented_carry_what_the_schemas_say():
    (table,) = tables(PAGE, "Topic", "Carries")
    found = {names_in(row["Topic"])[0]: tuple(names_in(row["Carries"])) for row in table.rows}
    wanted = {topic.name: topic.payloads for topic in TOPICS if topic.direction == "out"}
    assert found.pop("dead-letters") == ()
    assert wanted.pop("dead-letters") == ("dead_letter",)
    assert found == wanted


def test_actions_when_documented_are_all_there():
    (row,) = [
        line for line in section("intervention").splitlines() if line.startswith("| `actions")
    ]
    assert names_in(row)[1:] == list(get_args(Action))


def test_reasons_when_documented_are_those_of_the_code():
    stated = {
        name
        for row in tables(PAGE, "`reason`", "When")[0].rows
        for name in names_in(row["`reason`"])
    }
    code = "".join(path.read_text() for path in (ROOT / "rules/reference").glob("*.py"))
    for reason in stated - {"suspend", "reinstate", "close", "pause", "unpause"}:
        word = "kyc_" if reason.startswith("kyc_") else f'"{reason}"'
        assert word in code, reason


def test_samples_when_shown_were_really_decided():
    desk = Desk(ruleset(PAGES["profit_target"]))
    (steps,) = tables(PAGES["profit_target"], *STEPS)
    play(desk, steps)
    made = {decision["decision_id"]: decision for decision in decisions() + desk.decisions}
    samples = [json.loads(block.text) for block in blocks(PAGE, "json")]
    assert {sample["type"] for sample in samples} == set(DECISION_MODELS) - {"breach"}
    for sample in samples:
        assert sample == made[sample["decision_id"]]
        assert list(sample) == list(made[sample["decision_id"]])
        check_decision(sample)


def test_audit_chain_when_checked_by_the_sample_has_the_heads_shown():
    (sample,), (shown,) = blocks(PAGE, "python"), blocks(PAGE, "text")
    done = subprocess.run(
        [sys.executable, "-c", sample.text],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == shown.text


def test_state_when_an_operator_asked_for_it_names_them_as_documented():
    desk = Desk(ruleset(PAGES["profit_target"]))
    desk.open("2024-03-04T09:00:00Z", Decimal(100_000))
    ts, more = "2024-03-04T10:00:00Z", {"operator": "j.doe", "reason": "disputed"}
    desk.event(ts, type="account.overridden", action="suspend", **more)
    (moved,) = [made for made in desk.last if made["type"] == "state"]
    assert (moved["operator"], moved["note"], moved["reason"]) == ("j.doe", "disputed", "suspend")
