"""How a flow learns that it should end."""

import os
import signal

import pytest

from flows.stopping import Stop


@pytest.fixture
def stop():
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
    before = {number: signal.getsignal(number) for number in numbers}
    yield Stop()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_when_asked_to_end_does(stop, number):
    stop.listen()
    assert not stop.now
    os.kill(os.getpid(), number)
    assert stop.now
    assert not stop.drained


def test_stop_when_asked_to_drain_goes_on_until_the_end(stop):
    stop.listen()
    os.kill(os.getpid(), signal.SIGUSR1)
    assert stop.drained
    assert not stop.now


def test_stop_when_its_parent_is_gone_ends(stop, monkeypatch):
    stop.listen(with_parent=True)
    assert not stop.now
    monkeypatch.setattr(os, "getppid", lambda: 1_000_000)
    assert stop.now
