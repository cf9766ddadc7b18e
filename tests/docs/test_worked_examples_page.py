"""The page about worked examples, and the cases the rules' pages name: run again."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from flows.cases.document import load_cases
from flows.cases.families import RULES, Verdict, judge_all
from tests.docs.example import run_in_clone
from tests.docs.pages import ROOT, blocks, names_in, prose, tables
from tests.docs.test_rules_pages import PAGES

PAGE = "docs/rules/worked-examples.md"
CASES = ROOT / "tests" / "cases" / "worked_examples.json"


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    return judge_all(load_cases(CASES), "reference")


def test_command_when_run_as_shown_prints_what_is_shown(tmp_path: Path):
    (command,), (shown,) = blocks(PAGE, "sh"), blocks(PAGE, "text")
    done = run_in_clone(command.text, tmp_path)
    assert (done.returncode, done.stdout) == (0, shown.text + "\n")


def test_passed_cases_when_counted_are_those_of_the_table(verdicts):
    (table,) = tables(PAGE, "Family of the cases", "Passed")
    stated = {names_in(row["Family of the cases"])[0]: int(row["Passed"]) for row in table.rows}
    assert stated == Counter(verdict.family for verdict in verdicts if verdict.result == "pass")


def test_sources_when_counted_are_those_of_the_page():
    kinds = Counter(case["source"]["provenance"] for case in json.loads(CASES.read_text()))
    stated = re.findall(r"(\d+) (?:with the figures|from third parties|derived)", prose(PAGE))
    assert [int(number) for number in stated] == [
        kinds["firm_published"],
        kinds["third_party"],
        kinds["derived_from_published_rule"],
    ]


def test_case_when_shown_is_one_of_the_file():
    (shown,) = blocks(PAGE, "json")
    assert json.loads(shown.text) in json.loads(CASES.read_text())


@pytest.mark.parametrize("family", PAGES)
def test_cases_when_named_on_a_rules_page_are_those_that_pass(family, verdicts):
    paragraphs = prose(PAGES[family]).split("\n\n")
    (named,) = [text for text in paragraphs if "`highwater cases` reproduces" in text]
    passed = [
        made.id
        for made in verdicts
        if RULES.get(made.family, made.family) == family and made.result == "pass"
    ]
    assert names_in(named.replace("\n", " "))[1:] == passed
