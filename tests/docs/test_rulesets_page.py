"""The page on rulesets: its commands say what it shows, and its table names every finding."""

import re
import shlex

import pytest

from rules.whatif import Verdict
from tests.docs.pages import ROOT, blocks, prose, read, tables
from tests.flows.test_cli import call

PAGE = "docs/rulesets.md"
SHOWN = [block for block in blocks(PAGE, "text") if "examples/" in block.text]


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: str(block.line))
def test_command_when_run_says_what_the_page_shows(block, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    command, _, shown = block.text.replace(" \\\n    ", " ").partition("\n")
    _, out, _ = call(capsys, monkeypatch, *shlex.split(command.removeprefix("$ highwater ")))
    assert [line.rstrip() for line in out.splitlines()] == shown.splitlines()


def test_findings_when_lint_gives_them_are_in_the_table():
    [table] = tables(PAGE, "Code", "Severity", "Found")
    listed = {name for row in table.rows for name in re.findall(r"\w+", row["Code"])}
    source = "".join(read(str(path.relative_to(ROOT))) for path in (ROOT / "rules/lint").glob("*"))
    source += read("flows/ruleset_check.py")
    given = set(re.findall(r'"(?:error|warning|hint)",\s*"([a-z_]+)"', source))
    given |= set(re.findall(r'code = "([a-z_]+)"', source)) | {"bad_value"}
    assert listed == given - {"error", "warning", "hint"}


def test_verdicts_when_whatif_gives_them_are_on_the_page():
    assert all(f"`{verdict}`" in prose(PAGE) for verdict in Verdict.__args__)
