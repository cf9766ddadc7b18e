"""The services of the tests: found, refused or skipped as promised, and empty for every test."""

import psycopg
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from tests.services import fresh_database, fresh_topics, service_address

VARIABLE = "HIGHWATER_KAFKA"


def test_address_when_the_variable_is_set_wins_over_what_was_started(tmp_path, monkeypatch):
    started = tmp_path / "env"
    started.write_text(f"{VARIABLE}=127.0.0.1:1\n")
    monkeypatch.delenv(VARIABLE, raising=False)
    assert service_address(VARIABLE, started) == "127.0.0.1:1"
    monkeypatch.setenv(VARIABLE, "127.0.0.1:2")
    assert service_address(VARIABLE, started) == "127.0.0.1:2"


def test_address_when_there_is_none_skips_and_names_the_variable(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"set {VARIABLE}"):
        service_address(VARIABLE, tmp_path / "env")


def test_address_when_there_is_none_in_ci_fails(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=f"set {VARIABLE}"):
        service_address(VARIABLE, tmp_path / "env")


@pytest.mark.postgres
def test_database_when_the_test_is_over_is_gone(postgres_url):
    with fresh_database(postgres_url) as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t (id int)")
        name = url.rsplit("/", 1)[1]
    with psycopg.connect(postgres_url) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname = %s", [name])
        assert found.fetchone() is None


@pytest.mark.kafka
def test_topics_when_the_test_is_over_are_gone(kafka_bootstrap):
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    with fresh_topics(kafka_bootstrap) as prefix:
        topic = f"{prefix}ticks"
        admin.create_topics([NewTopic(topic, num_partitions=1)])[topic].result()
        producer = Producer({"bootstrap.servers": kafka_bootstrap, "acks": "all"})
        producer.produce(topic, b"tick")
        assert producer.flush(10) == 0
    assert topic not in admin.list_topics(timeout=10).topics
