"""What only Kafka has: transactions, retention, settings, and brokers that fail."""

import time
from contextlib import closing

import pytest
from confluent_kafka import KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource

from connectors.log import kafka, kafka_client
from connectors.log.abstract import (
    LogError,
    LogUnavailable,
    OffsetOutOfRange,
    UnknownTopic,
)
from connectors.log.kafka import KafkaLog

PATIENCE_S = 20.0


@pytest.fixture
def log(kafka_bootstrap):
    with closing(KafkaLog(kafka_bootstrap)) as opened:
        yield opened


@pytest.fixture
def topic(log, topic_prefix):
    log.create(topic_prefix + "topic")
    return topic_prefix + "topic"


def append(log, topic, *values):
    with closing(log.writer(topic)) as writer:
        for value in values:
            writer.append(value)
        writer.flush()


def values(reader, count, patience_s=PATIENCE_S):
    """The next values; fewer than asked for when the time is over."""
    found, deadline = [], time.monotonic() + patience_s
    while len(found) < count and time.monotonic() < deadline:
        found += [record.value for record in reader.read(count - len(found), 0.1)]
    return found


@pytest.mark.kafka
def test_reader_when_a_producer_uses_transactions_sees_only_what_was_committed(
    log, topic, kafka_bootstrap
):
    producer = Producer({"bootstrap.servers": kafka_bootstrap, "transactional.id": topic})
    producer.init_transactions(PATIENCE_S)
    with closing(log.reader(topic)) as reader:
        for value, end in (
            (b"kept", producer.commit_transaction),
            (b"aborted", producer.abort_transaction),
            (b"also kept", producer.commit_transaction),
        ):
            producer.begin_transaction()
            producer.produce(topic, value)
            producer.flush(PATIENCE_S)
            assert values(reader, 1, patience_s=0.2) == []
            end(PATIENCE_S)
            assert values(reader, 1, patience_s=0.5) == [value] * (value != b"aborted")
        deadline = time.monotonic() + PATIENCE_S
        while reader.position < log.end_offset(topic):
            assert time.monotonic() < deadline, "markers at the end are never passed"
            assert reader.read(1, 0.1) == []


@pytest.mark.kafka
def test_reader_when_its_position_was_deleted_stops_instead_of_jumping(log, topic, kafka_bootstrap):
    append(log, topic, *(b"%d" % number for number in range(10)))
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    (deleted,) = admin.delete_records([TopicPartition(topic, 0, 6)]).values()
    assert deleted.result().low_watermark == 6
    assert log.start_offset(topic) == 6
    with pytest.raises(OffsetOutOfRange, match="offset 5 is not in 6 to 10"):
        log.reader(topic, 0, 5)
    with closing(log.reader(topic, 0, 6)) as reader:
        assert values(reader, 4) == [b"6", b"7", b"8", b"9"]
        # Past the check: the record may go between the check and the first fetch.
        reader._assign(3)
        with pytest.raises(OffsetOutOfRange, match="at offset 3"):
            values(reader, 1)


@pytest.mark.kafka
def test_writer_when_the_topic_was_deleted_says_so(log, topic, kafka_bootstrap):
    settings = {
        "topic.metadata.refresh.interval.ms": "100",
        "topic.metadata.propagation.max.ms": "0",
    }
    eager = KafkaLog(kafka_bootstrap, settings)
    with closing(eager), closing(eager.writer(topic)) as writer:
        writer.append(b"first")
        writer.flush()
        admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
        admin.delete_topics([topic])[topic].result()
        writer.append(b"second")
        with pytest.raises(UnknownTopic, match=topic):
            writer.flush(PATIENCE_S)


@pytest.mark.kafka
def test_topic_when_created_is_kept_for_ever(log, topic, kafka_bootstrap):
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    config = admin.describe_configs([resource])[resource].result()
    assert config["retention.ms"].value == "-1"
    assert config["cleanup.policy"].value == "delete"


@pytest.mark.kafka
def test_create_when_the_replication_is_impossible_says_why(kafka_bootstrap, topic_prefix):
    log = KafkaLog(kafka_bootstrap, replication=99)
    with closing(log), pytest.raises(LogError, match="INVALID_REPLICATION_FACTOR"):
        log.create(topic_prefix + "topic")


@pytest.mark.kafka
def test_writer_when_its_queue_is_full_waits(kafka_bootstrap, log, topic):
    small = KafkaLog(kafka_bootstrap, {"queue.buffering.max.messages": "7"})
    with closing(small), closing(small.writer(topic)) as writer:
        for number in range(200):
            writer.append(b"%d" % number)
        writer.flush()
    with closing(log.reader(topic)) as reader:
        assert values(reader, 200) == [b"%d" % number for number in range(200)]


@pytest.mark.kafka
def test_record_when_the_value_is_missing_has_empty_bytes(log, topic, kafka_bootstrap):
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    producer.produce(topic, None, key=b"gone", headers=[("h", None)])
    producer.flush(PATIENCE_S)
    with closing(log.reader(topic)) as reader:
        (record,) = reader.read(1, PATIENCE_S)
        assert record[:4] == (0, b"gone", b"", (("h", b""),))


@pytest.mark.parametrize(
    "name", ["auto.offset.reset", "acks", "enable.idempotence", "bootstrap.servers"]
)
def test_settings_when_they_break_a_promise_are_refused(name):
    with pytest.raises(LogError, match=f"Kafka setting `{name}` is fixed"):
        KafkaLog("localhost:1", {name: "latest"})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"no.such.setting": "1"}, 'No such configuration property: "no.such.setting"'),
        ({"check.crcs": "perhaps"}, "check.crcs"),
        ({"security.protocol": "sasl_ssl", "sasl.mechanism": "PLAIN"}, "sasl.username"),
    ],
)
def test_settings_when_librdkafka_refuses_them_are_named(settings, reason):
    with closing(KafkaLog("localhost:1", settings)) as log, pytest.raises(LogError, match=reason):
        log.partitions("topic")


def test_log_when_no_broker_answers_says_so_without_an_address(monkeypatch):
    monkeypatch.setattr(kafka, "REQUEST_TIMEOUT_S", 0.3)
    with closing(KafkaLog("localhost:1")) as log:
        for ask in (log.partitions, log.end_offset, log.reader, log.writer, log.create):
            with pytest.raises(LogUnavailable) as caught:
                ask("topic")
            assert "localhost" not in str(caught.value)
            assert "127.0.0.1" not in str(caught.value)


def test_errors_when_looked_up_by_their_names_are_all_known():
    for code in kafka_client._CLASSES:
        assert not KafkaError(code).str().startswith("Err-")
