"""Files: compression seen for what it is, lines cut right, damage told in one line."""

import gzip
import os
from itertools import pairwise

import pyarrow as pa
import pytest

from connectors.bad_file import BadFile
from connectors.files import ByteSource


def lines_of(path, size):
    return [(block.line, block.data) for block in ByteSource(path).blocks(size)]


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstd])
@pytest.mark.parametrize("name", ["a.csv", "a"])
def test_file_when_compressed_under_a_plain_name_is_unpacked(tmp_path, pack, name):
    path = tmp_path / name
    path.write_bytes(pack(b"one\ntwo\n"))
    assert lines_of(path, 1000) == [(1, b"one\ntwo\n")]


def test_file_when_of_several_gzip_members_is_read_to_its_end(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert b"".join(data for _, data in lines_of(path, 3)) == b"one\ntwo\n"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 100])
def test_blocks_when_of_any_size_hold_whole_lines_with_their_numbers(tmp_path, size):
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n\nlonger line\nb\nlast")
    blocks = lines_of(path, size)
    assert b"".join(data for _, data in blocks) == path.read_bytes()
    for (line, data), (following, _) in pairwise(blocks):
        assert data.endswith(b"\n")
        assert following == line + data.count(b"\n")


@pytest.mark.parametrize(("name", "kind"), [("a.csv.gz", "gzip"), ("a.jsonl.zst", "zstd")])
def test_file_when_not_compressed_as_it_is_named_is_a_bad_file(tmp_path, name, kind):
    path = tmp_path / name
    path.write_bytes(b"ts,symbol,bid,ask\n")
    with pytest.raises(BadFile, match=rf"{name}: is not a {kind} file"):
        ByteSource(path)


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_file_when_cut_short_is_a_bad_file_after_its_good_part(tmp_path, pack):
    path = tmp_path / "a.csv"
    data = os.urandom(300_000).hex().encode()
    path.write_bytes(pack(data)[:100_000])
    with pytest.raises(BadFile, match=r"a.csv: cannot be read: "):
        lines_of(path, 10_000)


def test_file_when_missing_is_a_bad_file(tmp_path):
    with pytest.raises(BadFile, match=r"none.csv: cannot be read: no such file"):
        ByteSource(tmp_path / "none.csv")


def test_line_when_endless_is_a_bad_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"one\n" + b"x" * (20 << 20))
    with pytest.raises(BadFile, match=r"a.csv:2: a line is longer than"):
        lines_of(path, 1 << 22)


def test_pipe_when_given_for_a_file_is_read(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    pid = os.fork()
    if not pid:
        path.write_bytes(gzip.compress(b"one\ntwo\n"))
        os._exit(0)
    assert lines_of(path, 100) == [(1, b"one\ntwo\n")]
    os.waitpid(pid, 0)


def test_progress_when_a_file_is_read_reaches_its_size(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"one\n" * 1000)
    source = ByteSource(path)
    assert source.size == 4000
    seen = [source.done for _ in source.blocks(1000)]
    assert seen == sorted(seen)
    assert source.done == source.size
