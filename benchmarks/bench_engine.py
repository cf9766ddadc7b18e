"""What does the engine that ships cost: a real day, growth, memory, start-up, the live check?

The whole of `FastEngine` runs here, not the kernel alone: frames in, decisions out, with every
breach, warning and session boundary on the way. Each measurement has a process of its own.
Opening the accounts goes through the engine as well and is stated by itself. Times are CPU time of
the process, but for the start-up, which is what one waits.

    python -m benchmarks.bench_engine              # small, a few minutes
    python -m benchmarks.bench_engine --full       # the sizes of the published table
"""

import argparse
import gc
import statistics
import subprocess
import sys
import time
from multiprocessing import get_context
from typing import NamedTuple

from benchmarks.engine import world
from benchmarks.engine.machine import conditions, peak_gib
from rules.engine.evaluate import FastEngine
from rules.engine.warm import warm
from rules.reference.engine import ReferenceEngine
from tests.recordings import find, missing, recording

CHUNK = 65_536
DAY = "fx-2014-05-02.parquet"
FIRST_VERDICT = "import benchmarks.engine.first_verdict"


class Measured(NamedTuple):
    """What a run over some ticks cost."""

    accounts: int
    ticks: int
    frame: int
    opening_s: float
    seconds: float
    frames_s: list[float]
    decisions: int
    breached: int
    gib: float


def run(
    ticks: world.Ticks, leverage: world.Leverage, accounts: int, frame: int, engine=FastEngine
) -> Measured:
    """Open accounts and run the ticks, in this process."""
    warm()  # kernels are loaded before anything is timed
    made = engine(ticks.table, world.rulesets())
    opening, position = 0.0, 1
    for opened in world.openings(ticks, accounts, leverage):
        began = time.process_time()
        made.process(opened)
        opening += time.process_time() - began
        position = opened.end
    gc.collect()
    spent: list[float] = []
    decisions, breached = 0, set()
    for part in ticks.frames(position, frame):
        began = time.process_time()
        outcome = made.process(part)
        spent.append(time.process_time() - began)
        decisions += len(outcome.decisions)
        breached |= {item.account_id for item in outcome.decisions if item.body["type"] == "breach"}
    count = len(ticks.ts)
    return Measured(
        accounts, count, frame, opening, sum(spent), spent, decisions, len(breached), peak_gib()
    )


def alone(function, *args):
    """Run a measurement in a process of its own, so that none inherits another's memory."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, args)


def real_day(accounts: int, frame: int) -> tuple[Measured, float]:
    """The recorded day; returns what it cost and how long it lasted."""
    ticks = world.recorded(recording(DAY))
    return run(ticks, world.CALM, accounts, frame), float(ticks.ts[-1] - ticks.ts[0]) / world.SECOND


def walk(accounts: int, ticks: int, frame: int) -> Measured:
    """A synthetic market of 50 instruments."""
    return run(world.synthetic(ticks), world.BOLD, accounts, frame)


def by_reference(accounts: int, ticks: int) -> Measured:
    """What the reference engine needs: the price of the live check."""
    return run(world.synthetic(ticks), world.BOLD, accounts, 1_000, ReferenceEngine)


def show(question: str, made: Measured, more: str = "") -> None:
    """Print one line."""
    quantiles = statistics.quantiles([*made.frames_s, made.frames_s[-1]], n=100)
    figures = [
        f"{question:<24}",
        f"{made.accounts:>9,}",
        f"{made.ticks:>11,}",
        f"{made.frame:>8,}",
        f"{made.opening_s:>8.1f}",
        f"{made.seconds:>8.2f}",
        f"{made.seconds / made.ticks * 1e6:>8.1f}",
        f"{quantiles[49] * 1e3:>8.1f}",
        f"{quantiles[98] * 1e3:>8.1f}",
        f"{max(made.frames_s) * 1e3:>8.1f}",
        f"{made.decisions:>9,}",
        f"{made.breached / max(made.accounts, 1):>8.1%}",
        f"{made.gib:>6.1f}",
    ]
    print("".join(figures), more, sep="  ", flush=True)


HEAD = (
    f"{'question':<24}{'accounts':>9}{'ticks':>11}{'frame':>8}{'open s':>8}"
    f"{'run s':>8}{'us/tick':>8}{'p50 ms':>8}{'p99 ms':>8}"
    f"{'worst':>8}{'decided':>9}{'breach':>8}{'GiB':>6}"
)


def start_up(tries: int = 5) -> None:
    """A fresh process: import, an account, a position, a tick that breaches; caches are warm."""
    spent = []
    for _ in range(tries + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", FIRST_VERDICT], check=True)
        spent.append(time.perf_counter() - began)
    best, worst = min(spent[1:]), max(spent[1:])  # the first one fills the file cache
    print(f"start-up to the first verdict: {best:.2f} s, at worst {worst:.2f} s of {tries}")


def day_rows(accounts: list[int], frames: list[int]) -> None:
    """The real day, where the recording is there."""
    if find(DAY) is None:
        print(missing(DAY))
        return
    for count in accounts:
        for frame in frames:
            made, lasted = alone(real_day, count, frame)
            show("real day", made, f"{lasted / made.seconds:,.0f} x real time")


def growth(accounts: int, ticks: int) -> None:
    """What doubling costs, at a fixed chunk."""
    base = alone(walk, accounts, ticks, CHUNK)
    for name, a, t in (("ticks x 2", accounts, 2 * ticks), ("accounts x 2", 2 * accounts, ticks)):
        made = alone(walk, a, t, CHUNK)
        show(name, made, f"{made.seconds / base.seconds:.2f} x the time")
    show("of this", base)


def live_check() -> None:
    """The reference engine's price: one for each tick, one for each holder of its instrument."""
    none, some = alone(by_reference, 0, 5_000), alone(by_reference, 100, 5_000)
    show("reference, no account", none)
    show("reference, 100 accounts", some)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    print(conditions(world.SEED))
    print("accounts    3 positions each, trailing drawdown and daily loss with a warning level\n")
    start_up()
    print(f"\n{HEAD}")
    if full:
        day_rows([10_000, 100_000], [CHUNK, 1_000])
        growth(50_000, 500_000)
        show("memory", alone(walk, 100_000, 1_000_000, CHUNK))
    else:
        day_rows([10_000], [CHUNK, 1_000])
        growth(5_000, 100_000)
    live_check()


if __name__ == "__main__":
    main()
