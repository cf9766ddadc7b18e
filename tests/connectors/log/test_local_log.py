"""What only the directory can suffer: crashes in mid-write, damaged files, full disks."""

import errno
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from connectors.log.local_segment import HEADER_BYTES, Segment

BODIES = (b"first", b"", b"third" * 10)


@pytest.fixture
def log(tmp_path: Path) -> LocalLog:
    """A log whose segments hold a few records each."""
    opened = LocalLog(tmp_path / "log", segment_bytes=600)
    opened.create("t")
    return opened


def append(log: LocalLog, *values: bytes) -> None:
    with closing(log.writer("t")) as writer:
        for value in values:
            writer.append(value)
        writer.flush()


def values(log: LocalLog) -> list[bytes]:
    """Everything one can read now."""
    with closing(log.reader("t")) as reader:
        found = []
        while records := reader.read(100, 0):
            found += [record.value for record in records]
        return found


def segments(log: LocalLog) -> list[Path]:
    return sorted((log._root / "t" / "0").glob("*.log"))


def positions(file: Path) -> list[int]:
    """Where the records of a segment begin, and where the last one ends."""
    with Segment(file.parent, int(file.stem)) as segment:
        found = [HEADER_BYTES]
        while True:
            start = found[-1]
            end, offset = segment.walk(
                start, segment.base + len(found) - 1, segment.base + len(found)
            )
            if offset < segment.base + len(found):
                return found
            found.append(end)


def test_writer_when_the_last_record_is_cut_anywhere_drops_just_that(log):
    append(log, *BODIES)
    (file,) = segments(log)
    whole = file.read_bytes()
    start = positions(file)[-2]
    for cut in range(start, len(whole)):
        file.write_bytes(whole[:cut])
        assert values(log) == [*BODIES[:2]]
        with closing(log.writer("t")) as writer:
            assert writer.torn_bytes == cut - start
            assert writer.end_offset() == 2
            writer.append(b"new")
        assert values(log) == [*BODIES[:2], b"new"]


def test_writer_when_any_byte_of_the_last_record_is_wrong_drops_just_that(log):
    append(log, *BODIES)
    (file,) = segments(log)
    whole = file.read_bytes()
    start = positions(file)[-2]
    for at in range(start, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        file.write_bytes(damaged)
        assert values(log) == [*BODIES[:2]]
        with closing(log.writer("t")) as writer:
            assert writer.torn_bytes == len(whole) - start
        assert file.read_bytes() == whole[:start]


@given(
    st.lists(st.binary(max_size=400), min_size=1, max_size=12),
    st.lists(st.binary(max_size=50), max_size=3),
    st.data(),
)
def test_log_when_cut_anywhere_in_its_last_segment_keeps_the_whole_records(before, after, data):
    with tempfile.TemporaryDirectory() as root:
        log = LocalLog(Path(root), segment_bytes=600)
        log.create("t")
        append(log, *before)
        file = segments(log)[-1]
        cut = data.draw(st.integers(HEADER_BYTES, file.stat().st_size))
        kept = int(file.stem) + sum(end <= cut for end in positions(file)[1:])
        os.truncate(file, cut)
        assert values(log) == before[:kept]
        append(log, *after)
        assert values(log) == before[:kept] + after
        assert log.end_offset("t") == kept + len(after)


@pytest.mark.parametrize("junk", [b"\0" * 5000, os.urandom(70_000), b"\xf7HWR" * 2000])
def test_writer_when_junk_is_behind_the_last_record_drops_it(log, junk):
    append(log, *BODIES)
    with segments(log)[0].open("ab") as file:
        file.write(junk)
    assert values(log) == [*BODIES]
    with closing(log.writer("t")) as writer:
        assert writer.torn_bytes == len(junk)
    append(log, b"new")
    assert values(log) == [*BODIES, b"new"]


@pytest.mark.parametrize("record", [0, 1])
def test_log_when_any_byte_before_the_last_record_is_wrong_refuses(log, record):
    append(log, *BODIES)
    (file,) = segments(log)
    whole = file.read_bytes()
    start, end = positions(file)[record : record + 2]
    for at in range(start, end):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        file.write_bytes(damaged)
        place = rf"{file.name}: damaged .*byte {start}, where offset {record} should be"
        with pytest.raises(LogCorrupt, match=place):
            log.writer("t")
        with pytest.raises(LogCorrupt, match=place):
            values(log)
        assert file.read_bytes() == damaged


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 0, 1), (0, 2, 1), (0, 2), (0, 1, 1)])
def test_log_when_sound_records_are_out_of_order_refuses(log, order):
    append(log, *BODIES)
    (file,) = segments(log)
    whole, starts = file.read_bytes(), positions(file)
    pieces = [whole[starts[number] : starts[number + 1]] for number in order]
    file.write_bytes(whole[:HEADER_BYTES] + b"".join(pieces))
    with pytest.raises(LogCorrupt):
        log.writer("t")
    with pytest.raises(LogCorrupt):
        values(log)


