"""Follows one Kafka partition by exact offsets, without a consumer group."""

# ruff: noqa: SLF001 - the names of librdkafka's local errors begin with an underscore.

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from connectors.log.abstract import LogCorrupt, LogError, OffsetOutOfRange, Record
from connectors.log.kafka_client import (
    Settings,
    broken,
    cause,
    connect,
    hopeless,
    reader_settings,
)
from connectors.log.kafka_pulse import Pulse

_END = KafkaError._PARTITION_EOF


class KafkaReader:
    """Reads one partition from an offset on.

    Only committed records are delivered. While the broker is away, `read` returns nothing, until
    that has lasted so long that the `pulse` gives up; after the topic was deleted, too: librdkafka
    tries again for as long as it takes. Delete and create a topic anew only while nobody reads it.

    Args:
        bootstrap: HOST:PORT of one broker or of several, separated by commas.
        settings: of librdkafka.
        place: topic and partition.
        offset: of the first record to deliver; the end is allowed.
        bounds: returns the partition's first offset and its end.
        pulse: knows whether the brokers are there.
    """

    def __init__(
        self,
        bootstrap: str,
        settings: Settings,
        place: tuple[str, int],
        offset: int,
        *,
        bounds: Callable[[], tuple[int, int]],
        pulse: Pulse,
    ) -> None:
        self._place = place
        self._name = f"{place[0]}/{place[1]}"
        self._bounds = bounds
        self._pulse = pulse
        self._failure: LogError | None = None
        self._check(offset)
        config = {**reader_settings(bootstrap, settings), "error_cb": self._note}
        self._consumer = connect(Consumer, config)
        self._closed = False
        self._assign(offset)

    @property
    def position(self) -> int:
        """Offset of the next record to be delivered."""
        return self._next

    @property
    def known_end(self) -> int:
        """Offset after the last record, as the last answer of the broker told it."""
        told = None
        with suppress(KafkaException, RuntimeError):
            told = self._consumer.get_watermark_offsets(TopicPartition(*self._place), cached=True)
        return max(self._next, told[1] if told else 0)

    def read(self, max_records: int, timeout_s: float) -> list[Record]:
        """Return the next records; wait for the first up to `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            if self._failure is not None:
                raise self._failure
            records = self._sort(self._fetch(max_records, deadline))
            if records:
                return records
            if time.monotonic() >= deadline and self._failure is None:
                self._pulse.check()
                return []

    def seek(self, offset: int) -> None:
        """Continue from `offset`; where that fails, stay."""
        if self._closed:
            raise self._is_closed()
        self._check(offset)
        self._failure = None
        self._assign(offset)

    def note(self, offset: int) -> None:
        """Commit `offset` for the reader's group, in the background; it may fail unheard."""
        with suppress(KafkaException, RuntimeError):
            self._consumer.commit(offsets=[TopicPartition(*self._place, offset)], asynchronous=True)

    def close(self) -> None:
        """Close the connections."""
        if not self._closed:
            self._closed = True
            self._failure = self._is_closed()
            self._consumer.close()

    def _assign(self, offset: int) -> None:
        """Tell librdkafka where to read; what it fetched from elsewhere is dropped."""
        try:
            self._consumer.unassign()
            self._consumer.assign([TopicPartition(*self._place, offset)])
        except KafkaException as error:
            raise broken(self._name, cause(error)) from None
        self._next = offset

    def _fetch(self, max_records: int, deadline: float) -> list[Message]:
        """Return what has arrived; wait for the first message only."""
        try:
            messages = self._consumer.consume(max_records, 0)
            left = deadline - time.monotonic()
            if messages or left <= 0:
                return messages
            first = self._consumer.poll(left)
        except (KafkaException, SystemError) as error:
            self._failure = broken(self._name, cause(error))
            return []
        return [] if first is None else [first]

    def _sort(self, messages: list[Message]) -> list[Record]:
        """Turn messages into records up to the first error, which the next `read` raises."""
        records: list[Record] = []
        for message in messages:
            error = message.error()
            offset = message.offset() or 0
            if error is None and offset >= self._next:
                records.append(_record(offset, message))
                self._next = offset + 1
            elif error is None:
                text = f"{self._name}: offset {offset} came after {self._next - 1}"
                self._failure = LogCorrupt(text)
                break
            elif error.code() == _END:
                # Beyond the last record when transaction markers or compacted records follow it.
                self._next = max(self._next, offset)
            else:
                self._failure = broken(f"{self._name} at offset {self._next}", error)
                break
        return records

    def _note(self, error: KafkaError) -> None:
        if hopeless(error):
            self._failure = broken(self._name, error)

    def _check(self, offset: int) -> None:
        start, end = self._bounds()
        if not start <= offset <= end:
            message = f"{self._name}: offset {offset} is not in {start} to {end}"
            raise OffsetOutOfRange(message)

    def _is_closed(self) -> LogError:
        return LogError(f"{self._name}: the reader is closed")


def _record(offset: int, message: Message) -> Record:
    headers: Any = message.headers()  # a list of pairs; the library's type names another form, too
    named = tuple((name, value or b"") for name, value in headers) if headers else ()
    return Record(offset, message.key(), message.value() or b"", named, message.timestamp()[1])
