"""Segment files: a partition's records, cut into files of a bounded size.

A file is named after the offset of its first record and begins with a header of magic bytes,
format version, salt, that offset, and a checksum of these. It appears under its name complete and
durable, and only after everything before it is durable: so a torn record can only be at the end of
the last file, and anything else that does not read is damage.

There is no index. Each record carries a marker, its own offset and a salted checksum, so a search
can jump anywhere in a file, find the next record and bisect.
"""

import os
import re
import secrets
import struct
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from connectors.log.abstract import LogCorrupt, LogError, LogUnavailable
from connectors.log.local_record import HEAD_BYTES, LARGEST, MARKER, claim, decode, sound

SEGMENT_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = LARGEST + 4096
"""One read of this size always holds a whole record."""

_MAGIC = b"hw-log\r\n"
_VERSION = 1
_HEADER = struct.Struct("<8sIIQ")
_CHECKSUM = struct.Struct("<I")
HEADER_BYTES = _HEADER.size + _CHECKSUM.size
_NAME = re.compile(r"(\d{20})\.log")
_PROBE_BYTES = 64 * 1024


class Segment:
    """One segment file, open for reading.

    Args:
        directory: the partition's directory.
        base: offset of the first record.
    """

    def __init__(self, directory: Path, base: int) -> None:
        self.path = segment_path(directory, base)
        self.base = base
        self._fd = os.open(self.path, os.O_RDONLY)
        try:
            self.salt = _read_header(self.path, os.pread(self._fd, HEADER_BYTES, 0), base)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def size(self) -> int:
        """Bytes in the file now."""
        return os.fstat(self._fd).st_size

    def read(self, at: int, length: int) -> bytes:
        """Return up to `length` bytes from position `at`."""
        return os.pread(self._fd, length, at)

    def locate(self, offset: int) -> tuple[int, int]:
        """Return position and offset of the record `offset`, or of the end if it is not there."""
        low, low_offset = HEADER_BYTES, self.base
        high = self.size()
        while high - low > 2 * _PROBE_BYTES:
            middle = (low + high) // 2
            found = self.next_record(middle, high, low_offset + 1)
            if found is None or found[1] > offset:
                high = middle
            else:
                low, low_offset = found
        return self.walk(low, low_offset, offset)

    def walk(self, at: int, offset: int, until: int | None = None) -> tuple[int, int]:
        """Check records one by one from `at`; return where the first is that is bad or `until`."""
        while until is None or offset < until:
            data = self.read(at, CHUNK_BYTES)
            wanted = len(data) if until is None else until - offset
            records, length = decode(data, 0, self.salt, offset, wanted)
            if not records:
                break
            at += length
            offset += len(records)
        return at, offset

    def next_record(self, start: int, stop: int, least: int) -> tuple[int, int] | None:
        """Find the first whole record that begins in `start` to `stop`.

        Args:
            start: position to search from.
            stop: position to search to.
            least: lowest offset it can have.

        Returns:
            Its position and offset, or None.
        """
        most = least + (stop - HEADER_BYTES) // HEAD_BYTES
        while start < stop:
            data = self.read(start, _PROBE_BYTES)
            at = data.find(MARKER)
            while at >= 0 and start + at < stop:
                head = data[at : at + HEAD_BYTES]
                if len(head) < HEAD_BYTES:
                    head = self.read(start + at, HEAD_BYTES)
                claimed = claim(head, 0)
                if claimed is not None and least <= claimed[0] <= most:
                    record = self.read(start + at, claimed[1])
                    if len(record) == claimed[1] and sound(record, self.salt):
                        return start + at, claimed[0]
                at = data.find(MARKER, at + 1)
            if len(data) < _PROBE_BYTES:
                break
            start += len(data) - len(MARKER) + 1
        return None


def segment_path(directory: Path, base: int) -> Path:
    """Return the name of the segment that begins with offset `base`."""
    return directory / f"{base:020d}.log"


def segment_bases(directory: Path) -> list[int]:
    """Return the first offsets of the partition's segments in order; there is always one."""
    names = (_NAME.fullmatch(path.name) for path in directory.iterdir())
    bases = sorted(int(name[1]) for name in names if name)
    if not bases:
        message = f"{directory}: the partition has no segment files"
        raise LogCorrupt(message)
    return bases


def create_segment(directory: Path, base: int) -> None:
    """Make an empty segment, durable before it can be seen."""
    header = _HEADER.pack(_MAGIC, _VERSION, secrets.randbits(32), base)
    draft = directory / "segment.new"
    with draft.open("wb") as file:
        file.write(header + _CHECKSUM.pack(zlib.crc32(header)))
        file.flush()
        os.fsync(file.fileno())
    draft.rename(segment_path(directory, base))
    sync_directory(directory)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def bounds(directory: Path) -> tuple[int, int]:
    """Return the partition's first offset and its end."""
    with disk_errors(directory):
        bases = segment_bases(directory)
        with Segment(directory, bases[-1]) as segment:
            return bases[0], segment.locate(sys.maxsize)[1]


@contextmanager
def disk_errors(directory: Path) -> Iterator[None]:
    """Raise what the operating system reports as `LogUnavailable`."""
    try:
        yield
    except OSError as error:
        message = f"{error.filename or directory}: {error.strerror}"
        raise LogUnavailable(message) from error


def _read_header(path: Path, header: bytes, base: int) -> int:
    """Check the file's header and return its salt."""
    front, checksum = header[: _HEADER.size], header[_HEADER.size :]
    if len(header) < HEADER_BYTES or _CHECKSUM.pack(zlib.crc32(front)) != checksum:
        message = f"{path}: damaged header of the segment, byte 0"
        raise LogCorrupt(message)
    magic, version, salt, found_base = _HEADER.unpack(front)
    if magic != _MAGIC or version != _VERSION:
        message = f"{path}: not a log segment of format version {_VERSION}"
        raise LogError(message)
    if found_base != base:
        message = f"{path}: begins with offset {found_base}, its name says {base}"
        raise LogCorrupt(message)
    return int(salt)
