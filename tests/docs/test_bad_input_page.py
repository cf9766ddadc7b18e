"""The page about bad input: every code has an example, and each example is refused as shown."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.crew import Setup
from flows.inputs import load_rulebook, open_journal
from flows.replay import Replay
from schemas.dead_letters import DeadLetter
from schemas.errors import CODES
from tests.docs.example import FOLDER, run_in_clone
from tests.docs.pages import blocks, names_in, read, tables

PAGE = "docs/bad-input.md"
SAMPLES = [
    pytest.param(json.loads(block.text), id=json.loads(block.text)["code"] + f":{block.line}")
    for block in blocks(PAGE, "json")
]


def refused(raw: str, source: str, folder: Path) -> list[dict[str, Any]]:
    """Add one line to the recording of the page and return its dead letters."""
    (instruments,), (events,) = blocks(PAGE, "yaml"), blocks(PAGE, "jsonl")
    texts = {
        "instruments.yaml": (FOLDER / "instruments.yaml").read_text() + instruments.text + "\n",
        "ticks.csv": (FOLDER / "ticks.csv").read_text(),
        "events.jsonl": (FOLDER / "events.jsonl").read_text() + events.text + "\n",
    }
    texts[source] += raw + "\n"
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    rulebook = load_rulebook(folder / "instruments.yaml", FOLDER / "rulesets")
    paths = [folder / "ticks.csv"], [folder / "events.jsonl"]
    journal = open_journal(rulebook.instruments, *paths)
    replay = Replay(Setup("reference", rulebook, "boundary"), journal)
    letters = [letter for piece in replay.pieces() for letter in piece.dead_letters]
    return [json.loads(letter.to_json()) for letter in letters]


def test_codes_when_documented_are_all_there():
    (table,) = tables(PAGE, "Code", "Refused because")
    assert sorted(names_in(row["Code"])[0] for row in table.rows) == sorted(CODES)
    headings = [line[5:-1] for line in read(PAGE).splitlines() if line.startswith("### `")]
    assert headings == [names_in(row["Code"])[0] for row in table.rows]
    assert {param.values[0]["code"] for param in SAMPLES} == set(CODES)


def test_fields_when_documented_are_all_there():
    (table,) = tables(PAGE, "Field of a dead letter")
    stated = [names_in(row["Field of a dead letter"])[0] for row in table.rows]
    assert stated == list(DeadLetter.model_fields)


@pytest.mark.parametrize("shown", SAMPLES)
def test_example_when_replayed_is_refused_as_shown(shown, tmp_path):
    (letter,) = refused(shown["raw"], shown["source"], tmp_path)
    letter["source"] = Path(letter["source"]).name
    assert letter == shown


@pytest.mark.parametrize("shown", SAMPLES)
def test_code_when_refused_comes_from_where_the_table_says(shown, tmp_path):
    """What its account refused stands in the journal; what is bad by itself does not."""
    (table,) = tables(PAGE, "Code", "Found")
    (found,) = [row["Found"] for row in table.rows if shown["code"] in row["Code"]]
    (instruments,), (events,) = blocks(PAGE, "yaml"), blocks(PAGE, "jsonl")
    count = len((FOLDER / "events.jsonl").read_text().splitlines()) + len(events.text.splitlines())
    refused(shown["raw"], shown["source"], tmp_path)
    rulebook = load_rulebook(tmp_path / "instruments.yaml", FOLDER / "rulesets")
    journal = open_journal(rulebook.instruments, [], [tmp_path / "events.jsonl"])
    read_events = sum(len(batch.events) for file in journal.events for batch in file.batches())
    place = "by the account" if read_events > count else "when read"
    assert place in found
    assert instruments


def test_bad_file_when_replayed_ends_in_the_line_shown(tmp_path):
    rulesets = tmp_path / "rulesets"
    rulesets.mkdir()
    good = (FOLDER / "rulesets" / "starter-50k.v1.yaml").read_text()
    (rulesets / "starter-50k.v1.yaml").write_text(good.replace("pct:", "pctt:", 1))
    command = (
        ".venv/bin/highwater replay --instruments examples/first-breach/instruments.yaml"
        " --rulesets rulesets --events examples/first-breach/events.jsonl"
    )
    done = run_in_clone(command, tmp_path)
    (shown,) = blocks(PAGE, "text")
    assert (done.returncode, done.stderr) == (2, shown.text + "\n")
