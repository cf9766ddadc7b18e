"""The journal topic: frames that follow each other without a gap, and what can be told of them.

A sequencer begins by appending a fence, an empty record with its epoch. Whatever one with a lower
epoch appends behind it is no part of the journal: every reader leaves it out, so two sequencers
can write at once and only one of them is heard.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing
from hashlib import sha256
from typing import NamedTuple

from connectors.crash import reach
from connectors.genesis import Genesis
from connectors.inputs import Place as InputPlace
from connectors.log.abstract import GROUP, Lease, Log, LogReader, LogWriter, Record
from connectors.sequencer import Letter, Sequenced
from schemas.frames import Frame, FrameBuilder
from schemas.topics import DEAD_LETTERS, JOURNAL, LEASES

SEQUENCER_PARTITION = 0
"""Partition of the dead letters the sequencer writes."""
SEQUENCER = "sequence"
"""Name of the sequencer's lease."""
EPOCH = "epoch"
_RECORDS = 64
_LOOK_BACK = 4096  # more frames than a sequencer writes before it learns of its successor
_PATIENCE_S = 0.5


def rejections_partition(shard: int) -> int:
    """Return the partition of the dead letters of entries that accounts of a shard refused."""
    return 1 + shard


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


class Place(NamedTuple):
    """A place in the journal, from which a reader can go on.

    Attributes:
        offset: of the next record.
        position: of the next entry, from 1.
        epoch: of the sequencer that is heard.
        sources: by source name, the offset behind the last input of the frames before.
    """

    offset: int
    position: int
    epoch: int
    sources: dict[str, int]


BEGINNING = Place(0, 1, 0, {})


class Hearing:
    """Tells the records of the journal from what a replaced sequencer wrote.

    Args:
        epoch: of the sequencer that is heard.
    """

    def __init__(self, epoch: int = 0) -> None:
        self.epoch = epoch
        self.fenced = 0
        """Records left out because their sequencer had been replaced."""

    @classmethod
    def at(cls, log: Log, offset: int) -> "Hearing":
        """Return what one who begins at `offset` must know, from the records before it."""
        hearing = cls()
        first = max(log.start_offset(JOURNAL), offset - _LOOK_BACK)
        if first < offset:
            with closing(log.reader(JOURNAL, 0, first)) as reader:
                while reader.position < offset:
                    for record in reader.read(offset - reader.position, _PATIENCE_S):
                        hearing.hears(record)
        return hearing

    def hears(self, record: Record) -> bool:
        """Take the next record and tell whether it holds a frame of the journal."""
        epoch = next((int(value) for name, value in record.headers if name == EPOCH), 0)
        if epoch < self.epoch:
            self.fenced += 1
            return False
        self.epoch = epoch
        return bool(record.value)  # a fence is empty


class JournalReader:
    """Follows the journal and makes sure that it is whole.

    Args:
        log: where it is.
        place: where to begin.
        group: under what name operators' tools see how far the reader is.
    """

    def __init__(self, log: Log, place: Place = BEGINNING, group: str = GROUP) -> None:
        self._log = log
        self._reader: LogReader = log.reader(JOURNAL, 0, place.offset, group)
        self.position = place.position
        self.sources = dict(place.sources)
        self.hearing = Hearing(place.epoch)

    def read(self, timeout_s: float, records: int = _RECORDS) -> list[Entry]:
        """Return the next frames; wait for the first up to `timeout_s`.

        Raises:
            JournalGap: a frame is missing, or comes twice.
        """
        found = (self._entry(record) for record in self._reader.read(records, timeout_s))
        return [entry for entry in found if entry is not None]

    @property
    def next_offset(self) -> int:
        """Offset of the next record."""
        return self._reader.position

    @property
    def known_end(self) -> int:
        """Offset behind the last record, as far as it is known without asking."""
        return self._reader.known_end

    @property
    def place(self) -> Place:
        """Where the next record is, and what is to be known there."""
        return Place(self._reader.position, self.position, self.hearing.epoch, dict(self.sources))

    def note(self, offset: int) -> None:
        """Let operators' tools know that the records before `offset` are done with."""
        self._reader.note(offset)

    def rest(self) -> Iterator[Entry]:
        """Yield what is there now, to the end."""
        end = self._log.end_offset(JOURNAL)
        while self.next_offset < end:
            yield from self.read(_PATIENCE_S)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _entry(self, record: Record) -> Entry | None:
        if not self.hearing.hears(record):
            return None
        told = dict(record.headers)
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
        return Entry(
            record.offset,
            frame,
            int(told.get("arrived_ms", record.timestamp_ms)),
            int(told.get("rejected", 0)),
            int(told.get("repeated", 0)),
            Genesis.parse(told),
        )


