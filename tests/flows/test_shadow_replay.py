"""`highwater replay --shadow`: other decisions beside the live ones, which stay what they are."""

import json

import pytest

from tests.flows.shadows import write_versions
from tests.flows.test_cli import call


@pytest.fixture
def folder(tmp_path):
    write_versions(tmp_path)
    return tmp_path


@pytest.fixture
def replay(folder, capsys, monkeypatch):
    def run(*more, rulesets="rulesets", events="a.jsonl"):
        given = [
            f"--instruments={folder}/instruments.yaml",
            f"--rulesets={folder / rulesets}",
            f"--ticks={folder}/a.csv",
            f"--events={folder / events}",
            "--engine=reference",
        ]
        return call(capsys, monkeypatch, "replay", *given, *more)

    return run


def shadowed(folder, other="tighter"):
    return f"--shadow={folder}/{other}.yaml", f"--shadow-out={folder}/shadow.jsonl"


@pytest.mark.parametrize("workers", [1, 2])
def test_replay_when_shadowed_decides_the_same_bytes(folder, replay, workers):
    plain = replay()
    code, out, errors = replay(*shadowed(folder), f"--workers={workers}")
    assert (code, out, errors) == plain
    assert (folder / "shadow.jsonl").read_bytes()


def test_shadow_when_replayed_says_what_its_version_alone_would(folder, replay):
    replay(*shadowed(folder))
    events = (folder / "a.jsonl").read_text().replace('"demo@1"', '"demo@2"')
    (folder / "moved.jsonl").write_text(events)
    (folder / "moved").mkdir()
    (folder / "moved" / "demo.yaml").write_text((folder / "tighter.yaml").read_text())
    _, out, _ = replay(rulesets="moved", events="moved.jsonl")
    assert (folder / "shadow.jsonl").read_text() == out


def test_shadow_when_asked_for_by_halves_is_misuse(folder, replay):
    for option in shadowed(folder):
        code, _, (line,) = replay(option)
        assert code == 2
        assert "--shadow and --shadow-out go together" in line


def test_shadow_when_sent_where_decisions_go_is_misuse(folder, replay):
    place = folder / "one.jsonl"
    code, _, (line,) = replay(shadowed(folder)[0], f"--shadow-out={place}", f"--out={place}")
    assert code == 2
    assert "is where decisions or dead letters go" in line


def test_shadow_when_its_version_is_bad_names_the_line(folder, replay):
    (folder / "bad.yaml").write_text((folder / "same.yaml").read_text().replace("lte", "le"))
    code, out, (line,) = replay(*shadowed(folder, "bad"))
    assert (code, out) == (2, "")
    assert f"{folder}/bad.yaml:9: phases.0.rules.1.comparator: must be one of" in line


def test_shadow_decisions_when_written_name_their_version(folder, replay):
    replay(*shadowed(folder))
    lines = (folder / "shadow.jsonl").read_text().splitlines()
    assert {json.loads(line)["ruleset"] for line in lines} == {"demo@2"}
