"""Brokers that fail, and what whoever waits for them does."""

import random
import re
import time
from contextlib import closing, suppress

import pytest
from confluent_kafka import KafkaError, KafkaException

from connectors.log import kafka, kafka_pulse, kafka_writer
from connectors.log.abstract import LogError, LogUnavailable, RecordTooLarge
from connectors.log.kafka import KafkaLog
from tests.connectors.log.test_kafka_log import PATIENCE_S, append, values


@pytest.fixture
def shaky(mock_broker):
    with closing(KafkaLog(mock_broker.bootstrap, {"fetch.wait.max.ms": "5"})) as opened:
        yield opened


@pytest.mark.kafka
def test_writer_when_a_record_is_refused_stores_none_after_it(kafka_bootstrap, topic_prefix):
    """Without the gapless guarantee the records after it are stored, and nobody notices.

    A real broker: the requests under way beside the refused one are refused by their sequence
    numbers, which librdkafka's mock broker does not look at.
    """
    topic = topic_prefix + "topic"
    with closing(KafkaLog(kafka_bootstrap)) as log:
        log.create(topic, settings={"max.message.bytes": "2000"})
        with closing(log.writer(topic)) as writer:
            writer.append(b"first")
            writer.flush()
            writer.append(random.Random(7).randbytes(5000))  # which no compression makes small
            append_while_it_fails(writer, 500)
            with pytest.raises(LogError, match=r"_GAPLESS|MSG_SIZE_TOO_LARGE|_FATAL") as caught:
                writer.flush()
            assert kafka_bootstrap not in str(caught.value)
            with pytest.raises(type(caught.value)):
                writer.append(b"more")
        with closing(log.reader(topic)) as reader:
            assert values(reader, 2, patience_s=0.5) == [b"first"]


def append_while_it_fails(writer, count):
    for number in range(count):
        with suppress(LogError):
            writer.append(b"%d" % number)
        time.sleep(0.000_1)


def test_writer_when_errors_pass_delivers_everything_once(shaky, mock_broker):
    mock_broker.refuse_produce(
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.NOT_ENOUGH_REPLICAS,
        KafkaError.REQUEST_TIMED_OUT,
    )
    append(shaky, "topic", b"first", b"second")
    with closing(shaky.reader("topic")) as reader:
        assert values(reader, 3, patience_s=0.3) == [b"first", b"second"]


def test_writer_when_the_broker_is_away_raises_and_delivers_later(shaky, mock_broker):
    with closing(shaky.writer("topic")) as writer:
        writer.append(b"first")
        writer.flush()
        mock_broker.stop()
        writer.append(b"second")
        with pytest.raises(LogUnavailable, match=r"1 records not acknowledged in 0\.5 s: ") as told:
            writer.flush(0.5)
        assert re.search("_TRANSPORT|_ALL_BROKERS_DOWN", str(told.value))
        assert mock_broker.bootstrap not in str(told.value)
        mock_broker.start()
        writer.append(b"third")
        writer.flush(PATIENCE_S)
    with closing(shaky.reader("topic")) as reader:
        assert values(reader, 4, patience_s=0.3) == [b"first", b"second", b"third"]


def test_writer_when_the_broker_is_away_and_its_queue_is_full_gives_up(mock_broker, monkeypatch):
    monkeypatch.setattr(kafka_writer, "FLUSH_TIMEOUT_S", 0.5)
    log = KafkaLog(mock_broker.bootstrap, {"queue.buffering.max.messages": "3"})
    with closing(log), closing(log.writer("topic")) as writer:
        mock_broker.stop()
        for _ in range(3):
            writer.append(b"value")
        with pytest.raises(LogUnavailable, match="3 records not acknowledged"):
            writer.append(b"value")


def test_ends_when_closed_while_the_broker_is_away_do_not_wait(shaky, mock_broker):
    reader, writer = shaky.reader("topic"), shaky.writer("topic")
    mock_broker.stop()
    writer.append(b"lost")
    started = time.monotonic()
    for end in (reader, writer, shaky):
        end.close()
    assert time.monotonic() - started < 2


