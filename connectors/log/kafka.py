"""The log on a Kafka cluster, through librdkafka."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from connectors.log import kafka_pulse
from connectors.log.abstract import GROUP, LogError, UnknownTopic, check_topic
from connectors.log.kafka_client import (
    REQUEST_TIMEOUT_S,
    Settings,
    admin_settings,
    broken,
    cause,
    check_settings,
    connect,
    passing,
    reader_settings,
)
from connectors.log.kafka_lease import SETTINGS as LEASE_SETTINGS
from connectors.log.kafka_lease import KafkaLease
from connectors.log.kafka_pulse import Pulse
from connectors.log.kafka_reader import KafkaReader
from connectors.log.kafka_writer import KafkaWriter

_T = TypeVar("_T")

_PROBED = "highwater"  # need not exist: that it does not is an answer, too
_PROBE_S = 5.0
_PAUSE_S = 0.1


class KafkaLog:
    """Topics of one cluster.

    Args:
        bootstrap: HOST:PORT of one broker or of several, separated by commas.
        settings: of librdkafka, for every client: SASL, TLS, tuning. Those that decide what a log
            promises are refused.
        replication: copies of the topics `create` makes.
    """

    def __init__(
        self,
        bootstrap: str,
        settings: Settings = MappingProxyType({}),
        replication: int = 1,
    ) -> None:
        check_settings(settings)
        self._bootstrap = bootstrap
        self._settings = dict(settings)
        self._replication = replication
        self._client: Consumer | None = None
        self._connecting = threading.Lock()
        self._answered = False
        self._counted: dict[str, int] = {}
        self._prober: Consumer | None = None
        self._pulse = Pulse(self._probe)

    def create(
        self,
        topic: str,
        partitions: int = 1,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Create the topic, kept for ever unless `settings` say else; wait until it is usable."""
        config = {"retention.ms": "-1", **settings}
        wanted = NewTopic(check_topic(topic), partitions, self._replication, config=config)
        admin = connect(AdminClient, admin_settings(self._bootstrap, self._settings))
        timeout = REQUEST_TIMEOUT_S
        try:
            answer = admin.create_topics(
                [wanted], operation_timeout=timeout, request_timeout=timeout
            )
            answer[topic].result()
        except KafkaException as error:
            if cause(error).code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise broken(topic, cause(error)) from None
        found = self._await(topic)
        if found != partitions:
            message = f"topic {topic!r} has {found} partitions, not {partitions}"
            raise LogError(message)

    def partitions(self, topic: str) -> int:
        """Return the number of partitions."""
        listed = self._ask(topic, lambda client, left: client.list_topics(topic, left))
        found = listed.topics[check_topic(topic)]
        if found.error is not None:
            raise broken(topic, found.error)
        self._counted[topic] = len(found.partitions)
        return len(found.partitions)

    def start_offset(self, topic: str, partition: int = 0) -> int:
        """Return the offset of the first record kept."""
        return self._bounds(topic, partition)[0]

    def end_offset(self, topic: str, partition: int = 0) -> int:
        """Return the offset after the last committed record."""
        return self._bounds(topic, partition)[1]

    def reader(
        self, topic: str, partition: int = 0, offset: int = 0, group: str = GROUP
    ) -> KafkaReader:
        """Open a reader at `offset`."""
        return KafkaReader(
            self._bootstrap,
            {"group.id": group, **self._settings},
            (topic, partition),
            offset,
            bounds=lambda: self._bounds(topic, partition),
            pulse=self._pulse,
        )

    def writer(self, topic: str, partition: int = 0) -> KafkaWriter:
        """Open a writer; that it is the only one is the caller's care."""
        self._bounds(topic, partition)
        return KafkaWriter(
            self._bootstrap,
            self._settings,
            (topic, partition),
            lambda: self._bounds(topic, partition)[1],
        )

    def lease(self, topic: str, names: Sequence[str]) -> KafkaLease:
        """Take leases; the topic is made when it is missing."""
        try:
            self.partitions(topic)
        except UnknownTopic:
            self.create(topic, 1, LEASE_SETTINGS)
        reader = self.reader(topic, 0, self.start_offset(topic))
        return KafkaLease(names, reader, self.writer(topic), lambda: self._bounds(topic, 0)[1])

    def close(self) -> None:
        """Close the connection for questions about topics."""
        self._pulse.close()
        if self._client is not None:
            self._client.close()
            self._client = None

    def _probe(self) -> None:
        """Ask any broker for anything, with a client of its own: closing must not wait for it."""
        if self._prober is None:
            self._prober = connect(Consumer, reader_settings(self._bootstrap, self._settings))
        try:
            self._prober.list_topics(_PROBED, _PROBE_S)
        except KafkaException as error:
            raise broken("the brokers", cause(error)) from None

    def _bounds(self, topic: str, partition: int) -> tuple[int, int]:
        # A topic keeps its partitions; one that is gone says so itself.
        if not 0 <= partition < (self._counted.get(topic) or self.partitions(topic)):
            message = f"no partition {partition} of topic {topic!r}"
            raise UnknownTopic(message)
        place = TopicPartition(topic, partition)
        return self._ask(
            f"{topic}/{partition}",
            lambda client, left: client.get_watermark_offsets(place, left),
        )

    def _await(self, topic: str) -> int:
        """Return the number of partitions, once each has a leader that answers."""
        deadline = time.monotonic() + REQUEST_TIMEOUT_S
        while True:
            try:
                found = self.partitions(topic)
                for partition in range(found):
                    self._bounds(topic, partition)
            except LogError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return found

    def _ask(self, what: str, question: Callable[[Consumer, float], _T]) -> _T:
        """Ask until somebody answers; whoever gives a wrong address learns it soon."""
        patience = kafka_pulse.PATIENCE_S if self._answered else REQUEST_TIMEOUT_S
        deadline = time.monotonic() + patience
        while True:
            with self._connecting:  # leases are renewed from a thread of their own
                if self._client is None:
                    config = reader_settings(self._bootstrap, self._settings)
                    self._client = connect(Consumer, config)
            left = max(0.1, deadline - time.monotonic())
            try:
                answer = question(self._client, left)
            except KafkaException as error:
                found = cause(error)
                if not passing(found) or time.monotonic() + _PAUSE_S > deadline:
                    raise broken(what, found) from None
                time.sleep(_PAUSE_S)
            else:
                self._answered = True
                return answer
