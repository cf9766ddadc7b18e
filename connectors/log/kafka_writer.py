"""Appends to one Kafka partition: idempotent, in order, without a gap."""

import time
from collections.abc import Callable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from connectors.log.abstract import (
    FLUSH_TIMEOUT_S,
    Headers,
    LogError,
    LogUnavailable,
    check_size,
)
from connectors.log.kafka_client import (
    Settings,
    broken,
    cause,
    connect,
    hopeless,
    writer_settings,
)


class KafkaWriter:
    """Sends records in the background; `flush` waits for the brokers' word.

    Kafka keeps no second writer out: whoever opens one makes sure that it is the only one. After
    a `flush` that was too slow the records are still under way; after any other error the writer
    is of no further use.

    Args:
        bootstrap: HOST:PORT of one broker or of several, separated by commas.
        settings: of librdkafka.
        place: topic and partition.
        end_offset: returns the partition's end.
    """

    def __init__(
        self,
        bootstrap: str,
        settings: Settings,
        place: tuple[str, int],
        end_offset: Callable[[], int],
    ) -> None:
        self._topic, self._partition = place
        self._name = f"{place[0]}/{place[1]}"
        self._end_offset = end_offset
        self._failure: LogError | None = None
        self._last_error: KafkaError | None = None
        config = {**writer_settings(bootstrap, settings), "error_cb": self._note}
        self._producer = connect(Producer, config)
        self._closed = False

    def append(self, value: bytes, key: bytes | None = None, headers: Headers = ()) -> None:
        """Hand one record to the sending thread; wait where its queue is full."""
        check_size(value, key, headers)
        deadline: float | None = None
        while True:
            self._serve(0)
            try:
                self._producer.produce(
                    self._topic,
                    value,
                    key,
                    self._partition,
                    on_delivery=self._delivered,
                    headers=list(headers) or None,
                )
            except BufferError:
                deadline = deadline or time.monotonic() + FLUSH_TIMEOUT_S
                if time.monotonic() > deadline:
                    raise self._too_slow(FLUSH_TIMEOUT_S) from None
                self._serve(0.1)
            except KafkaException as error:
                raise self._failed(cause(error)) from None
            else:
                return

    def flush(self, timeout_s: float = FLUSH_TIMEOUT_S) -> None:
        """Return when the brokers have acknowledged every record."""
        self._refuse()
        try:
            left = self._producer.flush(timeout_s)
        except (KafkaException, SystemError) as error:
            raise self._failed(cause(error)) from None
        self._refuse()
        if left:
            raise self._too_slow(timeout_s)
        self._last_error = None

    def end_offset(self) -> int:
        """Ask the broker for the partition's end."""
        return self._end_offset()

    def close(self) -> None:
        """Drop what is not sent yet and close the connections."""
        if not self._closed:
            self._closed = True
            self._failure = LogError(f"{self._name}: the writer is closed")
            # Its own close() would wait for the brokers as long as it takes.
            del self._producer

    def _serve(self, timeout_s: float) -> None:
        """Run the callbacks that are due."""
        self._refuse()
        try:
            self._producer.poll(timeout_s)
        except (KafkaException, SystemError) as error:
            raise self._failed(cause(error)) from None
        self._refuse()

    def _refuse(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is not None and self._failure is None:
            self._failed(error)

    def _note(self, error: KafkaError) -> None:
        self._last_error = error
        if hopeless(error):
            self._failed(error)

    def _failed(self, error: KafkaError) -> LogError:
        self._failure = broken(self._name, error)
        return self._failure

    def _too_slow(self, timeout_s: float) -> LogError:
        """Say how many records are still under way, and the last trouble heard of."""
        what = f"{self._name}: {len(self._producer)} records not acknowledged in {timeout_s:g} s"
        if self._last_error is None:
            return LogUnavailable(what)
        return LogUnavailable(str(broken(what, self._last_error)))