def test_reader_when_the_broker_was_away_continues(shaky, mock_broker):
    append(shaky, "topic", b"first")
    with closing(shaky.reader("topic")) as reader:
        assert values(reader, 1) == [b"first"]
        mock_broker.stop()
        assert values(reader, 1, patience_s=0.5) == []
        mock_broker.start()
        append(shaky, "topic", b"second")
        assert values(reader, 1) == [b"second"]


def answers(*codes):
    """A question that fails with these errors, one after the other, and then is answered."""
    left = list(codes)

    def ask(_client, _timeout_s):
        if left:
            raise KafkaException(KafkaError(left.pop(0)))
        return "answer"

    return ask


def test_question_when_the_broker_has_just_started_is_asked_again():
    with closing(KafkaLog("localhost:1")) as log:
        passing = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError._UNKNOWN_PARTITION)
        assert log._ask("topic", answers(*passing)) == "answer"


def test_question_when_the_answer_is_an_error_for_good_is_not_asked_again():
    with closing(KafkaLog("localhost:1")) as log:
        for code in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.INVALID_REQUEST):
            with pytest.raises(LogError, match=KafkaError(code).name()):
                log._ask("topic", answers(code))


def test_question_when_the_trouble_lasts_is_given_up(monkeypatch):
    monkeypatch.setattr(kafka, "REQUEST_TIMEOUT_S", 0.3)
    with closing(KafkaLog("localhost:1")) as log:
        lasting = answers(*[KafkaError.NOT_LEADER_FOR_PARTITION] * 100)
        with pytest.raises(LogUnavailable, match="NOT_LEADER"):
            log._ask("topic", lasting)


def test_reader_when_the_broker_stays_away_gives_up(shaky, mock_broker, monkeypatch):
    """Nobody reads for ever from a broker that is gone, also while there is nothing to read."""
    monkeypatch.setattr(kafka_pulse, "_ASK_S", 0.05)
    monkeypatch.setattr(kafka, "_PROBE_S", 0.1)
    with closing(shaky.reader("topic")) as reader:
        assert reader.read(1, 0.2) == []
        mock_broker.stop()
        monkeypatch.setattr(kafka_pulse, "PATIENCE_S", 1.0)
        with pytest.raises(LogUnavailable, match="no broker has answered for 1 s") as told:
            values(reader, 1, patience_s=PATIENCE_S)
        assert mock_broker.bootstrap not in str(told.value)


def test_reader_when_the_broker_comes_back_in_time_goes_on(shaky, mock_broker, monkeypatch):
    monkeypatch.setattr(kafka_pulse, "_ASK_S", 0.05)
    monkeypatch.setattr(kafka_pulse, "_AGAIN_S", (0.05,))
    monkeypatch.setattr(kafka, "_PROBE_S", 0.1)
    monkeypatch.setattr(kafka_pulse, "PATIENCE_S", 30.0)
    with closing(shaky.reader("topic")) as reader:
        mock_broker.stop()
        pulse = shaky._pulse
        deadline = time.monotonic() + PATIENCE_S
        while pulse._last is None:
            assert reader.read(1, 0.05) == []
            assert time.monotonic() < deadline
        mock_broker.start()
        while pulse._last is not None:
            assert reader.read(1, 0.05) == []
            assert time.monotonic() < deadline
        append(shaky, "topic", b"after")
        assert values(reader, 1) == [b"after"]


def test_writer_when_a_record_is_too_large_for_librdkafka_says_so(mock_broker):
    log = KafkaLog(mock_broker.bootstrap, {"message.max.bytes": "2000"})
    with (
        closing(log),
        closing(log.writer("topic")) as writer,
        pytest.raises(RecordTooLarge, match="MSG_SIZE_TOO_LARGE"),
    ):
        writer.append(bytes(3000))
