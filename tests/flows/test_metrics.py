"""Metrics are served where the settings say, under the names of the telemetry."""

import socket
from contextlib import closing
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from flows import metrics
from flows.failures import Failure
from flows.health import SILENT_S, Health, serve
from flows.options import FlowSettings


@pytest.fixture
def port():
    """A port that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_metrics_when_a_port_is_set_are_served(port):
    with (
        closing(metrics.serve_metrics(FlowSettings(metrics_port=port))),
        urlopen(f"http://127.0.0.1:{port}/metrics") as answer,
    ):
        assert b"# TYPE highwater_divergences_total counter" in answer.read()


def test_metrics_when_no_port_is_set_are_not_served():
    assert metrics.serve_metrics(FlowSettings()) is None


def test_health_when_the_flow_is_silent_too_long_says_so(port):
    now = [100.0]
    told = Health(lambda: now[0])
    with closing(serve("127.0.0.1", port, told)):
        assert (code(port, "healthz"), code(port, "readyz")) == (200, 503)
        told.ready = True
        now[0] += SILENT_S
        assert (code(port, "healthz"), code(port, "readyz")) == (503, 200)
        told.beat()
        assert code(port, "healthz") == 200


def code(port, path):
    try:
        with urlopen(f"http://127.0.0.1:{port}/{path}") as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def test_metrics_when_the_port_is_taken_fail_with_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Failure, match=f"cannot serve metrics on 127.0.0.1:{port}: address"):
            metrics.serve_metrics(FlowSettings(metrics_port=port))
