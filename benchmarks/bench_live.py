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
from benchmarks.live.load import Feed, Sent, due_times
from benchmarks.live.stages import Seen, stages
from benchmarks.live.system import System
from connectors.log.abstract import Log
from connectors.log.open import open_log
from flows.prefix import PrefixedLog
from schemas.topics import JOURNAL, TICKS

SETTLE_S = 2.0
NORMAL_MS = 50.0


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="100,000 accounts")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--burst", type=int, default=1, help="times the rate, for five seconds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stages", action="store_true", help="where the time of each run went")
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
        log = PrefixedLog(open_log(url), prefix) if prefix else open_log(url)
        with closing(log), closing(System(log, url, prefix, Path(name), options.accounts)) as flows:
            began = time.monotonic()
            flows.start()
            print(f"opened in {time.monotonic() - began:.0f} s", flush=True)
            feed = Feed(log, flows.ticks)
            for _ in range(options.runs):
                before = flows.use()
                run = once(log, feed, due_times(options.rate, options.seconds, options.burst))
                used = flows.use()
                show(run)
                for who, use in used.items():
                    spent = (use.cpu_s - before[who].cpu_s) / run.sent.seconds
                    print(f"    {who:<12} {spent:4.0%} CPU {use.now_mb} MB, at most {use.peak_mb}")
                if options.stages:
                    found = stages(log, run.seen, run.first_tick, run.first_frame)
                    print(*(found.lines() if found else ()), sep="\n")


if __name__ == "__main__":
    main()
