"""The example that ships with the repository, run as a user runs it and piece by piece."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from flows.crew import Setup
from flows.inputs import load_rulebook, open_journal
from flows.replay import Replay
from tests.docs.pages import ROOT

FOLDER = ROOT / "examples" / "first-breach"


@cache
def decisions() -> list[dict[str, Any]]:
    """Return what the example comes to."""
    return replayed(FOLDER / "ticks.csv", FOLDER / "events.jsonl")[0]


def replayed(ticks: Path, events: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Replay files under the example's instruments and rules; return decisions, dead letters."""
    rulebook = load_rulebook(FOLDER / "instruments.yaml", FOLDER / "rulesets")
    journal = open_journal(rulebook.instruments, [ticks], [events])
    pieces = list(Replay(Setup("reference", rulebook, "boundary"), journal).pieces())
    made = [json.loads(item.line) for piece in pieces for item in piece.decisions]
    letters = [json.loads(item.to_json()) for piece in pieces for item in piece.dead_letters]
    return made, letters


def run_in_clone(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run shell lines of a page as if ``folder`` were a fresh clone with its .venv."""
    for name in ("examples", "tests", "rulesets"):
        link = folder / name
        if not link.exists():
            link.symlink_to(ROOT / name)
    if not (folder / ".venv").exists():
        (folder / ".venv").symlink_to(sys.prefix)
    environment = {name: text for name, text in os.environ.items() if "HIGHWATER" not in name}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
