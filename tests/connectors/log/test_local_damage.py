"""A local log after a crash, and after worse: what is repaired, what is refused."""

import os
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.log.abstract import (
    LogCorrupt,
    OffsetOutOfRange,
)
from connectors.log.local import LocalLog
from connectors.log.local_record import HEAD_BYTES, encode
from connectors.log.local_segment import HEADER_BYTES
from tests.connectors.log.local_kit import BODIES, append, positions, segments, values


def test_writer_when_the_last_record_is_cut_anywhere_drops_just_that(small_log):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    whole = file.read_bytes()
    start = positions(file)[-2]
    for cut in range(start, len(whole)):
        file.write_bytes(whole[:cut])
        assert values(small_log) == [*BODIES[:2]]
        with closing(small_log.writer("t")) as writer:
            assert writer.torn_bytes == cut - start
            assert writer.end_offset() == 2
            writer.append(b"new")
        assert values(small_log) == [*BODIES[:2], b"new"]


def test_writer_when_any_byte_of_the_last_record_is_wrong_drops_just_that(small_log):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    whole = file.read_bytes()
    start = positions(file)[-2]
    for at in range(start, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        file.write_bytes(damaged)
        assert values(small_log) == [*BODIES[:2]]
        with closing(small_log.writer("t")) as writer:
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
def test_writer_when_junk_is_behind_the_last_record_drops_it(small_log, junk):
    append(small_log, *BODIES)
    with segments(small_log)[0].open("ab") as file:
        file.write(junk)
    assert values(small_log) == [*BODIES]
    with closing(small_log.writer("t")) as writer:
        assert writer.torn_bytes == len(junk)
    append(small_log, b"new")
    assert values(small_log) == [*BODIES, b"new"]


@pytest.mark.parametrize("record", [0, 1])
def test_log_when_any_byte_before_the_last_record_is_wrong_refuses(small_log, record):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    whole = file.read_bytes()
    start, end = positions(file)[record : record + 2]
    for at in range(start, end):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        file.write_bytes(damaged)
        place = rf"{file.name}: damaged .*byte {start}, where offset {record} should be"
        with pytest.raises(LogCorrupt, match=place):
            small_log.writer("t")
        with pytest.raises(LogCorrupt, match=place):
            values(small_log)
        assert file.read_bytes() == damaged


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 0, 1), (0, 2, 1), (0, 2), (0, 1, 1)])
def test_log_when_sound_records_are_out_of_order_refuses(small_log, order):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    whole, starts = file.read_bytes(), positions(file)
    pieces = [whole[starts[number] : starts[number + 1]] for number in order]
    file.write_bytes(whole[:HEADER_BYTES] + b"".join(pieces))
    with pytest.raises(LogCorrupt):
        small_log.writer("t")
    with pytest.raises(LogCorrupt):
        values(small_log)


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


def test_log_when_an_earlier_segment_is_damaged_anywhere_refuses(small_log):
    append(small_log, *(b"%d" % n * 20 for n in range(40)))
    first, second = segments(small_log)[:2]
    whole = first.read_bytes()
    cuts = [*range(HEADER_BYTES, len(whole), 7), *positions(first)[1:-1]]
    for cut in cuts:
        first.write_bytes(whole[:cut])
        with pytest.raises(LogCorrupt, match=rf"{first.name}: damaged"):
            values(small_log)
    for at in range(HEADER_BYTES, len(whole), 3):
        first.write_bytes(whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :])
        with pytest.raises(LogCorrupt, match=rf"{first.name}: damaged"):
            values(small_log)
    first.write_bytes(whole)
    second.unlink()
    with pytest.raises(LogCorrupt, match=rf"{first.name}: damaged"):
        values(small_log)
    first.unlink()
    with pytest.raises(OffsetOutOfRange):
        small_log.reader("t", 0, 0)


def test_log_when_a_segment_header_is_damaged_refuses(small_log):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    whole = file.read_bytes()
    for damaged in (
        whole[: HEADER_BYTES - 1],
        b"",
        b"x" + whole[1:],
        whole[:9] + b"x" + whole[10:],
    ):
        file.write_bytes(damaged)
        for ask in (small_log.writer, small_log.reader, small_log.end_offset):
            with pytest.raises(LogCorrupt, match="damaged header"):
                ask("t")
    file.write_bytes(whole)
    file.rename(file.with_name(f"{7:020d}.log"))
    with pytest.raises(LogCorrupt, match="begins with offset 0, its name says 7"):
        small_log.reader("t")
    file.with_name(f"{7:020d}.log").unlink()
    with pytest.raises(LogCorrupt, match="no segment files"):
        small_log.reader("t")


def test_writer_when_a_torn_value_holds_records_of_another_segment_drops_it(small_log, tmp_path):
    """A log kept in a log: without the salt, the inner records would pass for damage."""
    inner = b"".join(encode(7, n, 0, b"inner", key=None, headers=()) for n in range(9))
    append(small_log, b"first", b"x" + inner)
    (file,) = segments(small_log)
    os.truncate(file, file.stat().st_size - 3)
    append(small_log, b"new")
    assert values(small_log) == [b"first", b"new"]


def test_reader_when_the_file_shrank_below_it_refuses(small_log):
    append(small_log, *BODIES)
    (file,) = segments(small_log)
    with closing(small_log.reader("t", 0, 3)) as reader:
        assert reader.read(1, 0) == []
        os.truncate(file, positions(file)[1])
        with pytest.raises(LogCorrupt, match="offset 3 should be"):
            reader.read(1, 0)
