"""The page about operations: every setting, log event, metric and table is there, as it is."""

import ast
import re

from flows.options import FlowSettings
from schemas.telemetry import LOG_EVENTS, METRICS
from sinks.tables import TABLES
from tests.docs.pages import ROOT, listed, names_in, tables

PAGE = "docs/operations.md"
SOURCES = [
    ROOT / name
    for name in listed("*.py")
    if name.split("/")[0] in {"api", "connectors", "flows", "sinks"}
]
LOGGING = {"debug", "info", "warning", "error", "exception", "Tally"}


def logged() -> set[str]:
    """Return every text that is given to a logger, or to a tally that logs."""
    found: set[str] = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in LOGGING:
                    inner = [part for item in node.args for part in ast.walk(item)]
                    found |= {part.value for part in inner if isinstance(part, ast.Constant)}
    return found


def test_settings_when_documented_are_all_there_with_their_defaults():
    (table,) = tables(PAGE, "Variable", "Default")
    stated = {names_in(row["Variable"])[0]: row for row in table.rows}
    fields = FlowSettings.model_fields
    assert stated.keys() == {f"HIGHWATER_{name.upper()}" for name in fields}
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    for name, field in fields.items():
        row = stated[f"HIGHWATER_{name.upper()}"]
        if field.default is None:
            assert row["Default"] == "none", name
        elif field.default == "":
            assert names_in(row["Default"]) != [""], name
        else:
            assert names_in(row["Default"]) == [str(field.default)], name
        used = re.search(rf"(?:settings|self|load_settings\(\))\.{name}\b", code) is not None
        used = used or name.startswith("database_url")  # read through `database_dsn`
        assert used == (row["Meaning"] != "not used yet"), name


def test_log_events_when_documented_are_all_there():
    (table,) = tables(PAGE, "Log event", "Written")
    assert [names_in(row["Log event"])[0] for row in table.rows] == list(LOG_EVENTS)


def test_log_events_when_said_to_be_written_are():
    (table,) = tables(PAGE, "Log event", "Written")
    said = {names_in(row["Log event"])[0] for row in table.rows if row["Written"] == "yes"}
    assert said == logged() & set(LOG_EVENTS), "bring the column `Written` up to date"


def test_metrics_when_documented_are_all_there():
    (table,) = tables(PAGE, "Metric", "Served")
    assert [names_in(row["Metric"])[0] for row in table.rows] == list(METRICS)


def test_metrics_when_said_to_be_served_are():
    (table,) = tables(PAGE, "Metric", "Served")
    said = {names_in(row["Metric"])[0] for row in table.rows if row["Served"] == "yes"}
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    assert said == {name for name in METRICS if f'"{name}"' in code}, "bring `Served` up to date"


def test_tables_when_documented_are_all_there():
    (table,) = tables(PAGE, "Table", "Holds")
    stated = [names_in(row["Table"])[0] for row in table.rows]
    assert stated == [*(made.name for made in TABLES), "stream_progress"]
