"""How long from a tick on `ticks` to its breach or warning on the output topic, at a given rate?

Open loop: tick number i is due at i / rate and says so in its `ts`, whether or not the flows keep
up; the time until a decision about it can be read counts from there, so a stall counts for every
tick it delays. Sequencer and risk flow are processes of their own, on Kafka (HIGHWATER_KAFKA) or,
without it, on a directory. Percentiles include epoch boundaries and base files.

    python -m benchmarks.bench_live                         # 10,000 accounts, 5,000/s, 20 s
    python -m benchmarks.bench_live --full                  # 100,000 accounts, five runs
    python -m benchmarks.bench_live --burst 10              # ten times that for 5 s
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from benchmarks.bench_restart import MAIN, SYMBOLS, journal, peak_mb, until
from benchmarks.engine import world
from benchmarks.engine.machine import conditions
from connectors.log.abstract import Log
from connectors.log.open import open_log
from connectors.synthetic.ticks import price_text
from flows.prefix import PrefixedLog
from flows.topics import ensure_topics
from schemas.instants import parse_instant
from schemas.topics import BREACHES, TICKS, WARNINGS

BURST_S = 5.0
STEP_S = 0.002


class Run(NamedTuple):
    """What one run measured: latencies, seconds; and the flow's memory."""

    late_s: np.ndarray
    ticks: int
    sent_s: float
    memory_mb: int


class Reader(threading.Thread):
    """Notes when each decision could be read, and when its tick was due."""

    def __init__(self, log: Log):
        super().__init__(daemon=True)
        self._readers = [
            log.reader(topic, 0, log.end_offset(topic)) for topic in (BREACHES, WARNINGS)
        ]
        self.late_s: list[float] = []
        self.first_ns = 0
        self.ends = False

    def run(self) -> None:
        while not self.ends:
            for reader in self._readers:
                records = reader.read(1000, STEP_S)
                now = time.time_ns()
                for record in records:
                    due = parse_instant(orjson.loads(record.value)["ts"])
                    if due >= self.first_ns > 0:
                        self.late_s.append((now - due) / 1e9)
        for reader in self._readers:
            reader.close()


def due_times(rate: int, seconds: float, burst: int) -> np.ndarray:
    """Seconds after the start at which each tick is due."""
    steady = np.arange(int(rate * seconds)) / rate
    if burst <= 1:
        return steady
    middle = seconds / 2
    extra = middle + np.arange(int(rate * (burst - 1) * BURST_S)) / (rate * (burst - 1))
    return np.sort(np.concatenate([steady, extra]))


def feed(log: Log, ticks: world.Ticks, due_s: np.ndarray) -> tuple[int, float]:
    """Send every tick when it is due; return when the first was, ns, and how long it took."""
    names = [item.symbol for item in ticks.table]
    digits = [item.price_digits for item in ticks.table]
    with closing(log.writer(TICKS)) as writer:
        first_ns = time.time_ns() + 100_000_000
        at, count = 0, len(due_s)
        while at < count:
            end = int(due_s.searchsorted((time.time_ns() - first_ns) / 1e9, "right"))
            for tick in range(at, end):
                row = tick % len(ticks.ts)
                symbol = int(ticks.symbol[row])
                bid = price_text(int(ticks.bid[row]), digits[symbol])
                ask = price_text(int(ticks.ask[row]), digits[symbol])
                ts = first_ns + int(due_s[tick] * 1e9)
                value = f'{{"ts":"{ts}","symbol":"{names[symbol]}","bid":"{bid}","ask":"{ask}"}}'
                writer.append(value.encode())
            at = end
            time.sleep(STEP_S)
        writer.flush()
        return first_ns, (time.time_ns() - first_ns) / 1e9


def measure(log: Log, url: str, prefix: str, folder: Path, options: argparse.Namespace) -> Run:
    """Start the flows over a journal full of accounts, send ticks, and read what comes."""
    ensure_topics(log, 1)
    # Not long ago: between then and now every session boundary in between would have to be gone
    # through.
    ticks, _ = journal(log, options.accounts, world.BOLD, time.time_ns() - 60_000_000_000)
    named = [f"--log={url}", *([f"--topic-prefix={prefix}"] if prefix else [])]
    risk = ["risk", *named, f"--recovery={folder / 'recovery'}", "--base-s=10"]
    outs = [folder / "sequence.out", folder / "risk.out"]
    flows = []
    try:
        for arguments, out in zip((["sequence", *named, "--frame-ms=1"], risk), outs, strict=True):
            with out.open("wb") as file:
                command = [sys.executable, "-c", MAIN, "run", *arguments]
                flows.append(subprocess.Popen(command, stdout=file, stderr=file))
            until(lambda out=out: "flow." in out.read_text(), flows[-1], out)
        until(lambda: '"snapshot.written"' in outs[1].read_text(), flows[1], outs[1])
        reader = Reader(log)
        reader.start()
        reader.first_ns = time.time_ns()
        due_s = due_times(options.rate, options.seconds, options.burst)
        reader.first_ns, sent_s = feed(log, ticks, due_s)
        time.sleep(3.0)
        reader.ends = True
        reader.join()
        return Run(np.array(reader.late_s), len(due_s), sent_s, peak_mb(flows[1]))
    finally:
        for flow in flows:
            flow.kill()
            flow.wait()


def show(run: Run, options: argparse.Namespace) -> float:
    """Print one line; return the 99th percentile."""
    if not len(run.late_s):
        print("no decisions came")
        return float("nan")
    p50, p99, p999 = (float(np.quantile(run.late_s, q)) * 1e3 for q in (0.5, 0.99, 0.999))
    print(
        f"{options.accounts:>9,} accounts {run.ticks / run.sent_s:>9,.0f} ticks/s "
        f"{len(run.late_s):>8,} decisions  p50 {p50:.1f}  p99 {p99:.1f}  p99.9 {p999:.1f}  "
        f"worst {run.late_s.max() * 1e3:.1f} ms  memory {run.memory_mb} MB"
    )
    return p99


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="100,000 accounts, five runs")
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--burst", type=int, default=1, help="times the rate, for five seconds")
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    if options.full:
        options.accounts, options.runs = 100_000, 5
    address = os.environ.get("HIGHWATER_KAFKA", "")
    print(conditions(world.SEED))
    print(f"log         {'one Kafka broker on this machine' if address else 'a directory'}, "
          f"{SYMBOLS} instruments, three positions an account")  # fmt: skip
    worst = []
    for _ in range(options.runs):
        with tempfile.TemporaryDirectory() as name:
            prefix = f"bench-{uuid.uuid4().hex[:8]}-" if address else ""
            url = f"kafka:{address}" if address else f"dir:{name}/log"
            log = PrefixedLog(open_log(url), prefix) if prefix else open_log(url)
            with closing(log):
                worst.append(show(measure(log, url, prefix, Path(name), options), options))
    if options.runs > 1:
        print(
            f"p99 of {options.runs} runs: median {np.median(worst):.1f}, worst {max(worst):.1f} ms"
        )


if __name__ == "__main__":
    main()
