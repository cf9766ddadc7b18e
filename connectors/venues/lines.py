"""Files of lines: one side appends and the other reads, and either may die at any time."""

import fcntl
import os
from pathlib import Path

_CHUNK = 1 << 20


def append_line(path: Path, line: bytes) -> None:
    """Append a line, durably; several processes may.

    Raises:
        OSError: it cannot be written.
    """
    assert b"\n" not in line, "a line is one"
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)  # half of another's line would look torn
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        whole = (b"\n" if torn else b"") + line + b"\n"
        written = os.write(handle, whole)
        os.fsync(handle)
    finally:
        os.close(handle)
    if written < len(whole):
        raise OSError(28, "the disk is full")


class LineReader:
    """Reads whole lines from an offset on; what has no end yet is left for later.

    Args:
        path: need not be there yet.
        offset: of the next line.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self.offset = offset

    def to_end(self) -> None:
        """Leave out what is there; a last line without an end is read when it has one."""
        while self.read():
            pass

    def read(self) -> list[bytes]:
        """Return the lines that have come; a file that became shorter is another one."""
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self.offset:
                    self.offset = 0
                file.seek(self.offset)
                found = file.read(_CHUNK)
                if len(found) == _CHUNK and b"\n" not in found:
                    found += file.readline()
        except FileNotFoundError:
            return []
        whole, end, _ = found.rpartition(b"\n")
        self.offset += len(whole) + len(end)
        return whole.split(b"\n") if end else []
