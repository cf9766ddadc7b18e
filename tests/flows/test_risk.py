"""The risk flow says what one engine says, however it is spread, stored or interrupted."""

from contextlib import ExitStack, closing

import pytest
from bytewax.testing import cluster_main

from connectors.log.abstract import LogLocked
from connectors.log.local import LocalLog
from connectors.log.open import open_log
from flows.outlet import Diverged
from flows.prefix import PrefixedLog
from flows.risk import risk_flow
from flows.run import root_cause
from flows.topics import ensure_topics
from schemas.dead_letters import DeadLetter
from schemas.topics import BREACHES
from tests.flows import kit


@pytest.fixture(scope="module")
def journaled(tmp_path_factory):
    """A log with a journal, and the settings it was made with."""
    folder = tmp_path_factory.mktemp("journaled")
    log = LocalLog(folder / "log")
    given = kit.settings(kit.feed(log, folder))
    kit.sequence(log, given)
    return log, given


def fresh(tmp_path, journaled, partitions=1):
    """Another log with the same journal."""
    log = LocalLog(tmp_path / "log")
    ensure_topics(log, partitions)
    kit.copy_topic(journaled[0], log)
    return log


@pytest.mark.parametrize(
    ("groups", "engine"), [(1, "reference"), (2, "reference"), (7, "reference"), (3, "fast")]
)
def test_risk_flow_when_spread_over_key_groups_gives_the_bytes_of_one_engine(
    tmp_path, journaled, groups, engine
):
    log = fresh(tmp_path, journaled)
    kit.decide(log, journaled[1].model_copy(update={"key_groups": groups, "engine": engine}))
    found = kit.outputs(log)
    letters = found.pop("dead-letters/00001")
    assert found == kit.expected(log)
    assert sum(map(len, found.values())) > 100
    assert {DeadLetter.model_validate_json(line).source for line in letters} <= {"journal"}


@pytest.mark.kafka
def test_risk_flow_when_on_kafka_gives_the_same_bytes(
    tmp_path, journaled, kafka_bootstrap, topic_prefix
):
    log = PrefixedLog(open_log(f"kafka:{kafka_bootstrap}"), topic_prefix)
    ensure_topics(log, 1)
    kit.copy_topic(journaled[0], log)
    kit.decide(log, journaled[1])
    found = kit.outputs(log)
    log.close()
    found.pop("dead-letters/00001")
    assert found == kit.expected(journaled[0])


def test_risk_flow_when_run_by_two_workers_gives_the_same_bytes(tmp_path, journaled):
    """Not the way to scale, but `-w 2` must not be wrong."""
    log = fresh(tmp_path, journaled)
    with ExitStack() as stack:
        wired = risk_flow(log, journaled[1], kit.drained(), stack)
        cluster_main(wired, [], 0, worker_count_per_proc=2)
    found = kit.outputs(log)
    found.pop("dead-letters/00001")
    assert found == kit.expected(log)


def test_risk_flow_when_topics_have_partitions_keys_them_by_account(tmp_path, journaled):
    log = fresh(tmp_path, journaled, partitions=3)
    kit.decide(log, journaled[1])
    found = kit.outputs(log)
    found.pop("dead-letters/00001")
    assert found == kit.expected(log, partitions=3)


def test_risk_flow_when_run_again_writes_nothing(tmp_path, journaled):
    log = fresh(tmp_path, journaled)
    kit.decide(log, journaled[1])
    before = kit.outputs(log)
    kit.decide(log, journaled[1])
    assert kit.outputs(log) == before


def test_risk_flow_when_topics_hold_a_part_writes_the_rest(tmp_path, journaled):
    """Whatever prefix a crash leaves of each topic, the outcome is the same."""
    whole = fresh(tmp_path / "whole", journaled)
    kit.decide(whole, journaled[1])
    complete = kit.outputs(whole)
    log = fresh(tmp_path / "part", journaled)
    for number, (name, lines) in enumerate(complete.items()):
        topic, partition = name.split("/")
        with closing(whole.reader(topic, int(partition))) as reader:
            records = reader.read(len(lines) * number // len(complete) + 1, 0)
        writer = log.writer(topic, int(partition))
        for record in records:
            writer.append(record.value, record.key)
        writer.close()
    kit.decide(log, journaled[1])
    assert kit.outputs(log) == complete


def test_risk_flow_when_a_topic_holds_another_decision_stops(tmp_path, journaled):
    log = fresh(tmp_path, journaled)
    kit.decide(log, journaled[1])
    good = kit.values(log, BREACHES)
    other = fresh(tmp_path / "other", journaled)
    writer = other.writer(BREACHES)
    writer.append(good[0].replace(b'"observed":"', b'"observed":"1'), b"A1")
    writer.close()
    with pytest.raises(BaseException) as raised:
        kit.decide(other, journaled[1])
    assert isinstance(root_cause(raised.value), Diverged)
    assert len(kit.values(other, BREACHES)) == 1


def test_risk_flow_when_another_one_runs_is_refused(tmp_path, journaled):
    log = fresh(tmp_path, journaled)
    with ExitStack() as first:
        risk_flow(log, journaled[1], kit.drained(), first)
        with pytest.raises(LogLocked), ExitStack() as second:
            risk_flow(log, journaled[1], kit.drained(), second)
