"""How many records a second does a log take and give, and how soon does a reader see one?

    python -m benchmarks.bench_log [--log kafka:HOST:PORT] [--records N]

The peer is a plain file: the same bytes written and read in chunks, without records.
"""

import argparse
import os
import platform
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from connectors.log.abstract import Log
from connectors.log.open import open_log

SIZES = {"tick, 100 B": 100, "decision, 1 kB": 1_000, "frame, 100 kB": 100_000}
CHUNK_BYTES = 64 * 1024
FLUSHES = 200
SIGNALS = 500


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def fill(log: Log, topic: str, value: bytes, count: int) -> None:
    with closing(log.writer(topic)) as writer:
        for _ in range(count):
            writer.append(value)
        writer.flush()


def drain(log: Log, topic: str, count: int) -> None:
    with closing(log.reader(topic)) as reader:
        while count:
            count -= len(reader.read(count, 10.0))


def plain_file(folder: Path, total_bytes: int) -> tuple[float, float]:
    """Seconds to write and to read the same bytes, made durable once."""
    path, chunk = folder / "plain", bytes(CHUNK_BYTES)

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            for _ in range(total_bytes // CHUNK_BYTES):
                file.write(chunk)
            os.fdatasync(file.fileno())

    def read() -> None:
        with path.open("rb", buffering=0) as file:
            while file.read(CHUNK_BYTES):
                pass

    return timed(write), timed(read)


def rates(log: Log, folder: Path, records: int) -> None:
    print(f"{'record':16}{'append/s':>12}{'MB/s':>8}{'read/s':>12}{'MB/s':>8}   of a plain file")
    for name, size in SIZES.items():
        topic = f"bench-{uuid.uuid4().hex[:8]}"
        log.create(topic)
        count = max(1_000, records * 100 // size)
        value = os.urandom(size)
        append_s = timed(lambda t=topic, v=value, n=count: fill(log, t, v, n))
        read_s = timed(lambda t=topic, n=count: drain(log, t, n))
        megabytes = count * size / 1e6
        write_file_s, read_file_s = plain_file(folder, count * size)
        print(
            f"{name:16}{count / append_s:12,.0f}{megabytes / append_s:8.0f}"
            f"{count / read_s:12,.0f}{megabytes / read_s:8.0f}"
            f"   {write_file_s / append_s:.0%} writing, {read_file_s / read_s:.0%} reading"
        )


def quantiles(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"{name:48}p50 {cuts[49] * 1e3:7.3f} ms   p99 {cuts[98] * 1e3:7.3f} ms"
        f"   worst {max(seconds) * 1e3:7.3f} ms"
    )


def flush_times(log: Log) -> None:
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    log.create(topic)
    found = []
    with closing(log.writer(topic)) as writer:
        writer.append(b"warm")
        writer.flush()
        for _ in range(FLUSHES):
            writer.append(bytes(20_000))
            found.append(timed(writer.flush))
    quantiles("flush after one record of 20 kB", found)


def sight_times(log: Log) -> None:
    """From before the append, on one thread, to after the read, on another."""
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    log.create(topic)
    found: list[float] = []
    ready = threading.Event()
    fill(log, topic, b"warm", 1)

    def follow() -> None:
        with closing(log.reader(topic)) as reader:
            reader.read(1, 10.0)
            ready.set()
            while len(found) < SIGNALS:
                seen = reader.read(1_000, 1.0)
                now = time.perf_counter_ns()
                found.extend((now - int(record.value)) / 1e9 for record in seen)

    follower = threading.Thread(target=follow)
    follower.start()
    with closing(log.writer(topic)) as writer:
        writer.flush()
        ready.wait(10.0)
        for _ in range(SIGNALS):
            time.sleep(0.004)
            writer.append(b"%d" % time.perf_counter_ns())
        writer.flush()
        follower.join()
    quantiles("append to read, one record every 4 ms", found)


def open_times(log: Log, records: int) -> None:
    topic = f"bench-{uuid.uuid4().hex[:8]}"
    log.create(topic)
    fill(log, topic, bytes(100), records)
    step = records // 50
    seeks = []
    for offset in range(0, records, step):
        started = time.perf_counter()
        with closing(log.reader(topic, 0, offset)) as reader:
            assert reader.read(1, 10.0)[0].offset == offset
        seeks.append(time.perf_counter() - started)
    quantiles(f"open at any of {records:,} records and read it", seeks)
    opened = timed(lambda: log.writer(topic).close())
    print(f"{'open the writer behind them':48}    {opened * 1e3:7.1f} ms")


def conditions(url: str) -> None:
    print(f"log         {url.partition('?')[0].partition(':')[0]}")
    print(
        f"machine     {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print(f"python      {platform.python_version()}; one writer or reader at a time, one process")
    print("values      random bytes; a flush at the end of each filling is part of its time\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--log", help="a log URL; default: a directory beside the other temporary files"
    )
    parser.add_argument("--records", type=int, default=500_000, help="how many of the smallest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.log or f"dir:{folder}/log"
        conditions(url)
        with closing(open_log(url)) as log:
            rates(log, Path(folder), options.records)
            print()
            flush_times(log)
            sight_times(log)
            open_times(log, options.records)


if __name__ == "__main__":
    main()
