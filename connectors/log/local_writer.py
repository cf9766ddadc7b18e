"""The one writer of a local partition.

Every append goes to the operating system at once: readers see it, and a killed process loses
nothing it appended. Only a power cut takes what `flush` had not yet made durable.
"""

import fcntl
import os
import time
from pathlib import Path

from connectors.log.abstract import (
    FLUSH_TIMEOUT_S,
    Headers,
    LogCorrupt,
    LogError,
    LogLocked,
    LogUnavailable,
    check_size,
)
from connectors.log.local_record import encode
from connectors.log.local_segment import (
    HEADER_BYTES,
    Segment,
    create_segment,
    disk_errors,
    segment_bases,
    segment_path,
)


class LocalWriter:
    """Appends to one partition under an exclusive lock.

    Opening cuts off a torn record at the end, all that a crash can leave behind; `torn_bytes` says
    how much that was.

    Args:
        directory: the partition's directory.
        segment_bytes: a segment that has reached this size is followed by a new one.

    Raises:
        LogLocked: the partition has a writer.
        LogCorrupt: bytes before the last record are damaged.
    """

    def __init__(self, directory: Path, segment_bytes: int) -> None:
        self._directory = directory
        self._segment_bytes = segment_bytes
        self._fault: str | None = None
        self._fd = -1
        with disk_errors(directory):
            self._lock_fd = _lock(directory)
            try:
                self.torn_bytes = self._open_end(segment_bases(directory)[-1])
            except BaseException:
                self.close()
                raise

    def append(self, value: bytes, key: bytes | None = None, headers: Headers = ()) -> None:
        """Write one record to the operating system."""
        check_size(value, key, headers)
        if self._size >= self._segment_bytes:
            self._roll()
        now_ms = time.time_ns() // 1_000_000
        data = encode(self._salt, self._next, now_ms, value, key=key, headers=headers)
        self._start("a write")
        try:
            written = os.write(self._fd, data)
            while written < len(data):
                written += os.write(self._fd, data[written:])
        except OSError as error:
            raise self._failed("a write", error) from error
        self._size += len(data)
        self._next += 1
        self._fault = None

    def flush(self, timeout_s: float = FLUSH_TIMEOUT_S) -> None:  # noqa: ARG002 - disks take none
        """Return when every appended record is on the disk."""
        self._start("a flush")
        try:
            os.fdatasync(self._fd)
        except OSError as error:
            # The kernel may have dropped the pages, and a second call would report success.
            raise self._failed("a flush", error) from error
        self._fault = None

    def end_offset(self) -> int:
        """Offset the next record will get."""
        return self._next

    def close(self) -> None:
        """Close the file and release the lock."""
        self._fault = "it is closed"
        for fd in (self._fd, self._lock_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._lock_fd = -1

    def _open_end(self, base: int) -> int:
        """Open the last segment behind its last whole record; return the bytes cut off there."""
        with Segment(self._directory, base) as segment:
            self._salt = segment.salt
            self._size, self._next = segment.walk(HEADER_BYTES, base)
            torn_bytes = segment.size() - self._size
            if torn_bytes and segment.next_record(self._size, segment.size(), base) is not None:
                message = (
                    f"{segment.path}: damaged record at byte {self._size}, where offset "
                    f"{self._next} should be; sound records follow it"
                )
                raise LogCorrupt(message)
        self._fd = os.open(segment_path(self._directory, base), os.O_WRONLY | os.O_APPEND)
        if torn_bytes:
            os.ftruncate(self._fd, self._size)
        # What readers saw of a killed writer's records must be durable before more is built on it.
        os.fdatasync(self._fd)
        return torn_bytes

    def _roll(self) -> None:
        """Begin a new segment; the finished one is durable first."""
        self.flush()
        self._start("a new segment")
        try:
            create_segment(self._directory, self._next)
            finished, self._fd = self._fd, -1
            os.close(finished)
            self._open_end(self._next)
        except OSError as error:
            raise self._failed("a new segment", error) from error
        self._fault = None

    def _start(self, step: str) -> None:
        """Refuse if something failed before; until the step is over, that something is this step.

        An exception out of nowhere, say from a signal handler, may strike between the write and
        the count of it; the writer then no longer knows its own end.
        """
        if self._fault is not None:
            message = f"{self._directory}: this writer cannot go on: {self._fault}"
            raise LogError(message)
        self._fault = f"{step} was interrupted; open another writer"

    def _failed(self, step: str, error: OSError) -> LogUnavailable:
        self._fault = f"{step} failed ({error.strerror}); open another writer"
        return LogUnavailable(f"{self._directory}: {step} failed: {error.strerror}")


def _lock(directory: Path) -> int:
    """Take the partition's lock and return its file descriptor; the kernel frees a dead owner's."""
    fd = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d\n" % os.getpid(), 0)
    except BlockingIOError:
        owner = os.pread(fd, 20, 0).decode().strip() or "unknown"
        os.close(fd)
        message = f"{directory}: partition already has a writer, process {owner}"
        raise LogLocked(message) from None
    except BaseException:
        os.close(fd)
        raise
    return fd
