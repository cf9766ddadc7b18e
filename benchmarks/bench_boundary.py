"""What does the end of a session cost, when it is the same instant for every account?

All accounts share one clock, as most of a firm's do: each re-bases its daily floor, is judged and
reports its progress, and the finisher numbers what they decided. CPU time of this process.

    python -m benchmarks.bench_boundary            # 2,000 accounts
    python -m benchmarks.bench_boundary --full     # 100,000
"""

import argparse
import gc
import statistics
import time
from collections.abc import Iterator

import numpy as np

from benchmarks.engine import world
from benchmarks.engine.machine import conditions
from rules.engine.evaluate import FastEngine
from rules.engine.warm import warm
from rules.finish import Finisher
from schemas.frames import Frame, frame_from_columns

DAY = 86_400 * world.SECOND
CHUNK = 5_000


def days(ticks: world.Ticks, first: int, count: int) -> Iterator[Frame]:
    """Frames of one tick, each a day after the one before."""
    for day in range(count):
        yield frame_from_columns(
            first + day,
            np.array([ticks.ts[-1] + (day + 1) * DAY]),
            np.zeros(1, np.int32),
            ticks.symbol[-1:],
            ticks.bid[-1:],
            ticks.ask[-1:],
        )


def run(accounts: int, count: int) -> tuple[list[float], list[float], int]:
    """Return the seconds of each boundary in the engine and in the finisher, and the reports."""
    warm()
    ticks = world.synthetic(4 * CHUNK)
    engine, finisher = FastEngine(ticks.table, world.rulesets()), Finisher()
    first = 1
    for opening in world.openings(ticks, accounts, world.CALM):
        finisher.add([engine.process(opening)], opening.end)
        first = opening.end
    for frame in ticks.frames(first, CHUNK):
        finisher.add([engine.process(frame)], frame.end)
        first = frame.end
    gc.collect()
    spent: tuple[list[float], list[float]] = [], []
    reports = 0
    for frame in days(ticks, first, count):
        began = time.process_time()
        outcome = engine.process(frame)
        decided = time.process_time()
        finisher.add([outcome], frame.end)
        spent[0].append(decided - began)
        spent[1].append(time.process_time() - decided)
        reports += sum(made.body["type"] == "progress" for made in outcome.decisions)
    return *spent, reports


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="100,000 accounts")
    parser.add_argument("--days", type=int, default=6)
    chosen = parser.parse_args()
    accounts = 100_000 if chosen.full else 2_000
    print(conditions(world.SEED))
    engine, finisher, reports = run(accounts, chosen.days)
    print(f"{accounts:,} accounts, {chosen.days} days, {reports:,} reports of progress")
    print(f"{'':<10}{'least us':>10}{'median us':>11}{'all of them, s':>16}   for each account")
    for name, seconds in (("engine", engine), ("finisher", finisher)):
        least, median = min(seconds), statistics.median(seconds)
        each = f"{least / accounts * 1e6:>10.1f}{median / accounts * 1e6:>11.1f}"
        print(f"{name:<10}{each}{least:>16.2f}")


if __name__ == "__main__":
    main()
