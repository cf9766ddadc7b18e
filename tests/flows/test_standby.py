"""A standby follows, and writes what is missing when the one that wrote is gone."""

import signal
import time
from contextlib import ExitStack, closing

import pytest

from connectors.log.local import LocalLog
from connectors.log.open import open_log
from flows.prefix import PrefixedLog
from flows.topics import ensure_topics
from schemas.topics import JOURNAL, PROGRESS
from tests.flows import kit
from tests.flows.processes import command, running

pytestmark = pytest.mark.slow
SHARDS = 2


@pytest.fixture(params=["dir", pytest.param("kafka", marks=pytest.mark.kafka)])
def place(request, tmp_path):
    """A log with topics for two shards, its URL, and options that name it."""
    if request.param == "dir":
        log, url, options = LocalLog(tmp_path / "log"), f"dir:{tmp_path / 'log'}", []
    else:
        url = f"kafka:{request.getfixturevalue('kafka_bootstrap')}"
        prefix = request.getfixturevalue("topic_prefix")
        log, options = PrefixedLog(open_log(url), prefix), [f"--topic-prefix={prefix}"]
    ensure_topics(log, SHARDS)
    with closing(log):
        yield log, url, options


def written(log):
    return sum(log.end_offset(PROGRESS, shard) for shard in range(SHARDS))


def test_standby_when_the_active_one_is_killed_takes_over_at_once(tmp_path, place):
    log, url, options = place
    source = LocalLog(tmp_path / "source")
    kit.sequence(source, kit.settings(kit.feed(source, tmp_path), frame_rows=20))
    end = source.end_offset(JOURNAL)
    options += ["--engine=reference", f"--recovery={tmp_path / 'recovery'}", "--base-s=0.2"]
    with ExitStack() as stack:
        active = stack.enter_context(running(command("risk", url, *options)))
        active.await_that(active.started)
        standby = stack.enter_context(running(command("risk", url, *options, "--standby")))
        standby.await_that(standby.started)
        kit.extend_topic(source, log, end // 2)
        active.await_that(lambda: written(log) > 0)
        time.sleep(1.5)  # it has a base by now, and the standby follows
        before = written(log)
        assert "lease.taken" not in standby.said
        active.kill()
        kit.extend_topic(source, log)
        killed_at = time.monotonic()
        standby.await_that(lambda: written(log) > before)
        took_s = time.monotonic() - killed_at
        assert "lease.taken" in standby.said
        assert standby.end(signal.SIGUSR1) == 0, standby.said
    assert took_s < 3, f"first decision after {took_s:.2f} s"
    found = {name: lines for name, lines in kit.outputs(log).items() if "dead" not in name}
    assert found == kit.expected(log, SHARDS)
