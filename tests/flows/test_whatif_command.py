"""`highwater whatif`: who would have fared otherwise, and from which entry on."""

import json

import pytest

from tests.flows.shadows import write_versions
from tests.flows.test_cli import call


@pytest.fixture
def folder(tmp_path):
    write_versions(tmp_path)
    return tmp_path


@pytest.fixture
def whatif(folder, capsys, monkeypatch):
    def run(other, *more, out="-"):
        files = [f"--ruleset={folder / name}.yaml" for name in other.split("+")]
        options = {
            "instruments": "instruments.yaml",
            "rulesets": "rulesets",
            "ticks": "a.csv",
            "events": "a.jsonl",
        }
        given = [f"--{name}={folder / value}" for name, value in options.items()]
        given += ["--engine=reference", *more]
        if out:
            given.append(f"--out={out}")
        return call(capsys, monkeypatch, "whatif", *files, *given)

    return run


def rows(out):
    return {row["account_id"]: row for row in map(json.loads, out.splitlines())}


def replayed(folder, capsys, monkeypatch, rulesets, *more):
    """The decisions of a plain replay, without progress."""
    given = [f"--instruments={folder}/instruments.yaml", f"--rulesets={rulesets}"]
    given += [f"--ticks={folder}/a.csv", f"--events={folder}/a.jsonl", "--engine=reference", *more]
    _, out, _ = call(capsys, monkeypatch, "replay", *given)
    return [json.loads(line) for line in out.splitlines()]


def breaches(decisions):
    return {
        (made["account_id"], made["rule"], made["ts"])
        for made in decisions
        if made["type"] == "breach" and made["breach_kind"] == "hard"
    }


def test_whatif_when_nothing_changes_says_the_same_for_everyone(whatif):
    code, out, errors = whatif("same")
    assert code == 0
    found = rows(out)
    assert len(found) >= 4
    assert all(row["verdicts"] == ["same"] and not row["differences"] for row in found.values())
    assert any("would have fared the same" in line for line in errors)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ("tighter", {"would_breach", "breach_moves", "loses_room"}),
        ("looser", {"would_survive", "gains_room"}),
        ("easier", {"would_pass", "same"}),
    ],
)
def test_whatif_when_the_version_differs_says_what_two_replays_say(
    folder, whatif, capsys, monkeypatch, other, expected
):
    """The other version, published under the old name and replayed, gives the same verdicts."""
    _, out, _ = whatif(other)
    found = rows(out)
    live = replayed(folder, capsys, monkeypatch, folder / "rulesets")
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    text = (folder / f"{other}.yaml").read_text().replace("version: 2", "version: 1")
    (elsewhere / "demo.yaml").write_text(text)
    would = replayed(folder, capsys, monkeypatch, elsewhere)
    for side, decisions in (("live", live), ("shadow", would)):
        there = {name: (rule, ts) for name, rule, ts in breaches(decisions)}
        said = {
            name: (row[side]["rule"], row[side]["ended"]["ts"])
            for name, row in found.items()
            if row[side]["state"] == "breached"
        }
        assert said == there
        ends = {made["account_id"]: made for made in decisions if made["type"] == "progress"}
        for name, row in found.items():
            rooms = {rule["id"]: rule["room"] for rule in ends[name]["rules"]}
            assert row[side]["rooms"] == rooms
            assert row[side]["state"] == ends[name]["state"]
    assert {verdict for row in found.values() for verdict in row["verdicts"]} == expected


def test_whatif_when_a_limit_shrinks_names_the_tick_of_the_breach(whatif):
    found = rows(whatif("tighter")[1])
    new = [row for row in found.values() if "would_breach" in row["verdicts"]]
    assert new
    for row in new:
        [breach] = [
            item["shadow"]
            for item in row["differences"]
            if item["type"] == "breach" and item["shadow"] and item["shadow"]["rule"] == "max"
        ]
        assert breach["entry"]["seq"] == row["shadow"]["ended"]["seq"]
        assert breach["entry"]["kind"] in {"tick", "event", "boundary"}
        assert row["live"]["state"] != "breached"


def test_whatif_when_the_phase_is_missing_says_that_accounts_cannot_move(whatif):
    found = rows(whatif("misfit")[1])
    assert {tuple(row["verdicts"]) for row in found.values()} == {("cannot_move",)}
    assert all(row["refused"]["code"] == "unknown_phase" for row in found.values())


def test_whatif_when_run_twice_or_by_the_other_engine_gives_the_same_bytes(whatif):
    first = whatif("tighter")[1]
    assert whatif("tighter")[1] == first
    assert whatif("tighter", "--engine=fast")[1] == first


def test_whatif_when_no_file_is_asked_for_shows_tables_on_stdout(whatif):
    code, out, errors = whatif("tighter", out=None)
    assert (code, errors) == (0, [])
    assert "accounts under another version" in out
    assert "would have breached" in out


@pytest.mark.parametrize(
    ("other", "more", "code", "said"),
    [
        ("none", (), 2, "none.yaml"),
        ("same+tighter", (), 2, "there is another version of `demo`"),
        ("same+tighter", ("--everyone",), 2, "there is another version"),
    ],
)
def test_whatif_when_it_cannot_run_says_so_in_one_line(whatif, other, more, code, said):
    found, _, (line,) = whatif(other, *more)
    assert found == code
    assert said in line


def test_whatif_when_no_account_has_the_ruleset_says_so_and_everyone_moves_if_asked(folder, whatif):
    file = folder / "same.yaml"
    file.write_text(file.read_text().replace("ruleset: demo", "ruleset: other"))
    code, _, (line,) = whatif("same")
    assert code == 1
    assert "no account is bound to a version of other" in line
    found = rows(whatif("same", "--everyone")[1])
    assert {row["under"] for row in found.values()} == {"other@2"}
    assert {tuple(row["verdicts"]) for row in found.values()} == {("same",)}