def journal_id(log: Log) -> str:
    """Name a journal by a hash of its first record; empty while there is none."""
    if log.end_offset(JOURNAL) == 0:
        return ""
    with closing(log.reader(JOURNAL)) as reader:
        while not (found := reader.read(1, _PATIENCE_S)):
            pass
    told = [name.encode() + b"=" + value for name, value in found[0].headers if name != EPOCH]
    return sha256(b"\n".join([*told, found[0].value])).hexdigest()[:32]


class JournalWriter:
    """Writes frames, each after the dead letters of its inputs are durable.

    Opening it takes the sequencer's lease and puts a fence behind what an earlier one wrote.

    Args:
        log: where the journal is.
        lease: one that is had already, and is given back by whoever took it.

    Raises:
        LogLocked: a sequencer is at work.
    """

    def __init__(self, log: Log, lease: Lease | None = None) -> None:
        with ExitStack() as stack:
            self._lease = lease or stack.enter_context(closing(log.lease(LEASES, [SEQUENCER])))
            self._journal: LogWriter = stack.enter_context(closing(log.writer(JOURNAL)))
            self._letters: LogWriter = stack.enter_context(
                closing(log.writer(DEAD_LETTERS, SEQUENCER_PARTITION))
            )
            self._epoch = (EPOCH, b"%d" % self._lease.epochs[SEQUENCER])
            if self._lease.may_lapse and log.end_offset(JOURNAL):
                self._journal.append(b"", headers=[self._epoch])
                self._journal.flush()
            self._stack = stack.pop_all()

    def begin(self, genesis: Genesis, offsets: Mapping[str, int]) -> None:
        """Write the first record of a journal that has none.

        Args:
            genesis: what holds from the start.
            offsets: by source name, the first record to be read.
        """
        frame = FrameBuilder(1).build({name: (at, at) for name, at in offsets.items()})
        self._journal.append(frame.encode(), headers=[self._epoch, *genesis.headers()])
        self._journal.flush()

    def append(self, done: Sequenced, written: AbstractSet[InputPlace]) -> None:
        """Append a frame and its dead letters but those `written` before, by their places.

        Until the frame is there its inputs count as unread, so their dead letters come first.
        """
        self._lease.check()
        fresh = [item for item in done.letters if item.place not in written]
        for item in fresh:
            self._letters.append(item.letter.to_json(), headers=_letter_headers(item))
        if fresh:
            self._letters.flush()
            reach("sequence.letters")
        headers = {
            "arrived_ms": done.arrived_ms,
            "rejected": len(done.letters),
            "repeated": len(done.repeated),
        }
        told = [(name, b"%d" % value) for name, value in headers.items() if value]
        told.append(self._epoch)
        self._journal.append(done.frame.encode(), headers=told)
        reach("sequence.framed")

    def flush(self) -> None:
        """Return when all frames are durable."""
        self._journal.flush()
        reach("sequence.flushed")

    def ends(self) -> tuple[int, int, int]:
        """Return where journal and dead letters end, and the epoch; exact after `flush`."""
        self._lease.check()
        ends = self._journal.end_offset(), self._letters.end_offset()
        return *ends, self._lease.epochs[SEQUENCER]

    def close(self) -> None:
        """Close the writers and let another sequencer in."""
        self._stack.close()


def records(log: Log, topic: str, partition: int = 0, first: int = 0) -> Iterator[Record]:
    """Yield the records of a partition that are there now, from offset `first` on.

    A reader that returns nothing does not prove that there is nothing: Kafka's may be slow.
    """
    end = log.end_offset(topic, partition)
    start = max(first, log.start_offset(topic, partition))
    with closing(log.reader(topic, partition, start)) as reader:
        while reader.position < end:
            yield from reader.read(_RECORDS, _PATIENCE_S)


def _letter_headers(item: Letter) -> list[tuple[str, bytes]]:
    headers = [("code", item.letter.code.encode()), ("ts", b"%d" % item.ts)]
    if item.event_id is not None:
        headers.append(("event_id", item.event_id.encode()))
    return headers
