"""What only a directory has: segments, a lock, files in mid-write, a full disk."""

import errno
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from connectors.log import local_writer
from connectors.log.abstract import (
    LogCorrupt,
    LogError,
    LogLocked,
    LogUnavailable,
    OffsetOutOfRange,
)
from connectors.log.local import LocalLog
from connectors.log.local_record import HEAD_BYTES, encode
from connectors.log.local_segment import Segment
from tests.connectors.log.local_kit import BODIES, append, segments, values


def test_writer_when_a_segment_is_full_begins_another(small_log):
    wanted = [b"%d" % n * 10 for n in range(100)]
    for start in range(0, 100, 9):
        append(small_log, *wanted[start : start + 9])
    assert len(segments(small_log)) > 5
    assert all(file.stat().st_size < 800 for file in segments(small_log))
    assert values(small_log) == wanted
    for offset in range(101):
        with closing(small_log.reader("t", 0, offset)) as reader:
            assert [r.value for r in reader.read(1, 0)] == wanted[offset : offset + 1]


def test_reader_when_seeking_in_a_large_segment_finds_every_place(tmp_path):
    log = LocalLog(tmp_path)
    log.create("t")
    chance = random.Random(5)
    sizes = [chance.choice((0, 10, 100, 3_000, 200_000)) for _ in range(400)]
    append(log, *(chance.randbytes(size) for size in sizes))
    assert len(segments(log)) == 1
    with closing(log.reader("t")) as reader:
        for offset in [*range(400), *chance.sample(range(400), 100)]:
            reader.seek(offset)
            (record,) = reader.read(1, 0)
            assert (record.offset, len(record.value)) == (offset, sizes[offset])
    assert log.end_offset("t") == 400


def test_reader_when_a_record_arrives_in_pieces_delivers_it_whole(small_log):
    append(small_log, b"first")
    (file,) = segments(small_log)
    with Segment(file.parent, 0) as segment:
        record = encode(segment.salt, 1, 0, b"second", key=b"k", headers=(("h", b"v"),))
    with closing(small_log.reader("t")) as reader, file.open("ab", buffering=0) as torn:
        assert [r.value for r in reader.read(9, 0)] == [b"first"]
        for byte in record:
            assert reader.read(9, 0) == []
            torn.write(bytes([byte]))
        (found,) = reader.read(9, 0)
        assert found == (1, b"k", b"second", (("h", b"v"),), 0)


def test_reader_when_a_new_writer_replaces_a_torn_record_delivers_the_new_one(small_log):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    os.truncate(file, file.stat().st_size - 10)
    with closing(small_log.reader("t", 0, 2)) as reader:
        assert reader.read(9, 0) == []
        append(small_log, b"a new and longer third record" * 9)
        assert [r.value for r in reader.read(9, 0)] == [b"a new and longer third record" * 9]


def test_reader_when_the_writer_begins_new_segments_follows(small_log):
    with closing(small_log.reader("t")) as reader, closing(small_log.writer("t")) as writer:
        for number in range(100):
            writer.append(b"%d" % number)
            assert [r.value for r in reader.read(9, 0)] == [b"%d" % number]
    assert len(segments(small_log)) > 5


def test_writer_when_there_is_one_is_refused_until_that_is_closed(small_log):
    with (
        closing(small_log.writer("t")),
        pytest.raises(LogLocked, match=f"writer, process {os.getpid()}"),
    ):
        small_log.writer("t")
    small_log.writer("t").close()


HOLD = """
import sys
from pathlib import Path
from connectors.log.local import LocalLog
writer = LocalLog(Path(sys.argv[1])).writer("t")
print("held", flush=True)
number = 0
while True:
    writer.append(b"%d" % number + bytes(number % 4000))
    number += 1
    if number % 20 == 0:
        writer.flush()
        print(number, flush=True)
"""


def test_writer_when_its_process_is_killed_leaves_no_lock_and_no_hole(tmp_path):
    """Readable at every moment of the killed writer, and never less than it had flushed."""
    for round_number in range(6):
        log = LocalLog(tmp_path / str(round_number), segment_bytes=1_000_000)
        log.create("t")
        command = [sys.executable, "-c", HOLD, str(tmp_path / str(round_number))]
        environment = {**os.environ, "PYTHONPATH": "."}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"held\n"
            with pytest.raises(LogLocked, match=str(process.pid)):
                log.writer("t")
            with closing(log.reader("t")) as reader:
                until = time.monotonic() + 0.05 + 0.05 * random.random()
                seen = 0
                while time.monotonic() < until:
                    for record in reader.read(100, 0.01):
                        assert record.offset == seen
                        seen += 1
                process.send_signal(signal.SIGKILL)
                flushed = int((process.stdout.read().split() or [b"0"])[-1])
        append(log, b"after")
        found = values(log)
        assert len(found) - 1 >= max(flushed, seen)
        assert found == [*(b"%d" % n + bytes(n % 4000) for n in range(len(found) - 1)), b"after"]


