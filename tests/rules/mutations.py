"""Would a defect of the fast engine be noticed? `python -m tests.rules.mutations`.

Each mutation is one planted defect: a piece of source text and what replaces it, in a temporary
copy of the tree. Against the copy run the journals of the suite and the tests of the kernel, in
plain Python (`NUMBA_DISABLE_JIT=1`); one of them must fail. What takes several times as long as
without a defect hangs, which is noticed, too. A mutation that nobody notices is a hole in the
tests: fill it.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from resource import RLIMIT_CPU, RUSAGE_CHILDREN, getrusage, setrlimit
from signal import SIGKILL, SIGXCPU
from typing import NamedTuple

from tests.rules.defects import EVALUATOR, FRAME, MUTATIONS, TOGETHER, Mutation

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ["rules", "schemas", "tests", "pyproject.toml"]
PATIENCE = 5
"""A check that computes this many times as long as without a defect does not end."""

CHECKS = {
    # What `test_engines_agree.py` runs, without shrinking what fails.
    "journals": "-m tests.rules.fuzz --seed 0 --journals 150 --sizes 60 300 1000 "
    "--seconds 10000 --unshrunk",
    "kernel": "-m pytest -x -q -p no:cacheprovider --hypothesis-profile mutations "
    "--hypothesis-seed 0 tests/rules/engine",
}


class Verdict(NamedTuple):
    """What a check said about a copy of the tree, and how long it took by the clock."""

    check: str
    noticed: bool
    said: str
    seconds: float


def copy_tree(source: Path, target: Path) -> Path:
    """Copy what the checks need."""
    ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
    for name in NEEDED:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, ignore=ignored)
        else:
            shutil.copy(source / name, target / name)
    return target


def run(check: str, tree: Path, limit_s: int | None = None) -> Verdict:
    """Run one check over a copy of the tree; the limit is one of computing, not of waiting."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, *CHECKS[check].split()],
        cwd=tree,
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit_s and (lambda: setrlimit(RLIMIT_CPU, (limit_s, limit_s + 1))),
    )
    said = _first(check, done.stdout + done.stderr) if done.returncode else "-"
    if done.returncode in {-SIGXCPU, -SIGKILL}:
        said = "does not end"
    return Verdict(check, done.returncode != 0, said, time.monotonic() - began)


def _first(check: str, output: str) -> str:
    """The seed or the test that failed; the last line where neither is named."""
    wanted = "seed " if check == "journals" else "FAILED "
    for line in output.splitlines():
        if line.startswith(wanted):
            return line.split(", ")[0].split(" - ")[0].split("::")[-1].removesuffix("\n")
    return (output.strip().splitlines() or ["died"])[-1][:60]


def judge(
    mutation: Mutation, source: Path, limits: dict[str, int], thorough: bool
) -> list[Verdict]:
    """Plant a mutation in a copy of the tree and run the checks, up to the first that notices."""
    verdicts: list[Verdict] = []
    likely = "journals" if mutation in [*EVALUATOR, *TOGETHER, *FRAME] else "kernel"
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        tree = copy_tree(source, Path(folder))
        file = tree / "rules" / "engine" / mutation.file
        file.write_text(mutation.applied(file.read_text(encoding="utf-8")), encoding="utf-8")
        for check in sorted(CHECKS, key=lambda check: check != likely):
            verdicts.append(run(check, tree, limits[check]))
            if verdicts[-1].noticed and not thorough:
                break
    return verdicts


def baseline(tree: Path) -> dict[str, int] | None:
    """How long each check may compute; none when one of them fails without any defect."""
    limits = {}
    for check in CHECKS:
        before = getrusage(RUSAGE_CHILDREN).ru_utime
        verdict = run(check, tree)
        if verdict.noticed:
            print(f"{check} fails without any defect: {verdict.said}")
            return None
        spent = getrusage(RUSAGE_CHILDREN).ru_utime - before
        print(f"without a defect: {check} {spent:.0f} s of computing", flush=True)
        limits[check] = int(PATIENCE * spent) + 1
    return limits


def report(mutations: Iterable[Mutation], judged: Iterable[list[Verdict]]) -> list[str]:
    """Print the table as it grows; return what nobody noticed."""
    survivors = []
    print("| defect | in | noticed by | s |\n|---|---|---|---|")
    for mutation, verdicts in zip(mutations, judged, strict=True):
        noticed = [f"{made.check}: {made.said}" for made in verdicts if made.noticed]
        if not noticed:
            survivors.append(mutation.name)
        spent = sum(made.seconds for made in verdicts)
        by = ", ".join(noticed) or "**nobody**"
        print(f"| {mutation.name} | `{mutation.file}` | {by} | {spent:.0f} |", flush=True)
    return survivors


def main() -> int:
    """Judge every mutation and print a table; fail when one is not noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="mutations whose name holds this text")
    parser.add_argument("--thorough", action="store_true", help="run every check on every one")
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()
    planted = [mutation for mutation in MUTATIONS if chosen.only in mutation.name]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        tree = copy_tree(ROOT, Path(folder))  # what is edited meanwhile does not matter
        limits = baseline(tree)
        if limits is None:
            return 1
        with ThreadPoolExecutor(chosen.processes) as pool:
            how = partial(judge, source=tree, limits=limits, thorough=chosen.thorough)
            survivors = report(planted, pool.map(how, planted))
    noticed = len(planted) - len(survivors)
    print(f"{noticed} of {len(planted)} noticed, {time.monotonic() - began:.0f} s")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
