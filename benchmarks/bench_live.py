"""How long from a tick on `ticks` to its breach or warning on the output topic, at a given rate?

Open loop: tick number i is due at i / rate and says so in its `ts`, whether or not the flows keep
up; the time until a decision about it can be read counts from there, so a stall counts for every
tick it delays. Sequencer and risk flow are processes of their own, on Kafka (HIGHWATER_KAFKA) or,
without it, on a directory. Percentiles include epoch boundaries and base files.

    python -m benchmarks.bench_live                  # 10,000 accounts, 5,000/s, five runs of 20 s
    python -m benchmarks.bench_live --full           # 100,000 accounts
    python -m benchmarks.bench_live --burst 10       # in each run ten times that for 5 s
    python -m benchmarks.bench_live --search         # the highest steady rate with p99 <= 50 ms
"""

import argparse
import gc
import os
import tempfile
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.bench_restart import SYMBOLS
from benchmarks.engine import world
from benchmarks.engine.machine import conditions
from benchmarks.live.listener import Listener
from benchmarks.live.load import BURST_S, Feed, Sent, due_times
from benchmarks.live.stages import Seen, stages
from benchmarks.live.system import System
from connectors.log.abstract import Log
from connectors.log.open import open_log
from flows.prefix import PrefixedLog
from schemas.topics import JOURNAL, TICKS

SETTLE_S = 2.0
NORMAL_MS = 50.0
SEARCH_S = 8.0

# A feed handler sends the ticks of a millisecond together: else the broker, on these same two
# cores, is busy with a request for every tick.
FEED = {"linger.ms": "1"}


class Run(NamedTuple):
    """What one run measured."""

    seen: list[Seen]
    sent: Sent
    first_tick: int
    first_frame: int

    @property
    def late_ms(self) -> np.ndarray:
        return np.array([one.read_ns - one.due_ns for one in self.seen]) / 1e6

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.late_ms, share)) if self.seen else float("nan")


def once(log: Log, feed: Feed, due_s: np.ndarray) -> Run:
    """Send ticks, and read what comes."""
    listener = Listener(log)
    listener.start()
    firsts = log.end_offset(TICKS), log.end_offset(JOURNAL)
    sent = feed.send(due_s)
    time.sleep(SETTLE_S)
    listener.close()
    return Run(listener.seen(sent.first_ns), sent, *firsts)


def show(run: Run) -> None:
    p50, p99, p999, worst = (run.quantile(share) for share in (0.5, 0.99, 0.999, 1.0))
    print(
        f"  {run.sent.ticks / run.sent.seconds:>8,.0f} ticks/s {len(run.seen):>7,} decisions  "
        f"p50 {p50:.1f}  p99 {p99:.1f}  p99.9 {p999:.1f}  worst {worst:.1f} ms",
        flush=True,
    )


def back_to_normal_s(run: Run, seconds: float) -> float:
    """Return how long after the burst the last decision was read that was late."""
    ended_ns = run.sent.first_ns + (seconds / 3 + BURST_S) * 1e9
    late = [one.read_ns for one in run.seen if one.read_ns - one.due_ns > NORMAL_MS * 1e6]
    return max(0.0, (max(late, default=0) - ended_ns) / 1e9)


def measure(log: Log, flows: System, options: argparse.Namespace) -> None:
    """Several runs, one line each, and what they come to."""
    feed = Feed(log, flows.ticks)
    runs = []
    for _ in range(options.runs):
        before = flows.use()
        run = once(log, feed, due_times(options.rate, options.seconds, options.burst))
        used = flows.use()
        runs.append(run)
        show(run)
        if options.burst > 1:
            normal_s = back_to_normal_s(run, options.seconds)
            print(f"    back to normal {normal_s:.1f} s after the burst")
        for who, use in used.items():
            spent = (use.cpu_s - before[who].cpu_s) / run.sent.seconds
            print(f"    {who:<12} {spent:4.0%} CPU  {use.now_mb} MB, at most {use.peak_mb} MB")
        if options.stages:
            found = stages(log, run.seen, run.first_tick, run.first_frame)
            print(*(found.lines() if found else ()), sep="\n")
    if len(runs) > 1:
        for name, share in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("longest", 1.0)):
            found_ms = [run.quantile(share) for run in runs]
            print(f"{name:<8} median of {len(runs)} runs {np.median(found_ms):.1f} ms, "
                  f"worst {max(found_ms):.1f} ms")  # fmt: skip


def search(log: Log, flows: System, options: argparse.Namespace) -> None:
    """Raise the rate until the 99th percentile is too high, then halve the step."""
    feed = Feed(log, flows.ticks)
    rate, step, best = options.rate, options.rate, 0
    while step >= options.rate / 4:
        run = once(log, feed, due_times(rate, SEARCH_S))
        show(run)
        holds = run.quantile(0.99) <= NORMAL_MS and run.sent.seconds < SEARCH_S * 1.05
        if not holds:
            time.sleep(SEARCH_S)  # let them catch up
        best = max(best, rate) if holds else best
        if not holds or best < rate - step:
            step /= 2
        rate = int(rate + step) if holds else int(rate - step)
    print(f"highest rate with p99 of {NORMAL_MS:.0f} ms at most: {best:,} ticks/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="100,000 accounts")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--burst", type=int, default=1, help="times the rate, for five seconds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stages", action="store_true", help="where the time of each run went")
    parser.add_argument("--search", action="store_true", help="the highest rate, from --rate on")
    options = parser.parse_args()
    if options.full:
        options.accounts = 100_000
    address = os.environ.get("HIGHWATER_KAFKA", "")
    print(conditions(world.SEED))
    print(
        f"log         {'one Kafka broker on this machine' if address else 'a directory'}, "
        f"{SYMBOLS} instruments, {options.accounts:,} accounts with three positions each"
    )
    with tempfile.TemporaryDirectory() as name:
        prefix = f"bench-{uuid.uuid4().hex[:8]}-" if address else ""
        url = f"kafka:{address}" if address else f"dir:{name}/log"
        log = PrefixedLog(open_log(url, FEED), prefix) if prefix else open_log(url)
        with closing(log), closing(System(log, url, prefix, Path(name), options.accounts)) as flows:
            began = time.monotonic()
            flows.start()
            gc.collect()
            gc.freeze()
            print(f"opened in {time.monotonic() - began:.0f} s", flush=True)
            (search if options.search else measure)(log, flows, options)


if __name__ == "__main__":
    main()
