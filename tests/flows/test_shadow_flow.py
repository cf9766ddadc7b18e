"""The shadow flow over a small world: beside the live decisions, and what a replay would say."""

from contextlib import ExitStack

import pytest

from connectors.bad_file import BadFile
from connectors.log.abstract import LogLocked
from connectors.log.local import LocalLog
from flows.outlet import Diverged
from flows.run import root_cause
from flows.shadow import SHADOW_TOPIC, shadow_flow
from tests.flows.kit import decide, drained, feed, outputs, run, sequence, settings, values

MARKER = "version: 1"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A sequenced world, its settings, and a tighter version of each of its rulesets."""
    folder = tmp_path_factory.mktemp("world")
    log = LocalLog(folder / "log")
    files = feed(log, folder, accounts=40)
    given = settings(files)
    sequence(log, given)
    others = []
    for file in sorted(files.rulesets.glob("*.v1.yaml")):
        text = file.read_text()
        assert MARKER in text
        other = folder / file.name.replace(".v1", ".v99")
        changed = text.replace(MARKER, "version: 99").replace('pct: "0.05"', 'pct: "0.001"')
        other.write_text(changed.replace('pct: "0.03"', 'pct: "0.001"'))
        others.append(other)
    return log, given, others


def test_shadow_when_it_runs_beside_changes_no_live_byte(world, tmp_path):
    log, given, others = world
    decide(log, given)
    before = outputs(log)
    run(shadow_flow(others), log, given)
    assert outputs(log) == before
    shadows = values(log, SHADOW_TOPIC)
    assert shadows
    assert all(b'@99"' in line for line in shadows)
    assert sum(b'"type":"breach"' in line for line in shadows) > 0


def test_shadow_when_run_again_writes_nothing_twice(world):
    log, given, others = world
    run(shadow_flow(others, "again"), log, given)
    first = values(log, "again")
    run(shadow_flow(others, "again"), log, given)
    assert values(log, "again") == first


def test_shadow_when_its_version_changes_stops_at_the_first_difference(world, tmp_path):
    log, given, others = world
    run(shadow_flow(others[:1], "changed"), log, given)
    assert values(log, "changed")
    other = tmp_path / others[0].name
    other.write_text(others[0].read_text().replace("version: 99", "version: 98"))
    with pytest.raises(Exception) as stopped:  # Bytewax wraps it
        run(shadow_flow([other], "changed"), log, given)
    assert isinstance(root_cause(stopped.value), Diverged)


def test_shadow_when_its_file_is_bad_is_told_before_a_topic_is_made(world, tmp_path):
    log, given, _ = world
    bad = tmp_path / "bad.yaml"
    bad.write_text("ruleset: x\n")
    with pytest.raises(BadFile, match=r"bad\.yaml:1: "):
        run(shadow_flow([bad], "never"), log, given)
    with pytest.raises(Exception, match="never"):
        log.partitions("never")


def test_shadow_when_another_one_writes_its_topic_is_refused(world):
    log, given, others = world
    with ExitStack() as stack:
        shadow_flow(others, "taken")(log, given, drained(), stack)
        with pytest.raises(LogLocked):
            run(shadow_flow(others, "taken"), log, given)
