"""Follows one local partition, from any process, without a lock.

A writer appends whole records, so what reads as a sound record is final. What does not is either
the end of a record being written, and the reader waits, or damage, and it refuses.
"""

import time
from pathlib import Path

from connectors.log.abstract import LogCorrupt, LogError, OffsetOutOfRange, Record
from connectors.log.local_record import decode
from connectors.log.local_segment import (
    CHUNK_BYTES,
    HEADER_BYTES,
    Segment,
    bounds,
    disk_errors,
    segment_bases,
    segment_path,
)

_PAUSE_MIN_S = 0.000_05
_PAUSE_MAX_S = 0.001


class LocalReader:
    """Reads one partition from an offset on.

    Args:
        directory: the partition's directory.
        offset: of the first record to deliver; the end is allowed.
    """

    def __init__(self, directory: Path, offset: int) -> None:
        self._directory = directory
        self._segment: Segment | None = None
        self._data = b""  # bytes read from the file, `_at` of them delivered
        self._at = 0
        self._start = 0  # position in the file of the first byte of `_data`
        self._next = offset
        self._sealed = False  # another segment followed when this one was opened
        self._examined = -1  # size of the file when its unreadable end was last looked at
        self._go(offset)

    @property
    def position(self) -> int:
        """Offset of the next record to be delivered."""
        return self._next

    @property
    def known_end(self) -> int:
        """Offset after the last record."""
        return bounds(self._directory)[1]

    def read(self, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records; wait for the first up to `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        pause = _PAUSE_MIN_S
        with disk_errors(self._directory):
            while True:
                records = self._take(max_records)
                left = deadline - time.monotonic() if not records else 0.0
                if left <= 0:
                    return records
                time.sleep(min(pause, left))
                pause = min(2 * pause, _PAUSE_MAX_S)

    def seek(self, offset: int) -> None:
        """Continue from `offset`; where that fails, stay."""
        if self._segment is None:
            raise self._is_closed()
        self._go(offset)

    def note(self, offset: int) -> None:
        """Do nothing: a directory has no tools that would ask."""

    def close(self) -> None:
        """Close the file."""
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def _go(self, offset: int) -> None:
        """Open the segment that holds `offset` and stand before it."""
        with disk_errors(self._directory):
            bases = segment_bases(self._directory)
            base = max((base for base in bases if base <= offset), default=bases[0])
            with Segment(self._directory, base) as segment:
                at, found = segment.locate(offset)
            if found != offset and bases[0] <= offset and base != bases[-1]:
                raise _damaged(segment, at, found)
            if found != offset:
                start, end = bounds(self._directory)
                message = f"{self._directory}: offset {offset} is not in {start} to {end}"
                raise OffsetOutOfRange(message)
            self._enter(Segment(self._directory, base), at, offset)

    def _take(self, max_records: int) -> list[Record]:
        """Return what is there now."""
        segment = self._segment
        if segment is None:
            raise self._is_closed()
        records, self._at = decode(self._data, self._at, segment.salt, self._next, max_records)
        if not records:
            # Bytes left of an unfinished record are read again with the rest of it: a new writer
            # may have replaced them.
            self._start += self._at
            size = segment.size()
            self._data = segment.read(self._start, max(0, min(size - self._start, CHUNK_BYTES)))
            records, self._at = decode(self._data, 0, segment.salt, self._next, max_records)
            if not records and self._turn_over(segment, size):
                return self._take(max_records)
        self._next += len(records)
        return records

    def _turn_over(self, segment: Segment, size: int) -> bool:
        """Go on to the next segment if this one is at its end; refuse damage."""
        if size == self._start and self._next_is_there(segment):
            self._enter(Segment(self._directory, self._next), HEADER_BYTES, self._next)
            return True
        if size == self._start and not self._sealed:
            return False
        if size != self._examined:
            self._examine(segment, size)
            self._examined = size
        return False

    def _examine(self, segment: Segment, size: int) -> None:
        """Refuse if what is behind the last sound record cannot be one being written."""
        followed = segment.next_record(self._start, size, segment.base) is not None
        sealed = segment_bases(self._directory)[-1] > segment.base
        if not followed and not sealed and size >= self._start:
            return
        # The writer may have finished the record since it was read: look once more.
        data = segment.read(self._start, CHUNK_BYTES)
        finished = decode(data, 0, segment.salt, self._next, 1)[0]
        if not finished and not self._next_is_there(segment):
            raise _damaged(segment, self._start, self._next)

    def _next_is_there(self, segment: Segment) -> bool:
        """Say whether the record awaited begins another segment."""
        following = segment_path(self._directory, self._next)
        return self._next > segment.base and following.exists()

    def _enter(self, segment: Segment, at: int, offset: int) -> None:
        """Read from this segment on."""
        self.close()
        self._segment = segment
        self._start, self._next = at, offset
        self._data, self._at = b"", 0
        self._sealed = segment_bases(self._directory)[-1] > segment.base
        self._examined = -1

    def _is_closed(self) -> LogError:
        return LogError(f"{self._directory}: the reader is closed")


def _damaged(segment: Segment, at: int, offset: int) -> LogCorrupt:
    return LogCorrupt(f"{segment.path}: damaged at byte {at}, where offset {offset} should be")
