"""Metrics are served where the settings say, under the names of the telemetry."""

import socket
from urllib.request import urlopen

import pytest

from flows import metrics
from flows.failures import Failure
from flows.options import FlowSettings


@pytest.fixture
def port():
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def servers(monkeypatch):
    """The servers that were started; they end with the test."""
    started, start = [], metrics.start_http_server
    monkeypatch.setattr(
        metrics, "start_http_server", lambda *args: started.append(start(*args)) or started[-1]
    )
    yield started
    for server, thread in started:
        server.shutdown()
        server.server_close()
        thread.join()


def test_metrics_when_a_port_is_set_are_served(port, servers):
    metrics.serve_metrics(FlowSettings(metrics_port=port))
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        assert b"# TYPE highwater_divergences_total counter" in answer.read()


def test_metrics_when_no_port_is_set_are_not_served(servers):
    metrics.serve_metrics(FlowSettings())
    assert servers == []


def test_metrics_when_the_port_is_taken_fail_with_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Failure, match=f"cannot serve metrics on 127.0.0.1:{port}: address"):
            metrics.serve_metrics(FlowSettings(metrics_port=port))
