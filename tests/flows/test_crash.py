"""Kill -9 of each flow, in the middle of its work: afterwards there is one of everything.

One seed is one run: HIGHWATER_TEST_SEED=N repeats it.
"""

import os
import signal
import sys
import time
from random import Random

import pytest

from connectors.log.local import LocalLog
from flows.demo.check import journaled
from schemas.dead_letters import DeadLetter
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, JOURNAL, PROGRESS, TICKS
from sinks.migrate import upgrade
from tests.flows import kit
from tests.flows.processes import command, drain, running, sequence_options
from tests.flows.test_persist import held, stored

KILLS = 4
pytestmark = pytest.mark.slow


@pytest.fixture
def random():
    seed = int(os.environ.get("HIGHWATER_TEST_SEED", "1"))
    print(f"HIGHWATER_TEST_SEED={seed}")
    return Random(seed)


@pytest.fixture
def fed(tmp_path):
    log = LocalLog(tmp_path / "log")
    return log, kit.feed(log, tmp_path), f"dir:{tmp_path / 'log'}"


def moments(random, whole):
    """Places in a topic at which to kill, the later ones nearer to its end."""
    return sorted(random.randint(1, whole * 9 // 10) for _ in range(KILLS))


def kill_at(arguments, log, topic, goal):
    with running(arguments) as flow:
        flow.await_that(lambda: flow.started() and log.end_offset(topic) >= goal)
        flow.kill()


def test_sequence_flow_when_killed_again_and_again_writes_one_journal(fed, random, tmp_path):
    log, files, url = fed
    inputs = log.end_offset(TICKS) + log.end_offset(ACCOUNT_EVENTS)
    arguments = command("sequence", url, *sequence_options(files))
    for goal in moments(random, inputs // 25):
        kill_at(arguments, log, JOURNAL, goal)
    drain(arguments)
    known = journaled(log)
    letters = [DeadLetter.model_validate_json(line) for line in kit.values(log, DEAD_LETTERS)]
    assert known.ticks + known.events + len(letters) + known.repeated == inputs
    assert len({(one.source, one.offset) for one in letters}) == len(letters) == known.rejected
    whole = LocalLog(tmp_path / "whole")
    kit.sequence(whole, kit.settings(kit.feed(whole, tmp_path / "again")))
    assert kit.expected(log) == kit.expected(whole), "the entries of a run nobody disturbed"


def test_risk_flow_when_killed_again_and_again_decides_once(fed, random):
    log, files, url = fed
    kit.sequence(log, kit.settings(files, frame_rows=25))
    expected = kit.expected(log)
    arguments = command("risk", url, "--key-groups=3", "--engine=reference")
    for goal in moments(random, len(expected[f"{PROGRESS}/00000"])):
        kill_at(arguments, log, PROGRESS, goal)
    drain(arguments)
    found = kit.outputs(log)
    found.pop("dead-letters/00001")
    assert found == expected


@pytest.mark.postgres
def test_persist_flow_when_killed_again_and_again_stores_once(fed, random, postgres_url):
    log, files, url = fed
    given = kit.settings(files, progress="every")
    kit.sequence(log, given)
    kit.decide(log, given)
    upgrade(postgres_url)
    arguments = command("persist", url)
    for _ in range(KILLS):
        with running(arguments, HIGHWATER_DATABASE_URL=postgres_url) as flow:
            flow.await_that(flow.started)
            time.sleep(random.uniform(0, 0.1))
            flow.kill()
    drain(arguments, HIGHWATER_DATABASE_URL=postgres_url)
    assert stored(postgres_url) == held(log)


@pytest.mark.parametrize("name", ["sequence", "risk"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_flow_when_asked_to_end_ends_with_what_is_in_hand(fed, name, number):
    _, files, url = fed
    options = sequence_options(files) if name == "sequence" else ["--engine=reference"]
    with running(command(name, url, *options)) as flow:
        flow.await_that(flow.started)
        assert flow.end(number) == 0, flow.said
        assert '"flow.stopped"' in flow.said


@pytest.mark.parametrize("flow", ["sequence", "risk"])
def test_flow_when_run_by_bytewax_itself_works(fed, flow):
    _, files, url = fed
    arguments = [sys.executable, "-m", "bytewax.run", f"flows.{flow}"]
    environment = {
        "HIGHWATER_LOG": url,
        "HIGHWATER_INSTRUMENTS": str(files.instruments),
        "HIGHWATER_RULESETS": str(files.rulesets),
        "HIGHWATER_CLOCK_MS": "0",
        "HIGHWATER_ENGINE": "reference",
    }
    drain(arguments, **environment)
