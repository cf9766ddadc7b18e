"""`highwater rules` as a user meets it."""

import json

import jsonschema
import pytest
import yaml

from tests.flows.test_cli import call

PLAN = """\
# A plan
ruleset: plan
version: 1
currency: USD
session: {timezone: Europe/Prague, reset: "00:00"}
phases:
  - name: only
    rules:
      - {id: daily, family: daily_loss, pct: 0.05, pct_base: initial}
      - id: max
        family: max_drawdown
        mode: static
        pct: 0.10
        pct_base: initial
"""


@pytest.fixture
def plan(tmp_path):
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    return file


@pytest.fixture
def highwater(capsys, monkeypatch):
    def run(*arguments):
        return call(capsys, monkeypatch, *map(str, arguments))

    return run


def test_lint_when_all_is_well_exits_with_zero(plan, highwater):
    code, out, errors = highwater("rules", "lint", plan)
    assert (code, errors) == (0, [])
    assert out == "1 ruleset: 0 errors, 0 warnings, 0 hints\n"


def test_lint_when_something_is_wrong_names_file_and_line_and_exits_with_one(plan, highwater):
    plan.write_text(PLAN.replace("        mode: static\n", "        mode: statik\n"))
    code, out, errors = highwater("rules", "lint", plan.parent)
    assert (code, errors) == (1, [])
    first, fix, last = out.splitlines()
    assert first.startswith(f"{plan}:12: error: phases.0.rules.1.mode: must be one of ")
    assert first.endswith("[bad_value]")
    assert fix.startswith("    fix: ")
    assert last == "1 ruleset: 1 error, 0 warnings, 0 hints"


def test_lint_when_only_hints_are_given_exits_with_zero(plan, highwater):
    plan.write_text(PLAN.replace(", pct_base: initial", ""))
    code, out, _ = highwater("rules", "lint", plan)
    assert code == 0
    assert ":9: hint: phases.0.rules.0.pct: " in out


def test_lint_when_asked_for_json_says_the_same_in_it(plan, highwater):
    plan.write_text(PLAN.replace("version: 1", "version: 0"))
    code, out, _ = highwater("rules", "lint", plan, "--json")
    report = json.loads(out)
    assert code == 1
    assert report["counts"] == {"error": 1, "warning": 0, "hint": 0}
    [finding] = report["findings"]
    assert (finding["file"], finding["line"], finding["path"]) == (str(plan), 3, "version")
    assert finding.keys() == {"file", "line", "severity", "code", "path", "message", "fix"}


def test_lint_when_a_version_has_two_contents_names_both_files(plan, highwater):
    other = plan.with_name("second.yaml")
    other.write_text(PLAN.replace("0.05", "0.04"))
    code, out, _ = highwater("rules", "lint", plan.parent)
    assert code == 1
    assert f"{other}:3: error: version: plan@1 has other content in {plan} [version_reused]" in out


@pytest.mark.parametrize("content", ["phases: [", "- {a: 1, a: 2}", ""])
def test_lint_when_a_file_cannot_be_read_exits_with_two(content, plan, highwater):
    plan.write_text(content)
    code, out, (line,) = highwater("rules", "lint", plan)
    assert (code, out) == (2, "")
    assert line.startswith(f"highwater: {plan}:")


def test_lint_when_there_is_no_such_file_exits_with_two(tmp_path, highwater):
    code, _, (line,) = highwater("rules", "lint", tmp_path / "none")
    assert code == 2
    assert "no such file" in line


def test_schema_when_exported_takes_a_ruleset_as_an_editor_reads_it(plan, tmp_path, highwater):
    """An editor knows numbers where we read text."""
    assert highwater("schemas", "export", tmp_path / "schemas")[0] == 0
    schema = json.loads((tmp_path / "schemas" / "ruleset.schema.json").read_text())
    document = yaml.safe_load(PLAN)
    jsonschema.validate(document, schema)
    document["phases"][0]["rules"][1]["mode"] = "statik"
    with pytest.raises(jsonschema.ValidationError, match="statik"):
        jsonschema.validate(document, schema)
