"""Writes records to a partition exactly once, by never writing what is there already.

What a partition gets is a pure function of the journal, and each record says in its header `n`
which one it is, from 0. A flow that starts over from a base makes the records behind it again:
those the partition holds are compared with them and left out. One that differs means that the same
journal gave another decision: alarm, and stop.
"""

from collections import deque
from contextlib import ExitStack, closing
from hashlib import sha256
from typing import NamedTuple

from connectors.log.abstract import Log, LogReader, LogWriter, Record
from flows import metrics
from flows.logging import get_logger
from flows.shard import Output

NUMBER = "n"
EPOCH = "epoch"
_RECORDS = 256


class Diverged(Exception):  # noqa: N818 - named after what happened
    """The same journal gave another record than before."""


class Mark(NamedTuple):
    """How far a partition is: the next record's number, and an offset not behind its place."""

    number: int
    offset: int


def part_name(topic: str, partition: int) -> str:
    """Name a partition so that names sort as partitions do."""
    return f"{topic}/{partition:05d}"


class Outlet:
    """One partition of one topic: kept in step with, and after `lead` written.

    Args:
        log: where it is.
        topic, partition: which it is.
        mark: where to continue; at its first record, when left out.
        stack: closes it.
    """

    def __init__(
        self, log: Log, topic: str, partition: int, mark: Mark | None, stack: ExitStack
    ) -> None:
        self.name = part_name(topic, partition)
        self._log, self._place, self._stack = log, (topic, partition), stack
        self._writer: LogWriter | None = None
        self._pending: deque[tuple[int, Output]] = deque()
        start = log.start_offset(topic, partition)
        self._end = log.end_offset(topic, partition)
        self._next = start if mark is None else mark.number
        self._made = 0 if mark is None else mark.number
        offset = start if mark is None else max(start, mark.offset)
        self._reader: LogReader = stack.enter_context(closing(log.reader(topic, partition, offset)))
        self._known: deque[Record] = deque()
        self._epoch = (EPOCH, b"0")

    @property
    def left(self) -> int:
        """How many records may still have to be left out, at most."""
        return len(self._known) + max(0, self._end - self._reader.position)

    def lead(self, epoch: int) -> None:
        """Begin to write; no other writer gets the partition from now on.

        Args:
            epoch: how many have written it, this one included.
        """
        self._writer = self._stack.enter_context(closing(self._log.writer(*self._place)))
        self._end = self._log.end_offset(*self._place)
        self._epoch = (EPOCH, b"%d" % epoch)
        while self._pending:
            self._put(*self._pending.popleft(), self._writer)

    def write(self, made: Output) -> None:
        """Write a record unless it is there; on standby, keep it until it is."""
        number, self._made = self._made, self._made + 1
        if number < self._next:
            return  # its retention is over
        if self._writer is None:
            self._pending.append((number, made))
        else:
            self._put(number, made, self._writer)

    def follow(self) -> None:
        """On standby, drop what the partition has come to hold, and compare it."""
        while self._pending:
            if not self._known:
                self._known.extend(self._reader.read(_RECORDS, 0))
            if not self._known:
                return
            record = self._known[0]
            number, made = self._pending[0]
            if _number(record) > number:
                raise self._gap(record, number)
            self._known.popleft()
            if _number(record) == number:
                self._pending.popleft()
                self._compare(made, record)

    def _put(self, number: int, made: Output, writer: LogWriter) -> None:
        there = self._there(number)
        if there is not None:
            self._compare(made, there)
            return
        headers = (*made.headers, (NUMBER, b"%d" % number), self._epoch)
        writer.append(made.value, made.key, headers)
        metrics.DECISIONS.labels(made.topic).inc()

    def flush(self) -> None:
        """Make everything written durable."""
        if self._writer is not None:
            self._writer.flush()

    def mark(self) -> Mark:
        """Return how far the partition is; call after `flush`."""
        if self._known:
            return Mark(self._made, self._known[0].offset)
        if self.left:
            return Mark(self._made, self._reader.position)
        return Mark(self._made, self._log.end_offset(*self._place))

    # Returns record `number` if the partition held it at the start. A number seen before is a
    # record that a process delivered after it had been replaced.
    def _there(self, number: int) -> Record | None:
        while self._known or self._reader.position < self._end:
            if not self._known:
                self._known.extend(self._reader.read(_RECORDS, 1.0))
                continue
            record = self._known.popleft()
            found = _number(record)
            if found == number:
                return record
            if found > number:
                raise self._gap(record, number)
        return None

    def _gap(self, record: Record, number: int) -> Diverged:
        return Diverged(
            f"{self.name} offset {record.offset}: record {_number(record)}, not {number}"
        )

    def _compare(self, made: Output, record: Record) -> None:
        metrics.SUPPRESSED.inc()
        if record.value == made.value and record.key == made.key:
            return
        was, now = sha256(record.value).hexdigest(), sha256(made.value).hexdigest()
        get_logger().error(
            "decision.diverged", part=self.name, offset=record.offset, was=was, now=now
        )
        message = (
            f"{self.name} offset {record.offset}: the journal now gives a record with hash "
            f"{now[:16]}, it held {was[:16]}"
        )
        raise Diverged(message)


def _number(record: Record) -> int:
    for name, value in record.headers:
        if name == NUMBER:
            return int(value)
    return record.offset  # written without one, where nothing was ever written twice
