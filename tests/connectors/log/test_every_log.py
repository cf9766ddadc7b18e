"""What a log promises, asked of every backend."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.log.abstract import (
    MAX_RECORD_BYTES,
    Log,
    LogError,
    LogReader,
    OffsetOutOfRange,
    Record,
    RecordTooLarge,
    UnknownTopic,
)

PATIENCE_S = 20.0

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
bodies = st.tuples(
    st.binary(max_size=300),
    st.none() | st.binary(max_size=20),
    st.lists(st.tuples(names, st.binary(max_size=20)), max_size=3).map(tuple),
)


def fill(log: Log, topic: str, count: int, partition: int = 0) -> None:
    with closing(log.writer(topic, partition)) as writer:
        for number in range(count):
            writer.append(b"value %d" % number)
        writer.flush()


def take(reader: LogReader, count: int, at_once: int = 1000) -> list[Record]:
    """The next `count` records."""
    records: list[Record] = []
    deadline = time.monotonic() + PATIENCE_S
    while len(records) < count:
        assert time.monotonic() < deadline, f"{len(records)} of {count} records"
        records += reader.read(min(at_once, count - len(records)), 1.0)
    return records


def read_all(log: Log, topic: str, offset: int = 0) -> list[Record]:
    with closing(log.reader(topic, 0, offset)) as reader:
        records = take(reader, log.end_offset(topic) - offset)
        assert reader.read(1, 0.05) == []
        return records


def test_reader_when_records_were_appended_delivers_every_part_of_them(log, topic):
    headers = (("seq", b"7"), ("größe", b"\x00\xff"), ("seq", b""))
    before_ms = time.time_ns() // 1_000_000
    with closing(log.writer(topic)) as writer:
        writer.append(b"\x00binary\xff", key=b"account", headers=headers)
        writer.append(b"")
        writer.append(b"empty key", key=b"")
        writer.flush()
    after_ms = time.time_ns() // 1_000_000
    records = read_all(log, topic)
    assert [record[:4] for record in records] == [
        (0, b"account", b"\x00binary\xff", headers),
        (1, None, b"", ()),
        (2, b"", b"empty key", ()),
    ]
    assert all(before_ms <= record.timestamp_ms <= after_ms for record in records)


def test_reader_when_opened_at_any_offset_delivers_the_rest(log, topic):
    fill(log, topic, 12)
    for offset in range(13):
        assert [record.offset for record in read_all(log, topic, offset)] == [*range(offset, 12)]


def test_reader_when_nothing_is_there_returns_nothing_after_the_timeout(log, topic):
    fill(log, topic, 1)
    with closing(log.reader(topic, 0, 1)) as reader:
        for timeout_s in (0.0, 0.3):
            started = time.monotonic()
            assert reader.read(10, timeout_s) == []
            assert timeout_s - 0.01 <= time.monotonic() - started < timeout_s + 2


def test_reader_when_a_record_comes_later_returns_it_at_once(log, topic):
    with closing(log.reader(topic)) as reader, closing(log.writer(topic)) as writer:
        assert reader.read(1, 0.01) == []
        timer = threading.Timer(0.3, lambda: (writer.append(b"late"), writer.flush()))
        timer.start()
        started = time.monotonic()
        assert [record.value for record in reader.read(1000, PATIENCE_S)] == [b"late"]
        assert time.monotonic() - started < PATIENCE_S / 2
        timer.join()


def test_reader_when_asked_for_some_records_returns_no_more(log, topic):
    fill(log, topic, 10)
    with closing(log.reader(topic)) as reader:
        offsets = []
        while len(offsets) < 10:
            records = reader.read(3, PATIENCE_S)
            assert 1 <= len(records) <= 3
            offsets += [record.offset for record in records]
            assert reader.position == len(offsets)
    assert offsets == [*range(10)]


def test_reader_when_moved_continues_there(log, topic):
    fill(log, topic, 100)
    with closing(log.reader(topic)) as reader:
        take(reader, 50)
        for offset in (3, 99, 0, 40, 41):
            reader.seek(offset)
            assert reader.position == offset
            assert take(reader, 1)[0].offset == offset
        reader.seek(100)
        assert reader.read(1, 0.05) == []
        fill(log, topic, 1)
        assert take(reader, 1)[0].offset == 100


@pytest.mark.parametrize("offset", [-1, -2, 11, 10_000])
def test_reader_when_the_offset_is_not_in_the_log_refuses(log, topic, offset):
    fill(log, topic, 10)
    with pytest.raises(OffsetOutOfRange, match=f"offset {offset} is not in 0 to 10"):
        log.reader(topic, 0, offset)
    with closing(log.reader(topic, 0, 4)) as reader:
        with pytest.raises(OffsetOutOfRange):
            reader.seek(offset)
        assert take(reader, 1)[0].offset == 4


def test_readers_when_there_are_several_go_their_own_ways(log, topic):
    fill(log, topic, 20)
    with closing(log.reader(topic)) as first, closing(log.reader(topic, 0, 10)) as second:
        assert take(first, 5)[-1].offset == 4
        assert take(second, 10)[-1].offset == 19
        assert take(first, 1)[0].offset == 5


def test_offsets_when_records_were_flushed_are_exact(log, topic):
    assert (log.start_offset(topic), log.end_offset(topic)) == (0, 0)
    with closing(log.writer(topic)) as writer:
        assert writer.end_offset() == 0
        for number in range(7):
            writer.append(b"%d" % number)
        writer.flush()
        assert writer.end_offset() == 7
    assert (log.start_offset(topic), log.end_offset(topic)) == (0, 7)


def test_writer_when_opened_again_continues_at_the_end(log, topic):
    for end in (3, 6, 9):
        fill(log, topic, 3)
        assert log.end_offset(topic) == end
    assert [record.offset for record in read_all(log, topic)] == [*range(9)]


def test_partitions_when_written_apart_have_offsets_of_their_own(log, new_topic):
    log.create(new_topic, 3)
    assert log.partitions(new_topic) == 3
    for partition in range(3):
        fill(log, new_topic, partition, partition)
    assert [log.end_offset(new_topic, partition) for partition in range(3)] == [0, 1, 2]


def test_create_when_the_topic_exists_changes_nothing(log, topic):
    fill(log, topic, 2)
    log.create(topic)
    assert log.end_offset(topic) == 2
    with pytest.raises(LogError, match="has 1 partitions, not 2"):
        log.create(topic, 2)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../up", "ü", "a b", "a\n", "x" * 201])
def test_create_when_the_name_is_bad_refuses(log, name):
    with pytest.raises(LogError, match="bad topic name"):
        log.create(name)


def test_topic_when_unknown_is_refused(log, topic):
    unknown = topic + "-not"
    for ask in (log.partitions, log.start_offset, log.end_offset, log.reader, log.writer):
        with pytest.raises(UnknownTopic):
            ask(unknown)
    for ask in (log.end_offset, log.reader, log.writer):
        with pytest.raises(UnknownTopic):
            ask(topic, 1)
        with pytest.raises(UnknownTopic):
            ask(topic, -1)


def test_writer_when_a_record_is_too_large_refuses_and_goes_on(log, topic):
    largest = os.urandom(MAX_RECORD_BYTES)
    with closing(log.writer(topic)) as writer:
        writer.append(b"before")
        for value, key, headers in (
            (largest + b"x", None, ()),
            (largest, b"k", ()),
            (largest, None, (("h", b""),)),
        ):
            with pytest.raises(RecordTooLarge):
                writer.append(value, key, headers)
        writer.append(largest)
        writer.append(largest[40:], b"key", (("h", b"v"),))
        writer.append(b"after")
        writer.flush()
    values = [record.value for record in read_all(log, topic)]
    assert values == [b"before", largest, largest[40:], b"after"]


def test_reader_and_writer_when_closed_refuse(log, topic):
    fill(log, topic, 1)
    reader, writer = log.reader(topic), log.writer(topic)
    for end in (reader, writer):
        end.close()
        end.close()
    with pytest.raises(LogError, match="closed"):
        reader.read(1, 0)
    with pytest.raises(LogError, match="closed"):
        reader.seek(0)
    with pytest.raises(LogError, match="closed"):
        writer.append(b"")
    with pytest.raises(LogError, match="closed"):
        writer.flush()


def test_readers_when_following_a_writer_see_every_record_once_in_order(log, topic):
    count, found = 5_000, {}

    def follow(name: int) -> None:
        with closing(log.reader(topic)) as reader:
            found[name] = take(reader, count, at_once=1 + 500 * name)

    readers = [threading.Thread(target=follow, args=(name,)) for name in range(2)]
    for reader in readers:
        reader.start()
    with closing(log.writer(topic)) as writer:
        for number in range(count):
            writer.append(b"%d" % number)
        writer.flush()
        for reader in readers:
            reader.join()
    for records in found.values():
        assert [(r.offset, r.value) for r in records] == [(n, b"%d" % n) for n in range(count)]


WRITE_AND_WAIT = """
import sys
from connectors.log.open import open_log
writer = open_log(sys.argv[1]).writer(sys.argv[2])
for number in range(500):
    writer.append(b"%d" % number)
