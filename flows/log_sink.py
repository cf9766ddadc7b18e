"""Writes records to the log exactly once, by never writing what is there already.

What a partition gets is a pure function of the journal. So a flow that starts over produces the
same records again from the first on: as many as the partition holds are compared with them and
left out. One that differs means that the same journal gave another decision: alarm, and stop.
"""

import time
from collections import deque
from collections.abc import Mapping
from contextlib import ExitStack, closing
from hashlib import sha256

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.log.abstract import Log, LogReader, Record
from flows.finishing import Output, part_name
from flows.logging import get_logger

FLUSH_S = 0.02
"""Records are durable at the latest so long after they were written, while others follow."""
_RECORDS = 256


class Diverged(Exception):  # noqa: N818 - named after what happened
    """The same journal gave another record than before."""


class LogPart(StatefulSinkPartition[Output, None]):
    """One partition of one topic, opened for writing.

    Args:
        log: where it is.
        topic, partition: which it is; no other writer gets it meanwhile.
        stack: closes it.
    """

    def __init__(self, log: Log, topic: str, partition: int, stack: ExitStack) -> None:
        self.name = part_name(topic, partition)
        self._writer = stack.enter_context(closing(log.writer(topic, partition)))
        start = log.start_offset(topic, partition)
        self._there = log.end_offset(topic, partition)
        self._reader: LogReader = stack.enter_context(closing(log.reader(topic, partition, start)))
        self._known: deque[Record] = deque()
        self._count = 0
        self._start = start
        self._flushed_at = time.monotonic()

    @property
    def left(self) -> int:
        """How many records are still to be left out."""
        return max(0, self._there - self._count)

    def write_batch(self, values: list[Output]) -> None:
        """Write what is not there yet."""
        for value in values:
            if self._count < self._there:
                self._compare(value)
            else:
                self._writer.append(value.value, value.key, value.headers)
            self._count += 1
        if self._count > self._there and time.monotonic() - self._flushed_at >= FLUSH_S:
            self.snapshot()

    def snapshot(self) -> None:
        """Make everything written durable."""
        self._writer.flush()
        self._flushed_at = time.monotonic()

    def close(self) -> None:
        """Leave closing to the stack, which also closes partitions nothing was written to."""

    def _compare(self, made: Output) -> None:
        if self._count < self._start:
            return  # its retention is over
        while not self._known:
            self._known.extend(self._reader.read(_RECORDS, 1.0))
        record = self._known.popleft()
        if record.value != made.value or record.key != made.key:
            was, now = sha256(record.value).hexdigest(), sha256(made.value).hexdigest()
            get_logger().error(
                "decision.diverged", part=self.name, offset=record.offset, was=was, now=now
            )
            message = (
                f"{self.name} offset {record.offset}: the journal now gives a record with hash "
                f"{now[:16]}, it held {was[:16]}"
            )
            raise Diverged(message)


class LogSink(FixedPartitionedSink[Output, None]):
    """Opens every partition at once, so that a second flow is refused before it reads.

    Args:
        log: where the topics are.
        parts: how many partitions there are of each topic, or which one.
        stack: closes them.
    """

    def __init__(self, log: Log, parts: Mapping[str, range], stack: ExitStack) -> None:
        opened = [
            LogPart(log, topic, partition, stack)
            for topic, partitions in parts.items()
            for partition in partitions
        ]
        self._parts = {part.name: part for part in sorted(opened, key=lambda part: part.name)}
        self._index = {name: index for index, name in enumerate(self._parts)}

    @property
    def left(self) -> int:
        """How many records are there already and will be left out."""
        return sum(part.left for part in self._parts.values())

    def list_parts(self) -> list[str]:
        """Name the partitions."""
        return list(self._parts)

    def part_fn(self, item_key: str) -> int:
        """Return the place of a partition among all of them: items are keyed by its name."""
        return self._index[item_key]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,
        resume_state: None,  # noqa: ARG002
    ) -> LogPart:
        """Return the open partition."""
        return self._parts[for_part]
