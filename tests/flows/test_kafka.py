"""The whole chain on a real Kafka: the same journal, the same decisions, the same rows."""

import pytest
from pydantic import SecretStr

from connectors.log.local import LocalLog
from connectors.log.open import open_log
from flows.demo.check import journaled
from flows.persist import persist_flow
from flows.prefix import PrefixedLog
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, JOURNAL, TICKS
from sinks.migrate import upgrade
from tests.flows import kit
from tests.flows.processes import command, drain, running, sequence_options
from tests.flows.test_persist import held, stored

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@pytest.fixture
def kafka(kafka_bootstrap, topic_prefix):
    log = PrefixedLog(open_log(f"kafka:{kafka_bootstrap}"), topic_prefix)
    yield log
    log.close()


@pytest.mark.postgres
def test_chain_when_on_kafka_says_what_it_says_on_the_local_log(tmp_path, kafka, postgres_url):
    local = LocalLog(tmp_path / "log")
    for number, log in enumerate((local, kafka)):
        given = kit.settings(kit.feed(log, tmp_path / str(number)))
        kit.sequence(log, given)
        kit.decide(log, given)
    assert kit.outputs(kafka) == kit.outputs(local)
    assert kit.values(kafka, DEAD_LETTERS) == kit.values(local, DEAD_LETTERS)
    upgrade(postgres_url)
    given = given.model_copy(update={"database_url": SecretStr(postgres_url)})
    kit.run(persist_flow, kafka, given)
    assert stored(postgres_url) == held(local)


def test_chain_when_killed_on_kafka_writes_everything_once(
    tmp_path, kafka, kafka_bootstrap, topic_prefix
):
    files = kit.feed(kafka, tmp_path)
    url = f"kafka:{kafka_bootstrap}"
    prefix = f"--topic-prefix={topic_prefix}"
    sequence = command("sequence", url, prefix, *sequence_options(files))
    risk = command("risk", url, prefix, "--key-groups=2", "--engine=reference")
    for arguments, topic, goals in ((sequence, JOURNAL, (5, 40)), (risk, "progress", (3, 30))):
        for goal in goals:
            with running(arguments) as flow:
                flow.await_that(
                    lambda goal=goal, topic=topic: kafka.end_offset(topic) >= goal,
                )
                flow.kill()
        drain(arguments)
    inputs = kafka.end_offset(TICKS) + kafka.end_offset(ACCOUNT_EVENTS)
    known = journaled(kafka)
    letters = kit.values(kafka, DEAD_LETTERS)
    assert known.ticks + known.events + len(letters) + known.repeated == inputs
    found = kit.outputs(kafka)
    found.pop("dead-letters/00001")
    assert found == kit.expected(kafka)
