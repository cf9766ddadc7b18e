"""One log of each kind, and a broker that fails on demand."""

import ctypes
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import confluent_kafka
import pytest

from connectors.log.abstract import Log
from connectors.log.local import LocalLog
from connectors.log.open import open_log


@pytest.fixture(params=["dir", pytest.param("kafka", marks=pytest.mark.kafka)])
def log_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a log; a test that takes it runs once for every backend."""
    if request.param == "dir":
        return f"dir:{tmp_path / 'log'}"
    return f"kafka:{request.getfixturevalue('kafka_bootstrap')}"


@pytest.fixture
def log(log_url: str) -> Iterator[Log]:
    with closing(open_log(log_url)) as opened:
        yield opened


@pytest.fixture
def new_topic(request: pytest.FixtureRequest, log_url: str) -> str:
    """A name no other test uses."""
    if log_url.startswith("kafka:"):
        return f"{request.getfixturevalue('topic_prefix')}topic"
    return f"topic-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def topic(log: Log, new_topic: str) -> str:
    """An empty topic with one partition."""
    log.create(new_topic)
    return new_topic


@pytest.fixture
def small_log(tmp_path: Path) -> LocalLog:
    """A local log whose segments hold a few records each, with an empty topic `t`."""
    opened = LocalLog(tmp_path / "log", segment_bytes=600)
    opened.create("t")
    return opened


class MockBroker:
    """The cluster of one broker inside librdkafka, which can be told to fail.

    It is no substitute for a real broker: nothing here tests what Kafka does, only what we do when
    it misbehaves.
    """

    def __init__(self) -> None:
        folder = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
        self._library = library = ctypes.CDLL(str(next(folder.glob("librdkafka*.so*"))))
        pointers = ("conf_new", "new", "mock_cluster_new")
        for name in pointers:
            self._call(name).restype = ctypes.c_void_p
        self._call("mock_cluster_bootstraps").restype = ctypes.c_char_p
        reason = ctypes.create_string_buffer(512)
        config = ctypes.c_void_p(self._call("conf_new")())
        self._call("conf_set")(config, b"log_level", b"0", reason, 512)
        self._client = ctypes.c_void_p(library.rd_kafka_new(0, config, reason, 512))
        self._cluster = ctypes.c_void_p(self._call("mock_cluster_new")(self._client, 1))
        self.bootstrap = self._call("mock_cluster_bootstraps")(self._cluster).decode()

    def create(self, topic: str) -> None:
        assert self._call("mock_topic_create")(self._cluster, topic.encode(), 1, 1) == 0

    def stop(self) -> None:
        assert self._call("mock_broker_set_down")(self._cluster, 1) == 0

    def start(self) -> None:
        assert self._call("mock_broker_set_up")(self._cluster, 1) == 0

    def refuse_produce(self, *codes: int) -> None:
        """Answer the next requests to store records with these errors."""
        answers = (ctypes.c_int * len(codes))(*codes)
        push = self._call("mock_push_request_errors_array")
        push(self._cluster, ctypes.c_int16(0), ctypes.c_size_t(len(codes)), answers)

    def close(self) -> None:
        self._call("mock_cluster_destroy")(self._cluster)
        self._call("destroy")(self._client)

    def _call(self, name: str):
        return getattr(self._library, f"rd_kafka_{name}")


@pytest.fixture
def mock_broker() -> Iterator[MockBroker]:
    with closing(MockBroker()) as broker:
        broker.create("topic")
        yield broker
