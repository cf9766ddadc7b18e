"""Fill, read and take apart a local log."""

from contextlib import closing
from pathlib import Path

from connectors.log.local import LocalLog
from connectors.log.local_segment import HEADER_BYTES, Segment

BODIES = (b"first", b"", b"third" * 10)


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
