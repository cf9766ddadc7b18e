"""A short crash programme for every run of the tests; `make chaos` is the long one.

More than 20 kills in all; the broker, which other tests share, is left alone here.
HIGHWATER_TEST_SEED=N repeats one.
"""

import os
from contextlib import closing
from random import Random

import pytest

from connectors.log.local import LocalLog
from connectors.log.open import open_log
from flows.prefix import PrefixedLog
from tests.chaos.play import Play

pytestmark = pytest.mark.slow
SEED = int(os.environ.get("HIGHWATER_TEST_SEED", "1"))


def test_flows_when_killed_at_every_moment_decide_everything_once(tmp_path):
    log = LocalLog(tmp_path / "log")
    play = Play(log, f"dir:{tmp_path / 'log'}", "", tmp_path, Random(SEED), None)
    assert play.run(kills=12) == [], f"HIGHWATER_TEST_SEED={SEED}\n{play.last_words()}"


@pytest.mark.kafka
def test_flows_when_killed_and_fenced_on_kafka_decide_everything_once(
    tmp_path, kafka_bootstrap, topic_prefix
):
    url = f"kafka:{kafka_bootstrap}"
    with closing(PrefixedLog(open_log(url), topic_prefix)) as log:
        play = Play(log, url, topic_prefix, tmp_path, Random(SEED), None)
        assert play.run(kills=10) == [], f"HIGHWATER_TEST_SEED={SEED}\n{play.last_words()}"


def test_flows_when_killed_once_at_every_numbered_step_decide_everything_once(tmp_path):
    log = LocalLog(tmp_path / "log")
    play = Play(log, f"dir:{tmp_path / 'log'}", "", tmp_path, Random(SEED), None, portions=160)
    assert play.crash_everywhere() == [], f"HIGHWATER_TEST_SEED={SEED}\n{play.last_words()}"