writer.flush()
writer.append(b"not flushed")
print("flushed", flush=True)
sys.stdin.read()
"""


def test_writer_when_killed_leaves_what_it_flushed(log, log_url, topic):
    command = [sys.executable, "-c", WRITE_AND_WAIT, log_url, topic]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": "."}, **pipes) as process:
        assert process.stdout.readline() == b"flushed\n"
        process.send_signal(signal.SIGKILL)
    fill(log, topic, 1)
    records = read_all(log, topic)
    assert [record.value for record in records[:500]] == [b"%d" % n for n in range(500)]
    assert records[-1].value == b"value 0"
    assert {record.value for record in records[500:-1]} <= {b"not flushed"}


def test_reader_when_reading_in_any_steps_delivers_what_was_appended(log, topic):
    with closing(log.writer(topic)) as writer, closing(log.reader(topic)) as reader:

        @settings(max_examples=50)
        @given(st.lists(bodies, min_size=1, max_size=30), st.integers(1, 31))
        def check(wanted, at_once):
            start = reader.position
            for body in wanted:
                writer.append(*body)
            writer.flush()
            records = take(reader, len(wanted), at_once)
            assert [(r.value, r.key, r.headers) for r in records] == wanted
            assert [r.offset for r in records] == [*range(start, start + len(wanted))]

        check()
