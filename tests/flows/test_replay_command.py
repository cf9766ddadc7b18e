"""`highwater replay` as a user meets it: files, exit codes, and one line for what is wrong."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.instants import parse_instant
from tests.flows.journals import write_journal

COMMAND = Path(sys.executable).with_name("highwater")


def highwater(*arguments, cwd, **options):
    """Run the command; return its result with text output."""
    command = [str(COMMAND), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, **options)


@pytest.fixture
def folder(tmp_path):
    write_journal(tmp_path, 3, ticks=60)
    return tmp_path


BASE = {
    "--instruments": "instruments.yaml",
    "--rulesets": "rulesets",
    "--ticks": "a.csv",
    "--events": "a.jsonl",
    "--engine": "reference",  # the other one may have to be compiled first
}


def replay(folder, *more, **change):
    """Replay in a folder, some arguments changed (`None` leaves one out)."""
    chosen = {**BASE, **{f"--{name}": value for name, value in change.items()}}
    arguments = [part for pair in chosen.items() if pair[1] is not None for part in pair]
    return highwater("replay", *arguments, *more, cwd=folder)


def test_replay_when_all_is_well_writes_decisions_and_counts(folder):
    done = replay(folder, "--out", "out.jsonl", "--dead-letters", "dead.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    decisions = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    letters = [json.loads(line) for line in (folder / "dead.jsonl").read_text().splitlines()]
    order = [(parse_instant(made["ts"]), made["seq"]) for made in decisions]
    assert order == sorted(order)
    breaches = sum(made["type"] == "breach" for made in decisions)
    (line,) = done.stderr.splitlines()
    assert f"{len(decisions)} decisions, {breaches} breaches" in line
    assert f"{len(letters)} dead letters (" in line
    assert {letter["source"] for letter in letters} == {"a.csv", "a.jsonl"}
    assert all(letter["line"] >= 1 and "raw" in letter for letter in letters)


def test_replay_when_the_engine_is_left_to_itself_gives_the_same(folder):
    assert replay(folder, engine=None).stdout == replay(folder).stdout


def test_replay_when_out_is_a_dash_or_left_out_writes_to_stdout(folder):
    one = replay(folder)
    other = replay(folder, "--out", "-", "--dead-letters", "dead.jsonl")
    assert one.stdout == other.stdout
    assert one.stdout.startswith('{"decision_id":')


def test_replay_when_files_are_compressed_gives_the_same(folder):
    import pyarrow as pa

    ticks = (folder / "a.csv").read_bytes()
    (folder / "a.csv.gz").write_bytes(gzip.compress(ticks))
    (folder / "a.csv.zst").write_bytes(pa.compress(ticks, codec="zstd", asbytes=True))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress((folder / "a.jsonl").read_bytes()))
    plain = replay(folder).stdout
    assert replay(folder, ticks="a.csv.gz", events="a.jsonl.gz").stdout == plain
    assert replay(folder, ticks="a.csv.zst").stdout == plain


def test_replay_when_several_files_are_given_merges_them(folder):
    done = replay(folder, "--ticks", "b.csv", "--events", "b.jsonl")
    assert done.returncode == 0
    accounts = {json.loads(line)["account_id"] for line in done.stdout.splitlines()}
    assert {name[:5] for name in accounts} == {"acc-0", "acc-1"}


def test_replay_when_progress_is_every_reports_after_each_own_event(folder):
    usual = replay(folder).stdout.count('"type":"progress"')
    assert replay(folder, "--progress", "every").stdout.count('"type":"progress"') > usual


def put(folder, name, content):
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content)
    return name


BAD = {
    "no ticks file": ({"ticks": "none.csv"}, "none.csv: cannot be read: no such file"),
    "no events file": ({"events": "none.jsonl"}, "none.jsonl: cannot be read: no such file"),
    "a directory": ({"ticks": "rulesets"}, "rulesets: is a directory"),
    "no instruments": ({"instruments": "none.yaml"}, "none.yaml: cannot be read: no such file"),
    "no rulesets": ({"rulesets": "none"}, "none: cannot be read: no such file or directory"),
    "no gzip": ({"ticks": "bad.csv.gz"}, "bad.csv.gz: is not a gzip file"),
    "gzip cut short": ({"ticks": "cut.csv"}, "cut.csv: cannot be read: truncated"),
    "no parquet": ({"ticks": "bad.parquet"}, "bad.parquet: is not a Parquet file"),
    "column missing": ({"ticks": "narrow.csv"}, "narrow.csv:1: column `ask` is missing"),
    "empty recording": ({"ticks": "empty.csv"}, "empty.csv:1: is empty"),
    "bad instrument": ({"instruments": "bad.yaml"}, "bad.yaml:1: 0.price_digits: "),
    "bad ruleset": ({"rulesets": "bad-rules"}, "r.yaml:8: phases.0.rules.0.pct: "),
    "bad family": ({"rulesets": "bad-family"}, "r.yaml:8: phases.0.rules.0.family: "),
    "nothing to replay": ({"ticks": None, "events": None}, "nothing to replay"),
}


@pytest.mark.parametrize("kind", BAD)
def test_replay_when_a_file_is_bad_exits_2_with_one_line(folder, kind):
    put(folder, "bad.csv.gz", "ts,symbol,bid,ask\n")
    put(folder, "bad.parquet", "ts,symbol,bid,ask\n")
    put(folder, "narrow.csv", "ts,symbol,bid\n")
    put(folder, "empty.csv", "")
    put(folder, "cut.csv", gzip.compress((folder / "a.csv").read_bytes())[:-20])
    put(folder, "bad.yaml", "- {symbol: A, base: A, quote: USD, price_digits: 12, qty_digits: 0}\n")
    text = (folder / "rulesets" / "demo.yaml").read_text()
    for name, old, new in [
        ("bad-rules", "amount: 900", "pct: 5"),
        ("bad-family", "family: daily_loss, amount: 900", "family: weekly, amount: 900"),
    ]:
        (folder / name).mkdir()
        put(folder / name, "r.yaml", text.replace(old, new))
    change, says = BAD[kind]
    done = replay(folder, **change)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("highwater: ")
    assert says in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["replay"],
        ["replay", "--instruments", "instruments.yaml"],
        ["replay", "--nonsense"],
        ["nonsense"],
        ["replay", *["--instruments", "i", "--rulesets", "r", "--ticks", "t", "--engine", "quick"]],
        ["replay", *["--instruments", "i", "--rulesets", "r", "--ticks", "t", "--workers", "0"]],
    ],
)
def test_command_when_used_wrongly_exits_2_without_a_traceback(folder, arguments):
    done = highwater(*arguments, cwd=folder)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


def test_replay_when_it_would_overwrite_an_input_refuses(folder):
    before = (folder / "a.csv").read_bytes()
    done = replay(folder, "--out", "a.csv")
    assert done.returncode == 2
    assert "a.csv: is an input" in done.stderr
    assert (folder / "a.csv").read_bytes() == before


def test_replay_when_it_cannot_write_exits_2(folder):
    done = replay(folder, "--out", "none/out.jsonl")
    assert done.returncode == 2
    assert "none/out.jsonl: cannot be written: no such file or directory" in done.stderr


def test_replay_when_the_disk_is_full_exits_2(folder):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here to stand for a full disk")
    done = replay(folder, "--out", full)
    assert done.returncode == 2
    assert done.stderr == "highwater: /dev/full: cannot be written: no space left on device\n"


def test_replay_when_events_are_something_else_exits_2(folder):
    (folder / "b.bin").write_bytes(b"PAR1\0\0\1")
    for name in ("b.bin", "a.csv", "instruments.yaml"):
        done = replay(folder, events=name)
        assert done.returncode == 2
        assert done.stderr == f"highwater: {name}:1: is not JSON Lines: no line begins an object\n"


def test_replay_when_events_are_blank_has_none(folder):
    (folder / "blank.jsonl").write_bytes(b"\xef\xbb\xbf\n  \n")
    done = replay(folder, events="blank.jsonl")
    assert (done.returncode, done.stdout) == (0, "")


def test_replay_when_the_directory_holds_no_ruleset_says_so(folder):
    (folder / "none").mkdir()
    done = replay(folder, rulesets="none")
    assert done.returncode == 0
    assert done.stderr.startswith("none: holds no ruleset")
    assert "unknown_ruleset" in done.stderr


def test_replay_when_its_reader_goes_away_says_nothing_ugly(folder):
    command = [str(COMMAND), "replay", *(part for pair in BASE.items() for part in pair)]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    process.stdout.close()
    said = process.stderr.read()
    process.wait()
    process.stderr.close()
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_help_when_asked_for_names_every_command(folder):
    done = highwater("--help", cwd=folder)
    assert done.returncode == 0
    assert "replay" in done.stdout
    assert "cases" in done.stdout
