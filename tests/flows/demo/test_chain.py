"""The flows of a demo as processes: none outlives whoever started them."""

import pytest

from flows.demo.chain import Chain


class Stopped(BaseException):
    """What a signal raises."""


def test_chain_when_stopped_while_it_starts_ends_what_it_started(tmp_path, monkeypatch):
    started, start = [], Chain._start

    def stopped_at_the_second(chain, name, options):
        if started:
            raise Stopped
        started.append(start(chain, name, options))
        return started[0]

    monkeypatch.setattr(Chain, "_start", stopped_at_the_second)
    with pytest.raises(Stopped):
        Chain(tmp_path, {}, {})
    assert started[0].poll() is not None
