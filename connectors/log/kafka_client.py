"""What the Kafka reader, writer and topics share: settings, errors, and librdkafka's own log.

Error messages name Kafka's error and nothing else: librdkafka's texts hold addresses.
"""

# ruff: noqa: SLF001 - the names of librdkafka's local errors begin with an underscore.

import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException

from connectors.log.abstract import (
    MAX_RECORD_BYTES,
    LogCorrupt,
    LogError,
    LogUnavailable,
    OffsetOutOfRange,
    RecordTooLarge,
    UnknownTopic,
)

Settings = Mapping[str, str]

_T = TypeVar("_T")

REQUEST_TIMEOUT_S = 15.0

_READER_DEFAULTS: dict[str, Any] = {
    "group.id": "highwater",  # what is committed for it nobody here reads
    "fetch.wait.max.ms": 20,
    "fetch.queue.backoff.ms": 5,  # its default of a second shows whenever a reader fell behind
    "check.crcs": True,
}
_READER_PROMISES: dict[str, Any] = {
    "auto.offset.reset": "error",
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "allow.auto.create.topics": False,
    "isolation.level": "read_committed",
    "enable.partition.eof": True,
}
_WRITER_DEFAULTS: dict[str, Any] = {
    "linger.ms": 0,  # a frame is a batch already
    "compression.type": "lz4",
    "queue.buffering.max.kbytes": 65_536,
    "message.max.bytes": MAX_RECORD_BYTES + 16_384,
}
_WRITER_PROMISES: dict[str, Any] = {
    "acks": "all",
    "enable.idempotence": True,
    # Without it librdkafka drops a record the broker refuses and sends those after it.
    "enable.gapless.guarantee": True,
    # A record that timed out would leave a gap, too. `flush` has the time limit.
    "message.timeout.ms": 0,
    "delivery.report.only.error": True,
}
_PROMISED = {"delivery.timeout.ms", "request.required.acks", *_READER_PROMISES, *_WRITER_PROMISES}

_GONE = {
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
}
_DENIED = {
    KafkaError._AUTHENTICATION,
    KafkaError._SSL,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
}
_SILENT = {
    KafkaError._ALL_BROKERS_DOWN,
    KafkaError._DESTROY_BROKER,
    KafkaError._MSG_TIMED_OUT,
    KafkaError._RESOLVE,
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
}
_PASSING = {
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.KAFKA_STORAGE_ERROR,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NETWORK_EXCEPTION,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.UNKNOWN_LEADER_EPOCH,
}
_CLASSES: dict[int, type[LogError]] = {
    **dict.fromkeys(_GONE, UnknownTopic),
    **dict.fromkeys(_SILENT | _PASSING | _DENIED, LogUnavailable),
    KafkaError._AUTO_OFFSET_RESET: OffsetOutOfRange,
    KafkaError._BAD_MSG: LogCorrupt,
    KafkaError.MSG_SIZE_TOO_LARGE: RecordTooLarge,
    KafkaError.OFFSET_OUT_OF_RANGE: OffsetOutOfRange,
}


def reader_settings(bootstrap: str, settings: Settings) -> dict[str, Any]:
    """Return a consumer's configuration."""
    return _merged(bootstrap, _READER_DEFAULTS, settings, _READER_PROMISES)


def writer_settings(bootstrap: str, settings: Settings) -> dict[str, Any]:
    """Return a producer's configuration."""
    return _merged(bootstrap, _WRITER_DEFAULTS, settings, _WRITER_PROMISES)


def admin_settings(bootstrap: str, settings: Settings) -> dict[str, Any]:
    """Return an admin client's configuration."""
    return _merged(bootstrap, {}, settings, {})


def connect(client: Callable[[dict[str, Any]], _T], config: dict[str, Any]) -> _T:
    """Return a client; raises `LogError` with librdkafka's words about a setting it refuses."""
    try:
        return client(config)
    except KafkaException as error:
        message = f"Kafka settings: {cause(error).str()}"
        raise LogError(message) from None


def check_settings(settings: Settings) -> None:
    """Refuse settings that would break what a log promises."""
    for name in settings:
        if name in _PROMISED or name == "bootstrap.servers":
            message = f"Kafka setting `{name}` is fixed, because a log promises what it decides"
            raise LogError(message)


def broken(what: str, error: KafkaError) -> LogError:
    """Return the error to raise for Kafka's `error` about `what`."""
    known = KafkaError(error.code())
    reason = f"{what}: {known.str()} ({known.name()})"
    return _CLASSES.get(error.code(), LogError)(reason)


def cause(error: BaseException) -> KafkaError:
    """Find Kafka's error in an exception of the client.

    While a fatal error is on its way, the client calls the other callbacks all the same; Python
    then wraps the error into a `SystemError`.
    """
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, KafkaException) and isinstance(found.args[0], KafkaError):
            return found.args[0]
        found = found.__cause__ or found.__context__
    raise error


def hopeless(error: KafkaError) -> bool:
    """Say whether librdkafka would retry in vain."""
    return error.fatal() or error.code() in _DENIED


def passing(error: KafkaError) -> bool:
    """Say whether the same question may be answered a moment later, as after a restart.

    librdkafka knows no partition while it knows no leader, also of a topic that is there.
    """
    return error.code() in _SILENT | _PASSING | {KafkaError._UNKNOWN_PARTITION}


def _merged(
    bootstrap: str,
    defaults: Mapping[str, Any],
    settings: Settings,
    promises: Mapping[str, Any],
) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap,
        "reconnect.backoff.max.ms": 2000,  # its default of 10 s shows after every outage
        **defaults,
        **settings,
        **promises,
        "logger": _logger,
    }


def _wanted(line: logging.LogRecord) -> bool:
    # The guarantee is called experimental; our tests hold it to its word. And all clients get the
    # same settings, whether they are for consumers or producers.
    text = line.getMessage()
    return "enable.gapless.guarantee" not in text and "property and will be ignored" not in text


_logger = logging.getLogger("connectors.log.kafka")
_logger.addFilter(_wanted)