def test_log_when_sound_records_follow_damage_far_away_finds_them(tmp_path):
    """Wherever the record begins in what the search reads at once."""
    for shift in range(40):
        log = LocalLog(tmp_path / str(shift))
        log.create("t")
        append(log, bytes(64 * 1024 - HEAD_BYTES - shift), b"sound")
        (file,) = segments(log)
        damaged = bytearray(file.read_bytes())
        damaged[HEADER_BYTES + 8] ^= 1
        file.write_bytes(damaged)
        with pytest.raises(LogCorrupt):
            log.writer("t")


def test_log_when_an_earlier_segment_is_damaged_anywhere_refuses(log):
    append(log, *(b"%d" % n * 20 for n in range(40)))
    first, second = segments(log)[:2]
    whole = first.read_bytes()
    cuts = [*range(HEADER_BYTES, len(whole), 7), *positions(first)[1:-1]]
    for cut in cuts:
        first.write_bytes(whole[:cut])
        with pytest.raises(LogCorrupt, match=rf"{first.name}: damaged"):
            values(log)
    for at in range(HEADER_BYTES, len(whole), 3):
        first.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        with pytest.raises(LogCorrupt, match=rf"{first.name}: damaged"):
            values(log)
    first.write_bytes(whole)
    second.unlink()
    with pytest.raises(LogCorrupt, match=rf"{first.name}: damaged"):
        values(log)
    first.unlink()
    with pytest.raises(OffsetOutOfRange):
        log.reader("t", 0, 0)


def test_log_when_a_segment_header_is_damaged_refuses(log):
    append(log, *BODIES)
    (file,) = segments(log)
    whole = file.read_bytes()
    for damaged in (
        whole[: HEADER_BYTES - 1],
        b"",
        b"x" + whole[1:],
        whole[:9] + b"x" + whole[10:],
    ):
        file.write_bytes(damaged)
        for ask in (log.writer, log.reader, log.end_offset):
            with pytest.raises(LogCorrupt, match="damaged header"):
                ask("t")
    file.write_bytes(whole)
    file.rename(file.with_name(f"{7:020d}.log"))
    with pytest.raises(LogCorrupt, match="begins with offset 0, its name says 7"):
        log.reader("t")
    file.with_name(f"{7:020d}.log").unlink()
    with pytest.raises(LogCorrupt, match="no segment files"):
        log.reader("t")


def test_writer_when_a_torn_value_holds_records_of_another_segment_drops_it(log, tmp_path):
    """A log kept in a log: without the salt, the inner records would pass for damage."""
    inner = b"".join(encode(7, n, 0, b"inner", key=None, headers=()) for n in range(9))
    append(log, b"first", b"x" + inner)
    (file,) = segments(log)
    os.truncate(file, file.stat().st_size - 3)
    append(log, b"new")
    assert values(log) == [b"first", b"new"]


def test_writer_when_a_segment_is_full_begins_another(log):
    wanted = [b"%d" % n * 10 for n in range(100)]
    for start in range(0, 100, 9):
        append(log, *wanted[start : start + 9])
    assert len(segments(log)) > 5
    assert all(file.stat().st_size < 800 for file in segments(log))
    assert values(log) == wanted
    for offset in range(101):
        with closing(log.reader("t", 0, offset)) as reader:
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


def test_reader_when_a_record_arrives_in_pieces_delivers_it_whole(log):
    append(log, b"first")
    (file,) = segments(log)
    with Segment(file.parent, 0) as segment:
        record = encode(segment.salt, 1, 0, b"second", key=b"k", headers=(("h", b"v"),))
    with closing(log.reader("t")) as reader, file.open("ab", buffering=0) as torn:
        assert [r.value for r in reader.read(9, 0)] == [b"first"]
        for byte in record:
            assert reader.read(9, 0) == []
            torn.write(bytes([byte]))
        (found,) = reader.read(9, 0)
        assert found == (1, b"k", b"second", (("h", b"v"),), 0)


