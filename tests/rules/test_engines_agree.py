"""The fast engine gives the reference's bytes on whatever the generator writes.

A small share of `make fuzz`: the same journals, a few of them. A failure prints the shrunk journal.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings

from rules.engine.evaluate import FastEngine
from rules.reference.engine import ReferenceEngine
from tests.rules import fuzz
from tests.rules.journals import Case, cases, make
from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset

ROOT = Path(__file__).resolve().parents[2]


def assert_agree(case: Case, size: int) -> None:
    if fuzz.difference(case):
        pytest.fail(fuzz.failure(case, size))


@given(cases())
@settings(max_examples=40)
def test_fast_engine_when_any_journal_gives_the_bytes_of_the_reference(case):
    assert_agree(case, 60)


@pytest.mark.parametrize(
    "seeds", [range(start, start + 25) for start in range(0, 150, 25)], ids=str
)
def test_fast_engine_when_journal_is_known_gives_the_bytes_of_the_reference(seeds):
    for seed in seeds:
        size = fuzz.size_of(seed, fuzz.SUITE_SIZES)
        assert_agree(make(seed, size), size)


@pytest.mark.parametrize("seed", [1, 3])
def test_fast_engine_when_a_frame_is_long_gives_the_bytes_of_the_reference(seed):
    """Thousands of ticks in one frame, on the product's own tape."""
    case = make(seed, 6_000)
    case = case._replace(cuts=(), groups=1)
    assert case.run(FastEngine).lines == fuzz.reference(case).lines


def test_peak_when_equity_is_below_nothing_is_a_share_of_less_than_nothing():
    """5 % of a peak of −51 is −2.55: the floor stands above the peak, in both engines."""
    share = {"pct": "0.05", "pct_base": "hwm", "reference": "intraday_peak_equity"}
    made = Journal(ruleset(daily(**share, metric="balance", breach_kind="flag")))
    made.tick("UNIT", "100").open("a", "0").buy("a", "UNIT", "1", "100")
    made.adjust("a", "correction", "-50").tick("UNIT", "50")
    made.clock("2024-03-06T10:00:00Z").tick("UNIT", "99")
    slow = made.run(ReferenceEngine)
    last = slow.of("breach")[-1]
    assert (last["floor"], last["evidence"]["entry"]["kind"]) == ("-48.45", "tick")
    assert made.run(FastEngine).lines == slow.lines


def test_fast_engine_when_not_compiled_gives_the_same_bytes():
    """The kernels are plain Python then: nothing hangs on how a compiler does arithmetic."""
    seeds, sizes = range(2_000, 2_008), [60, 300]
    command = f"-m tests.rules.fuzz --digests --seed {seeds.start} --journals {len(seeds)} --sizes"
    run = subprocess.run(
        [sys.executable, *command.split(), *map(str, sizes)],
        cwd=ROOT,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    compiled = [fuzz.digest(make(seed, fuzz.size_of(seed, sizes))) for seed in seeds]
    assert run.stdout.split() == compiled


def test_fuzz_when_an_engine_is_wrong_shows_the_journal_and_how_to_repeat_it(monkeypatch, capsys):
    class Deaf(fuzz.FastEngine):
        """Keeps its breaches to itself."""

        def process(self, frame):
            made = super().process(frame)
            kept = [item for item in made.decisions if item.body["type"] != "breach"]
            return made._replace(decisions=kept)

    monkeypatch.setattr(fuzz, "FastEngine", Deaf)
    tried, failed = fuzz.search(range(100), [60], 60)
    assert tried["journals"] >= 1
    seed = tried["journals"] - 1
    assert f"--seed {seed} --sizes 60 --journals 1" in failed
    assert '"type":"breach"' in failed
    assert len(failed.splitlines()) < 20
