"""`highwater rules` as a user meets it."""

import json

import jsonschema
import pytest
import yaml

from connectors.genesis import Genesis
from connectors.journal import JournalWriter, records
from connectors.log.local import LocalLog
from schemas.events import parse_event
from schemas.instruments import InstrumentTable
from schemas.json_text import loads
from schemas.rulesets import parse_ruleset
from schemas.yaml_text import load
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


def test_publish_when_new_copies_the_file_and_says_its_hash(plan, tmp_path, highwater):
    shop = tmp_path / "shop"
    code, out, errors = highwater("rules", "publish", plan, "--to", shop)
    assert (code, errors) == (0, [])
    assert out.startswith("plan@1 is published, sha256 ")
    assert (shop / "plan.v1.yaml").read_text() == PLAN
    again = highwater("rules", "publish", plan, "--to", shop)
    assert again == (0, out.replace("is published", "was published before"), [])


def test_publish_when_the_body_changed_names_the_first_difference(plan, tmp_path, highwater):
    highwater("rules", "publish", plan, "--to", tmp_path / "shop")
    plan.write_text(PLAN.replace("0.05", "0.04"))
    code, out, (line,) = highwater("rules", "publish", plan, "--to", tmp_path / "shop")
    assert (code, out) == (1, "")
    assert line == (
        f"highwater: {plan}:9: phases.0.rules.0.pct: plan@1 is published with other content: "
        "phases.0.rules.0.pct was 0.05, is 0.04; give it a new version"
    )
    assert (tmp_path / "shop" / "plan.v1.yaml").read_text() == PLAN


def test_publish_when_the_file_stands_in_the_directory_leaves_it_there(plan, highwater):
    assert highwater("rules", "publish", plan, "--to", plan.parent)[0] == 0
    assert sorted(path.name for path in plan.parent.iterdir()) == ["plan.yaml", "published.jsonl"]


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("pct: 0.05", "pct: 5", 2, ":9: phases.0.rules.0.pct: must be above 0"),
        ("pct: 0.05", "pct: 0.05, breach_kind: flag", 0, None),
        ("name: only", "name: only\n    on_pass: only", 1, "in a circle: only → only; see"),
    ],
)
def test_publish_when_lint_finds_errors_refuses(plan, highwater, old, new, code, said):
    plan.write_text(PLAN.replace(old, new))
    found, _, lines = highwater("rules", "publish", plan, "--to", plan.parent / "shop")
    assert found == code
    assert said is None or said in lines[0]
    assert (plan.parent / "shop").exists() == (code == 0)


def local_log(folder):
    log = LocalLog(folder / "log")
    for topic, partitions in {"journal": 1, "rulesets": 1, "dead-letters": 2}.items():
        log.create(topic, partitions)
    return log


def test_publish_when_to_a_log_writes_one_event(plan, tmp_path, highwater):
    log = local_log(tmp_path)
    here = ("--to", "log", "--log", f"dir:{tmp_path / 'log'}")
    assert highwater("rules", "publish", plan, *here)[0] == 0
    assert highwater("rules", "publish", plan, *here)[1].startswith("plan@1 was published before")
    [record] = records(log, "rulesets")
    event = parse_event(loads(record.value))
    assert str(event.document.ref) == "plan@1"
    plan.write_text(PLAN.replace("0.05", "0.04"))
    code, _, (line,) = highwater("rules", "publish", plan, *here)
    assert code == 1
    assert "phases.0.rules.0.pct was 0.05, is 0.04" in line


def test_publish_when_the_journal_began_with_the_version_knows_it(plan, tmp_path, highwater):
    log = local_log(tmp_path)
    document = parse_ruleset(load(PLAN).data)
    writer = JournalWriter(log)
    writer.begin(Genesis(InstrumentTable(), (document,)), {})
    writer.close()
    here = ("--to", "log", "--log", f"dir:{tmp_path / 'log'}")
    assert highwater("rules", "publish", plan, *here)[1].startswith("plan@1 was published before")
    assert list(records(log, "rulesets")) == []


@pytest.mark.parametrize(("url", "code"), [("nowhere:x", 2), ("dir:{tmp}/none", 1)])
def test_publish_when_the_log_cannot_take_it_exits_with_its_code(
    plan, tmp_path, highwater, url, code
):
    given = url.format(tmp=tmp_path)
    found, _, lines = highwater("rules", "publish", plan, "--to", "log", "--log", given)
    assert found == code
    assert len(lines) == 1


@pytest.fixture
def other(plan):
    file = plan.with_name("other.yaml")
    file.write_text(PLAN.replace("version: 1", "version: 2").replace("0.05", "0.04"))
    return file


def test_diff_when_a_limit_shrinks_says_by_how_much(plan, other, highwater):
    code, out, errors = highwater("rules", "diff", plan, other, "--balance", "50000")
    assert (code, errors) == (0, [])
    assert out.splitlines() == [
        "plan@1 → plan@2: what changes for a trader",
        "phase only",
        "  tighter `daily`: the limit goes from 0.05 of initial (2500) to 0.04 of initial (2000)",
        "  floor   `daily` +500 at 50000: at the opening: 47500 → 48000 (9 of 9 examples)",
    ]


def test_diff_when_asked_for_json_has_every_example(plan, other, highwater):
    _, out, _ = highwater("rules", "diff", other, plan, "--json")
    found = json.loads(out)
    assert found["tightens"] is False
    assert found["from"]["ruleset"] == "plan@2"
    assert [change["effect"] for change in found["changes"]] == ["looser"]
    assert len(found["floors"]) == 9
    assert {floor["change"] for floor in found["floors"]} == {"-1000"}


def test_diff_when_nothing_differs_says_so(plan, highwater):
    assert "nothing: the content is the same" in highwater("rules", "diff", plan, plan)[1]


def test_diff_when_a_balance_is_none_exits_with_two(plan, other, highwater):
    for given in ("0", "-1", "much"):
        code, _, (line,) = highwater("rules", "diff", plan, other, "--balance", given)
        assert code == 2
        assert f"balance {given}: " in line