def test_reader_when_a_new_writer_replaces_a_torn_record_delivers_the_new_one(log):
    append(log, *BODIES)
    (file,) = segments(log)
    os.truncate(file, file.stat().st_size - 10)
    with closing(log.reader("t", 0, 2)) as reader:
        assert reader.read(9, 0) == []
        append(log, b"a new and longer third record" * 9)
        assert [r.value for r in reader.read(9, 0)] == [b"a new and longer third record" * 9]


def test_reader_when_the_writer_begins_new_segments_follows(log):
    with closing(log.reader("t")) as reader, closing(log.writer("t")) as writer:
        for number in range(100):
            writer.append(b"%d" % number)
            assert [r.value for r in reader.read(9, 0)] == [b"%d" % number]
    assert len(segments(log)) > 5


def test_reader_when_the_file_shrank_below_it_refuses(log):
    append(log, *BODIES)
    (file,) = segments(log)
    with closing(log.reader("t", 0, 3)) as reader:
        assert reader.read(1, 0) == []
        os.truncate(file, positions(file)[1])
        with pytest.raises(LogCorrupt, match="offset 3 should be"):
            reader.read(1, 0)


def test_writer_when_there_is_one_is_refused_until_that_is_closed(log):
    with closing(log.writer("t")), pytest.raises(LogLocked, match=f"writer, process {os.getpid()}"):
        log.writer("t")
    log.writer("t").close()


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


def test_writer_when_the_disk_is_full_refuses_until_opened_again(log, monkeypatch):
    append(log, b"first")
    writer, room, write = log.writer("t"), 50, os.write

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
    assert values(log) == [b"first"]
    append(log, b"second")
    assert values(log) == [b"first", b"second"]


def test_writer_when_a_flush_fails_never_claims_that_a_later_one_worked(log, monkeypatch):
    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with closing(log.writer("t")) as writer:
        writer.append(b"first")
        with monkeypatch.context() as patch:
            patch.setattr(local_writer.os, "fdatasync", fail)
            with pytest.raises(LogUnavailable, match="a flush failed: Input/output error"):
                writer.flush()
        for again in (writer.flush, lambda: writer.append(b"second")):
            with pytest.raises(LogError, match="cannot go on: a flush failed"):
                again()


def test_writer_when_interrupted_in_mid_append_refuses_to_go_on(log, monkeypatch):
    """It wrote, but did not count: the next record would get the same offset."""

    def interrupted(fd: int, data: bytes) -> int:
        write(fd, data)
        raise KeyboardInterrupt

    write = os.write
    with closing(log.writer("t")) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(local_writer.os, "write", interrupted)
            with pytest.raises(KeyboardInterrupt):
                writer.append(b"first")
        with pytest.raises(LogError, match="a write was interrupted"):
            writer.append(b"second")
    append(log, b"second")
    assert values(log) == [b"first", b"second"]


def test_log_when_used_holds_no_file_longer_than_needed(log):
    def held() -> list[str]:
        places = (os.path.realpath(link) for link in Path("/proc/self/fd").iterdir())
        return [place for place in places if place.startswith(str(log._root))]

    append(log, *(b"%d" % n * 20 for n in range(40)))
    assert len(values(log)) == 40
    log.end_offset("t")
    with pytest.raises(OffsetOutOfRange):
        log.reader("t", 0, 41)
    with closing(log.reader("t")) as reader:
        for offset in (0, 39, 3):
            reader.seek(offset)
        with pytest.raises(OffsetOutOfRange):
            reader.seek(99)
        assert len(held()) == 1
    with closing(log.writer("t")) as writer:
        with pytest.raises(LogLocked):
            log.writer("t")
        assert len(held()) == 2
        writer.append(b"x" * 600)
        writer.append(b"x" * 600)
        assert len(held()) == 2
    segments(log)[-1].write_bytes(b"")
    for ask in (log.writer, lambda topic: log.reader(topic, 0, 42), log.end_offset):
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


def test_create_when_there_are_no_partitions_refuses(log):
    with pytest.raises(LogError, match="at least one partition, not 0"):
        log.create("other", 0)


def test_log_when_the_directory_cannot_be_used_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LogUnavailable, match="File exists"):
        LocalLog(tmp_path / "file").create("t")


def test_record_when_encoded_is_no_longer_than_promised():
    assert len(encode(0, 0, 0, b"abc", key=None, headers=())) == HEAD_BYTES + 3
