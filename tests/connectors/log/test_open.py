"""URLs of logs."""

from contextlib import closing

import pytest

from connectors.log.abstract import LogError
from connectors.log.kafka import KafkaLog
from connectors.log.local import LocalLog
from connectors.log.open import open_log


def test_url_when_it_names_a_directory_opens_that(tmp_path):
    log = open_log(f"dir:{tmp_path}/a:b?c")
    assert isinstance(log, LocalLog)
    log.create("t")
    assert (tmp_path / "a:b?c" / "t").is_dir()


def test_url_when_it_names_brokers_takes_settings_from_it_and_beside_it():
    url = "kafka:one:9092,[::1]:9093?sasl.username=me%26you+&linger.ms=5&replication=3"
    with closing(open_log(url, {"sasl.password": "=&?"})) as log:
        assert isinstance(log, KafkaLog)
        assert log._bootstrap == "one:9092,[::1]:9093"
        assert log._replication == 3
        wanted = {"sasl.username": "me&you+", "linger.ms": "5", "sasl.password": "=&?"}
        assert log._settings == wanted


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "begins with `dir:` or `kafka:`, this one with ''"),
        ("dir:", "begins with"),
        ("file:/tmp", "this one with 'file'"),
        ("kafka:", "needs HOST:PORT, found ''"),
        ("kafka:host", "needs HOST:PORT"),
        ("kafka:host:", "needs HOST:PORT"),
        ("kafka:host:port", "needs HOST:PORT"),
        ("kafka::9092", "needs HOST:PORT"),
        ("kafka:a:1,,b:2", "needs HOST:PORT"),
        ("kafka:a:1?x", "option 1 is not NAME=VALUE"),
        ("kafka:a:1?linger.ms=1&=2", "option 2 is not NAME=VALUE"),
        ("kafka:a:1?replication=0", "`replication` must be a positive number, was '0'"),
        ("kafka:a:1?replication=two", "`replication` must be"),
        ("kafka:a:1?acks=1", "`acks` is fixed"),
    ],
)
def test_url_when_it_is_none_of_a_log_is_refused(url, reason):
    with pytest.raises(LogError, match=reason):
        open_log(url)
