"""How long after kill -9 does a risk flow decide again, with many accounts?

A journal with accounts and their positions, a flow that has written a base of them, some frames
of ticks more, `kill -9`, a fee that breaches, a new process. Stated: from the start of that
process to its first decision in the topic, and what it took of memory.

    python -m benchmarks.bench_restart            # 10,000 accounts
    python -m benchmarks.bench_restart --full     # 100,000
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.engine import world
from benchmarks.engine.machine import conditions
from connectors.genesis import Genesis
from connectors.journal import JournalReader
from connectors.log.abstract import Log
from connectors.log.local import LocalLog
from flows.topics import ensure_topics
from schemas.events import parse_event
from schemas.frames import Frame, FrameBuilder
from schemas.topics import BREACHES, JOURNAL

MAIN = "from flows.cli import main; main()"
SYMBOLS = 40
TRIES = 3


def journal(
    log: Log,
    accounts: int,
    leverage: world.Leverage = world.CALM,
    first_ns: int | None = None,
    count: int = 200_000,
) -> tuple[world.Ticks, int]:
    """Write a journal whose accounts hold three positions each; return its ticks and end."""
    ticks = world.synthetic(count, SYMBOLS)
    if first_ns is not None:
        ticks = ticks._replace(ts=ticks.ts - ticks.ts[0] + first_ns)
    documents = tuple(one.document for one in world.rulesets())
    end = 1
    with closing(log.writer(JOURNAL)) as writer:
        begun = Genesis(ticks.table, documents).headers()
        for frame in world.openings(ticks, accounts, leverage):
            for part in pieces(frame, 1000):
                writer.append(part.encode(), headers=begun)
                begun = []
            end = frame.end
        writer.flush()
    return ticks, end


def pieces(frame: Frame, entries: int):
    """Cut a frame of openings so that each piece fits into a record."""
    ticks = dict(zip(frame.tick_at.tolist(), range(len(frame.tick_at)), strict=True))
    events = {item.at: item for item in frame.events}
    for start in range(0, frame.n, entries):
        builder = FrameBuilder(frame.first + start)
        for at in range(start, min(start + entries, frame.n)):
            if at in ticks:
                row = ticks[at]
                columns = (frame.tick_symbol, frame.bid, frame.ask, frame.last)
                builder.append_tick(int(frame.ts[at]), *(int(column[row]) for column in columns))
            else:
                builder.append_event(int(frame.ts[at]), events[at].event)
        yield builder.build()


def append(log: Log, frames) -> None:
    with closing(log.writer(JOURNAL)) as writer:
        for frame in frames:
            writer.append(frame.encode())
        writer.flush()


def crash(ts: int, first: int) -> Frame:
    """A frame with a fee that is more than an account may lose."""
    fee = {"event_id": "fee", "type": "balance.adjusted", "account_id": "a0000000"}
    fee |= {"amount": str(world.INITIAL // 2), "reason": "fee", "ts": str(ts)}
    builder = FrameBuilder(first)
    builder.append_event(ts, parse_event(fee))
    return builder.build()


def start(url: str, folder: Path, out: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-c", MAIN, "run", "risk", f"--log={url}"]
    arguments += [f"--recovery={folder}", "--base-s=1"]
    with out.open("wb") as file:
        return subprocess.Popen(arguments, stdout=file, stderr=file)


def until(reached, process: subprocess.Popen[bytes], out: Path, patience_s: float = 600) -> None:
    deadline = time.monotonic() + patience_s
    while not reached():
        assert process.poll() is None, out.read_text()
        assert time.monotonic() < deadline, out.read_text()
        time.sleep(0.002)


def peak_mb(process: subprocess.Popen[bytes]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    assert found is not None
    return int(found[1]) // 1024


def measure(accounts: int) -> None:
    """Print one line."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log, url, out = LocalLog(folder / "log"), f"dir:{folder / 'log'}", folder / "out"
        ensure_topics(log, 1)
        ticks, end = journal(log, accounts)
        began = time.monotonic()
        flow = start(url, folder / "recovery", out)
        until(lambda: out.read_text().count('"snapshot.written"') > 0, flow, out)
        opened = time.monotonic() - began
        frames = list(ticks.head(50_000).frames(end, 10))
        append(log, frames)
        records = log.end_offset(JOURNAL)
        until(lambda: f'"record": {records}' in out.read_text(), flow, out)
        append(log, ticks.head(1000).frames(frames[-1].end, 10))  # to be replayed
        live = peak_mb(flow)
        spent, peaks = [], []
        for _ in range(TRIES):
            flow.send_signal(signal.SIGKILL)
            flow.wait()
            with closing(JournalReader(log)) as reader:
                *_, last = reader.rest()
            before = log.end_offset(BREACHES)
            if not spent:
                append(log, [crash(int(last.frame.ts[-1]), last.frame.end)])
            began = time.monotonic()
            flow = start(url, folder / "recovery", out)
            if not spent:
                until(lambda before=before: log.end_offset(BREACHES) > before, flow, out)
            else:
                until(lambda: '"flow.resumed"' in out.read_text(), flow, out)
            spent.append(time.monotonic() - began)
            peaks.append(peak_mb(flow))
        flow.kill()
        flow.wait()
    size = f"{accounts:,} accounts"
    print(f"{size}: first start, openings and base {opened:.1f} s, memory {live} MB at most")
    print(f"{size}: kill -9 to first decision {spent[0]:.2f} s, memory {peaks[0]} MB")
    print(f"{size}: kill -9 to reading again, others: {', '.join(f'{s:.2f} s' for s in spent[1:])}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="100,000 accounts")
    parser.add_argument("--accounts", type=int)
    options = parser.parse_args()
    print(conditions(world.SEED))
    measure(options.accounts or (100_000 if options.full else 10_000))


if __name__ == "__main__":
    os.environ.setdefault("HIGHWATER_LOG_LEVEL", "info")
    main()
