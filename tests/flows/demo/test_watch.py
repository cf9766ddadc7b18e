"""What people see is what the topics hold."""

from contextlib import ExitStack, closing

import pytest

from connectors.log.local import LocalLog
from flows.demo.watch import Watch
from flows.topics import ensure_topics
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_STATES, BREACHES, DEAD_LETTERS, PROGRESS


@pytest.fixture
def log(tmp_path):
    log = LocalLog(tmp_path / "log")
    ensure_topics(log, 2)
    return log


def say(log, topic, *values, partition=0, arrived_ms=None):
    headers = [] if arrived_ms is None else [("arrived_ms", b"%d" % arrived_ms)]
    with closing(log.writer(topic, partition)) as writer:
        for value in values:
            writer.append(dumps(value), headers=headers)


def progress(account, used, equity="1"):
    rules = [{"id": "a", "used": "0.1", "room": "9"}, {"id": "b", "used": used, "room": "5"}]
    return {
        "type": "progress",
        "account_id": account,
        "firm_id": "f",
        "phase": "p",
        "equity": equity,
        "rules": rules,
    }


def state(account, to):
    return {"type": "state", "account_id": account, "to": to}


def test_watch_when_accounts_move_shows_the_live_ones_nearest_to_their_floor(log):
    say(log, PROGRESS, progress("A1", "0.5"), progress("A2", "0.9"))
    say(log, PROGRESS, progress("A3", "0.7"), progress("A4", "0.8"), partition=1)
    say(log, ACCOUNT_STATES, state("A1", "active"), state("A2", "active"), state("A3", "paused"))
    say(log, ACCOUNT_STATES, state("A2", "breached"))
    with ExitStack() as stack:
        watch = Watch(log, stack)
        watch.look()
        assert [(near.account_id, near.rule) for near in watch.nearest(5)] == [
            ("A3", "b"),
            ("A1", "b"),
        ]
        assert watch.accounts == 2
        say(log, PROGRESS, progress("A1", "0.95"))
        watch.look()
        assert [near.account_id for near in watch.nearest(1)] == ["A1"]


def test_watch_when_breaches_come_measures_how_long_they_took(log):
    with ExitStack() as stack:
        watch = Watch(log, stack)
        assert watch.latency is None
        say(log, BREACHES, {"type": "breach"}, arrived_ms=0)
        say(log, DEAD_LETTERS, {"code": "crossed"}, partition=1)
        watch.look()
        assert watch.latency.p50 > 1_600_000_000_000
        assert watch.counts == {"breach": 1, "dead_letter": 1}
