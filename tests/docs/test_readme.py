"""The README's example is run as it stands there, and every figure it shows is computed again."""

import json
from decimal import Decimal

from tests.docs.desk import number
from tests.docs.example import FOLDER, decisions, replayed, run_in_clone
from tests.docs.pages import blocks, names_in, tables

PAGE = "README.md"


def test_example_when_run_as_shown_prints_what_is_shown(tmp_path):
    (command,) = [block for block in blocks(PAGE, "sh") if "first-breach" in block.text]
    shown = next(block for block in blocks(PAGE, "") if block.line > command.line)
    done = run_in_clone(command.text, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (done.stdout, done.stderr) == ("", shown.text + "\n")
    written = (tmp_path / "decisions.jsonl").read_bytes()
    assert written == (FOLDER / "decisions.jsonl").read_bytes()


def test_decisions_when_listed_are_those_of_the_example():
    (table,) = tables(PAGE, "seq", "Type")
    listed = [(int(row["seq"]), names_in(row["Type"])[0]) for row in table.rows]
    assert listed == [(made["seq"], made["type"]) for made in decisions()]
    said = [row["What it says"] for row in table.rows]
    _, _, warning, breach, intervention, state, _ = decisions()
    assert said[2] == (
        f"rule `{warning['rule']}`, level {warning['level']}, used {warning['used']}, "
        f"room {warning['room']}"
    )
    assert said[3] == f"rule `{breach['rule']}`, {breach['breach_kind']}"
    assert said[4] == ", ".join(intervention["actions"])
    assert said[5] == f"{state['from']} → {state['to']}"


def test_breach_when_shown_is_that_of_the_example():
    (shown,) = blocks(PAGE, "json")
    (breach,) = [made for made in decisions() if made["type"] == "breach"]
    assert json.loads(shown.text) == breach


def test_standing_when_shown_is_that_after_each_input(tmp_path):
    """Each line of the table is where a replay of the inputs so far ends."""
    (table,) = tables(PAGE, "seq", "Entry", "Equity")
    header, *ticks = (FOLDER / "ticks.csv").read_text().splitlines(keepends=True)
    events = (FOLDER / "events.jsonl").read_text().splitlines(keepends=True)
    paths = tmp_path / "ticks.csv", tmp_path / "events.jsonl"
    used_ticks, used_events, peak = [], [], Decimal(0)
    for row in table.rows:
        if row["Entry"].startswith("tick"):
            used_ticks.append(ticks[len(used_ticks)])
            assert used_ticks[-1].split(",")[2] == row["Entry"].rpartition(" ")[2]
        else:
            used_events.append(events[len(used_events)])
        paths[0].write_text(header + "".join(used_ticks))
        paths[1].write_text("".join(used_events))
        made, _ = replayed(*paths)
        last, rule = made[-1], made[-1]["rules"][1]
        # After the breach nothing is judged, so the mark stands still.
        if last["state"] == "active":
            peak = max(peak, Decimal(last["equity"]))
        found = [str(last["seq"]), last["ts"][11:-1], last["equity"], rule["floor"], rule["room"]]
        assert found[:2] == [row["seq"], row["Time"]]
        figures = [number(row[name]) for name in ("Equity", "Floor", "Room")]
        assert [Decimal(value) for value in found[2:]] == figures
        assert number(row["High-water mark"]) == peak
    assert (len(used_ticks), len(used_events)) == (len(ticks), len(events))