def test_writer_when_the_disk_is_full_refuses_until_opened_again(small_log, monkeypatch):
    append(small_log, b"first")
    writer, room, write = small_log.writer("t"), 50, os.write

    def write_some(fd: int, data: bytes) -> int:
        nonlocal room
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        length = min(room, len(data))
        room -= length
        return write(fd, data[:length])

    with closing(writer), monkeypatch.context() as patch:
        patch.setattr(local_writer.os, "write", write_some)
        with pytest.raises(LogUnavailable, match="a write failed: No space left"):
            writer.append(b"x" * 100)
    for again in (lambda: writer.append(b"y"), writer.flush):
        with pytest.raises(LogError):
            again()
    assert values(small_log) == [b"first"]
    append(small_log, b"second")
    assert values(small_log) == [b"first", b"second"]


def test_writer_when_a_flush_fails_never_claims_that_a_later_one_worked(small_log, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with closing(small_log.writer("t")) as writer:
        writer.append(b"first")
        with monkeypatch.context() as patch:
            patch.setattr(local_writer.os, "fdatasync", fail)
            with pytest.raises(LogUnavailable, match="a flush failed: Input/output error"):
                writer.flush()
        for again in (writer.flush, lambda: writer.append(b"second")):
            with pytest.raises(LogError, match="cannot go on: a flush failed"):
                again()


def test_writer_when_interrupted_in_mid_append_refuses_to_go_on(small_log, monkeypatch):
    """It wrote, but did not count: the next record would get the same offset."""

    def interrupted(fd: int, data: bytes) -> int:
        write(fd, data)
        raise KeyboardInterrupt

    write = os.write
    with closing(small_log.writer("t")) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(local_writer.os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                writer.append(b"first")
        with pytest.raises(LogError, match="a write was interrupted"):
            writer.append(b"second")
    append(small_log, b"second")
    assert values(small_log) == [b"first", b"second"]


def test_log_when_used_holds_no_file_longer_than_needed(small_log):
    def held() -> list[str]:
        places = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
        return [place for place in places if place.startswith(str(small_log._root))]

    append(small_log, *(b"%d" % n * 20 for n in range(40)))
    assert len(values(small_log)) == 40
    small_log.end_offset("t")
    with pytest.raises(OffsetOutOfRange):
        small_log.reader("t", 0, 41)
    with closing(small_log.reader("t")) as reader:
        for offset in (0, 39, 3):
            reader.seek(offset)
        with pytest.raises(OffsetOutOfRange):
            reader.seek(99)
        assert len(held()) == 1
    with closing(small_log.writer("t")) as writer:
        with pytest.raises(LogLocked):
            small_log.writer("t")
        assert len(held()) == 2
        writer.append(b"x" * 600)
        writer.append(b"x" * 600)
        assert len(held()) == 2
    segments(small_log)[-1].write_bytes(b"")
    for ask in (
        small_log.writer,
        lambda topic: small_log.reader(topic, 0, 42),
        small_log.end_offset,
    ):
        with pytest.raises(LogCorrupt):
            ask("t")
    assert held() == []


def create_many(root: Path, start: threading.Barrier) -> None:
    log = LocalLog(root)
    start.wait()
    for number in range(20):
        log.create(f"t{number}", 3)


def test_create_when_several_processes_do_it_at_once_makes_it_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(2)
    makers = [context.Process(target=create_many, args=(tmp_path, start)) for _ in range(2)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
        assert maker.exitcode == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"t{n}" for n in range(20))
    assert {LocalLog(tmp_path).partitions(f"t{n}") for n in range(20)} == {3}


def test_create_when_there_are_no_partitions_refuses(small_log):
    with pytest.raises(LogError, match="at least one partition, not 0"):
        small_log.create("other", 0)


def test_log_when_the_directory_cannot_be_used_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LogUnavailable, match="File exists"):
        LocalLog(tmp_path / "file").create("t")


def test_record_when_encoded_is_no_longer_than_promised():
    assert len(encode(0, 0, 0, b"abc", key=None, headers=())) == HEAD_BYTES + 3
