"""The journal topic: frames that follow each other without a gap, and what can be told of them."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import NamedTuple

import orjson

from connectors.genesis import Genesis
from connectors.inputs import Source
from connectors.log.abstract import Log, LogReader, LogWriter, Record
from connectors.sequencer import Letter, Sequenced
from schemas.frames import Frame, FrameBuilder
from schemas.topics import DEAD_LETTERS, JOURNAL

SEQUENCER_PARTITION = 0
"""Partition of the dead letters the sequencer writes."""
REJECTIONS_PARTITION = 1
"""Partition of the dead letters of entries that their accounts refused."""
_RECORDS = 64
_PATIENCE_S = 0.5


class JournalGap(Exception):  # noqa: N818 - named after what it is
    """A frame does not continue the one before: reading on would skip or repeat entries."""


class Entry(NamedTuple):
    """One record of the journal.

    Attributes:
        offset: of the record.
        frame: what it holds.
        arrived_ms: wall clock when the first input of the frame came, for metrics.
        rejected: how many inputs in the frame's source ranges went to the dead letters.
        repeated: how many of them were events seen before.
        genesis: what holds from the start, told by the first record alone.
    """

    offset: int
    frame: Frame
    arrived_ms: int
    rejected: int
    repeated: int
    genesis: Genesis | None


class JournalReader:
    """Follows the journal from its start and makes sure that it is whole."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._reader: LogReader = log.reader(JOURNAL)
        self.position = 1
        self.sources: dict[str, int] = {}

    def read(self, timeout_s: float, records: int = _RECORDS) -> list[Entry]:
        """Return the next frames; wait for the first up to `timeout_s`.

        Raises:
            JournalGap: a frame is missing, or comes twice.
        """
        return [self._entry(record) for record in self._reader.read(records, timeout_s)]

    @property
    def next_offset(self) -> int:
        """Offset of the next record."""
        return self._reader.position

    def rest(self) -> Iterator[Entry]:
        """Yield what is there now, to the end."""
        end = self._log.end_offset(JOURNAL)
        while self.next_offset < end:
            yield from self.read(_PATIENCE_S)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _entry(self, record: Record) -> Entry:
        frame = Frame.decode(record.value)
        if frame.first != self.position:
            message = f"journal offset {record.offset}: position {frame.first}, not {self.position}"
            raise JournalGap(message)
        for name, (start, end) in frame.sources.items():
            if self.sources.get(name, start) != start or end < start:
                message = (
                    f"journal offset {record.offset}: {name} from {start} to {end}, "
                    f"after {self.sources.get(name)}"
                )
                raise JournalGap(message)
            self.sources[name] = end
        self.position = frame.end
        told = dict(record.headers)
        return Entry(
            record.offset,
            frame,
            int(told.get("arrived_ms", record.timestamp_ms)),
            int(told.get("rejected", 0)),
            int(told.get("repeated", 0)),
            Genesis.parse(told),
        )


class JournalWriter:
    """Writes frames, each after the dead letters of its inputs are durable.

    Opening it keeps every other sequencer out, as far as the log can.
    """

    def __init__(self, log: Log) -> None:
        self._journal: LogWriter = log.writer(JOURNAL)
        self._letters: LogWriter = log.writer(DEAD_LETTERS, SEQUENCER_PARTITION)

    def begin(self, genesis: Genesis, offsets: Mapping[str, int]) -> None:
        """Write the first record of a journal that has none.

        Args:
            genesis: what holds from the start.
            offsets: by source name, the first record to be read.
        """
        frame = FrameBuilder(1).build({name: (at, at) for name, at in offsets.items()})
        self._journal.append(frame.encode(), headers=genesis.headers())
        self._journal.flush()

    def append(self, done: Sequenced, written: set[tuple[str, int]]) -> None:
        """Append a frame and its dead letters but those `written` before, by source and offset.

        Until the frame is there its inputs count as unread, so their dead letters come first.
        """
        fresh = [item for item in done.letters if _place(item) not in written]
        for item in fresh:
            self._letters.append(item.letter.to_json(), headers=_letter_headers(item))
        if fresh:
            self._letters.flush()
        headers = {
            "arrived_ms": done.arrived_ms,
            "rejected": len(done.letters),
            "repeated": len(done.repeated),
        }
        told = [(name, b"%d" % value) for name, value in headers.items() if value]
        self._journal.append(done.frame.encode(), headers=told)

    def flush(self) -> None:
        """Return when all frames are durable."""
        self._journal.flush()

    def close(self) -> None:
        """Close the writers and let another sequencer in."""
        self._journal.close()
        self._letters.close()


def letters(log: Log) -> Iterator[tuple[Record, Source, int]]:
    """Yield the sequencer's dead letters: record, source, and offset of the original there."""
    for record in records(log, DEAD_LETTERS, SEQUENCER_PARTITION):
        value = orjson.loads(record.value)
        yield record, Source(value["source"], value["partition"]), value["offset"]


def records(log: Log, topic: str, partition: int = 0) -> Iterator[Record]:
    """Yield all records of a partition that are there now.

    A reader that returns nothing does not prove that there is nothing: Kafka's may be slow.
    """
    end = log.end_offset(topic, partition)
    start = log.start_offset(topic, partition)
    with closing(log.reader(topic, partition, start)) as reader:
        while reader.position < end:
            yield from reader.read(_RECORDS, _PATIENCE_S)


def _place(item: Letter) -> tuple[str, int]:
    letter = item.letter
    assert letter.partition is not None, "the sequencer knows where an input came from"
    assert letter.offset is not None, "the sequencer knows where an input came from"
    return Source(letter.source, letter.partition).name, letter.offset


def _letter_headers(item: Letter) -> list[tuple[str, bytes]]:
    headers = [("code", item.letter.code.encode()), ("ts", b"%d" % item.ts)]
    if item.event_id is not None:
        headers.append(("event_id", item.event_id.encode()))
    return headers
