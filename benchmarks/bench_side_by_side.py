"""What do other ways to watch the same accounts cost, and what do they miss?

The same ticks and accounts from memory through: a dense C loop, our engine, plain Bytewax (an item
for each account a tick reaches), a Java Flink job keyed by account, the same with its accounts in
arrays, and a job that polls every 100 ms. All but the last must name the tick of every breach as
the C loop does, or the run fails; of the polling job is told what it missed.

CPU seconds, of all threads. A side that is a process of its own is run twice, for the first tick
alone and for all; the difference counts, so that nobody pays for starting, for reading the files
or for opening accounts. Nor do the loop and the engine, which are timed in this process.

    python -m benchmarks.bench_side_by_side                 # 2,000 accounts, 20,000 ticks
    python -m benchmarks.bench_side_by_side --full          # 10,000 accounts, 100,000 ticks
    python -m benchmarks.bench_side_by_side --fetch-flink   # downloads Flink's jars first
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.crossing import engine_side, loop_side, world
from benchmarks.engine.machine import conditions
from benchmarks.side_by_side import flink_side, polling_side, shared

PACE = 10  # prices move so many times faster than in bench_crossing, so that accounts breach
NOISE = 0.2  # a start-up varies by as much: a difference below says nothing
POLL_S = 0.1
RATES = (500, 1_000, 5_000)
FRAMES = (1 << 20, 1_000)
JARS = Path(__file__).parent / "out" / "flink"


class Table:
    """Prints a line for each side, beside the loop's time, once its answer is known to be right."""

    def __init__(self, exact, loop_s):
        self._exact, self._loop_s = exact, loop_s
        print(f"{'side':<34}{'CPU s':>10}{'x loop':>9}{'start-up s':>12}")
        self.line("dense C loop over ticks", loop_s, exact)

    def line(self, side, seconds, breach_tick, baseline=None):
        """Print one side."""
        if not np.array_equal(breach_tick, self._exact):
            wrong = int((breach_tick != self._exact).sum())
            sys.exit(f"{side}: {wrong} accounts breach at another tick")
        self.time(side, seconds, baseline)

    def time(self, side, seconds, baseline=None, more=""):
        """Print what it took, of a side that owes no right answer."""
        started = "" if baseline is None else f"{baseline:.2f}"
        if baseline is not None and seconds < NOISE * baseline:
            more = f"too little beside its start-up: take more ticks  {more}"
        ratio = seconds / self._loop_s
        print(f"{side:<34}{seconds:10.3f}{ratio:9.2f}{started:>12}  {more}".rstrip(), flush=True)


def ours(table, market):
    """The engine that ships, whole, in long frames and in short ones."""
    made = engine_side.opened(market)
    for frame in FRAMES:
        answer, seconds, _ = engine_side.apart(engine_side.run, *made, market, frame)
        size = min(frame, len(market.symbol))
        table.line(f"our engine, frames of {size:,}", seconds, answer.breach_tick)


def plain_bytewax(table, folder, ticks):
    """An item for each account a tick reaches."""
    command = [sys.executable, "-m", "benchmarks.side_by_side.bytewax_side"]
    spent = shared.run_apart(command, folder, ticks)
    table.line("plain Bytewax, item per account", spent.seconds, spent.breach_tick, spent.baseline)


def flink(table, folder, ticks, jars, forms):
    """A Java DataStream job in both forms."""
    reason = flink_side.missing(jars)
    if reason:
        print(f"Flink       left out: {reason}")
        return
    target = folder / "classes"
    target.mkdir()
    command = flink_side.build(jars, target)
    for form, name in forms:
        spent = flink_side.run(command, form, folder, ticks)
        table.line(f"Flink {name}", spent.seconds, spent.breach_tick, spent.baseline)


def polling(table, columns, folder, exact):
    """What a job that looks now and then takes, and what it does not see."""
    ticks = len(columns.symbol)
    command = [sys.executable, "-m", "benchmarks.side_by_side.polling_side"]
    for rate in RATES:
        every = max(1, int(rate * POLL_S))
        answer = folder / "polled"
        times = [
            shared.cpu_of([*command, str(folder), str(count), str(answer), str(every)], folder)
            for count in (1, ticks)
        ]
        found = polling_side.missed(exact, np.fromfile(answer, "<i8"))
        late = f"{found.p50 / rate * 1e3:.0f} ms late, at worst {found.worst / rate:.1f} s"
        more = f"misses {found.share:.1%} of the breaches, the others {late}"
        name = f"polling every 100 ms, {rate:,}/s"
        table.time(name, times[1] - times[0], times[0], more)


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="10,000 accounts, 100,000 ticks")
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--ticks", type=int, default=20_000)
    parser.add_argument("--flink", type=Path, default=JARS, help="folder of Flink's jars")
    parser.add_argument("--fetch-flink", action="store_true", help="download them (330 MB)")
    options = parser.parse_args()
    if options.full:
        options.accounts, options.ticks = 10_000, 100_000
    if options.fetch_flink:
        flink_side.fetch(options.flink)
    print(conditions(7))
    market = world.build(options.accounts, options.ticks, pace=PACE)
    columns = shared.market_of(market)
    answers = [loop_side.by_tick(market) for _ in range(5)]
    exact, visits = answers[0][0].breach_tick, answers[0][2]
    print(
        f"input       {options.accounts:,} accounts with 3 positions, {options.ticks:,} ticks of "
        f"{market.symbols} instruments, {visits:,} visits of an account, "
        f"{(exact >= 0).mean():.1%} breach\n"
    )
    engine_side.run(*engine_side.opened(small := world.build(300, 3_000)), small, 3_000)
    table = Table(exact, min(seconds for _, seconds, _ in answers))
    ours(table, market)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shared.save(columns, folder)
        polling(table, columns, folder, exact)
        forms = (("sharded", "sharded arrays"), ("keyed", "keyed by account"))
        flink(table, folder, options.ticks, options.flink, forms)
        plain_bytewax(table, folder, options.ticks)
    print(f"\nload        {os.getloadavg()[0]:.1f} after the run")


if __name__ == "__main__":
    main()
