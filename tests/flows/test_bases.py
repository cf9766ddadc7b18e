"""A restart from a base says what a restart from the beginning says, and a bad base is refused."""

import errno
import json
import os
import pickle
import re
import signal
from contextlib import ExitStack, closing

import pytest
import structlog

from connectors.journal import JournalGap, JournalReader
from connectors.log.local import LocalLog
from flows.deciding import Deciding
from flows.manifest import BadBase
from flows.shard import Shard
from flows.shards import Assignment, Owner
from flows.state_at import hashes
from flows.state_file import write_state
from flows.state_hash import state_hash
from flows.topics import ensure_topics
from tests.flows import kit
from tests.flows.processes import command, drain, running


@pytest.fixture(scope="module")
def journaled(tmp_path_factory):
    """A log with a journal, the settings it was made with, and what it should lead to."""
    folder = tmp_path_factory.mktemp("journaled")
    log = LocalLog(folder / "log")
    given = kit.settings(kit.feed(log, folder, accounts=120), frame_rows=20, engine="fast")
    kit.sequence(log, given)
    return log, given, kit.expected(log), folder


@pytest.fixture
def decide(tmp_path, journaled):
    """Run the risk flow over the first records of the journal; returns its log and settings."""
    log = LocalLog(tmp_path / "log")
    ensure_topics(log, 1)

    def run(through=None, **changes):
        kit.extend_topic(journaled[0], log, through)
        usual = {"recovery": tmp_path / "recovery", "base_s": 0.05}
        kit.decide(log, journaled[1].model_copy(update=usual | changes))
        return log

    return run


def manifest(tmp_path):
    return json.loads((tmp_path / "recovery" / "shard-00000-of-00001.base").read_text())


def edit(tmp_path, **changes):
    path = tmp_path / "recovery" / "shard-00000-of-00001.base"
    path.write_text(json.dumps(manifest(tmp_path) | changes))


def outputs(log):
    found = kit.outputs(log)
    found.pop("dead-letters/00001")
    return found


def test_flow_when_continued_from_bases_writes_the_same_bytes(decide, journaled, tmp_path):
    end = journaled[0].end_offset("journal")
    records = []
    for part in range(1, 8):
        log = decide(end * part // 7)
        records.append(manifest(tmp_path)["record"])
    assert outputs(log) == journaled[2]
    assert records == sorted(records)
    assert records[-1] > 0, "a base was written"


def test_flow_when_the_base_is_older_than_the_outputs_suppresses_them(decide, journaled, tmp_path):
    end = journaled[0].end_offset("journal")
    decide(end // 2)
    folder = tmp_path / "recovery"
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    decide(end * 3 // 4)
    for path in folder.iterdir():
        path.unlink()
    for path, data in kept.items():
        path.write_bytes(data)
    log = decide()
    assert outputs(log) == journaled[2]


@pytest.mark.parametrize("engine", ["fast", "reference"])
def test_state_when_restored_is_the_state_that_was_written(decide, journaled, tmp_path, engine):
    """The round trip of whatever the rules hold: replayed from a base or from the start."""
    log = decide(engine=engine)
    end = log.end_offset("journal")
    from_base = hashes(log, tmp_path / "recovery")
    whole = hashes_from_start(log, journaled, engine)
    assert manifest(tmp_path)["record"] > 0
    assert (from_base.record, from_base.total) == (end, whole)


def hashes_from_start(log, journaled, engine):
    shard = Shard(Owner(0, 1), journaled[1].model_copy(update={"engine": engine}))
    reader = JournalReader(log)
    for entry in reader.rest():
        shard.evaluate(entry)
    reader.close()
    shard.engine.finish(0, 1, final_progress=True)
    return state_hash(shard.engine.accounts)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": "0" * 32}, "by another version of the rules"),
        ({"journal": "0" * 32}, "of another journal"),
        ({"steps": ["journal", "judge", "decisions"]}, "with other step ids"),
        ({"engine": "reference"}, "with engine 'reference', not 'fast'"),
        ({"version": 0}, "with version 0, not 1"),
        ({"blake2b": "0" * 64}, "is damaged: its checksum differs"),
        ({"state": "shard-00000.9999999999.state"}, "No such file"),
        ({"outputs": 7}, "cannot be used"),
    ],
)
def test_flow_when_the_base_is_of_something_else_refuses_to_start(
    decide, journaled, tmp_path, changes, words
):
    decide(journaled[0].end_offset("journal") // 2)
    assert manifest(tmp_path)["record"] > 0
    edit(tmp_path, **changes)
    before = kit.outputs(LocalLog(tmp_path / "log"))
    with pytest.raises(BadBase, match=re.escape(words)) as raised:
        decide()
    assert "--rebuild" in str(raised.value)
    assert kit.outputs(LocalLog(tmp_path / "log")) == before
    log = decide(rebuild=True)
    assert outputs(log) == journaled[2]


def test_flow_when_the_base_is_gone_refuses_to_start(decide, journaled, tmp_path):
    decide(journaled[0].end_offset("journal") // 2)
    for path in (tmp_path / "recovery").iterdir():
        path.unlink()
    with pytest.raises(BadBase, match="there is no base, but decisions"):
        decide()


def test_flow_when_a_state_names_a_stranger_refuses_to_load_it(decide, journaled, tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    decide(journaled[0].end_offset("journal") // 2)
    path = tmp_path / "recovery" / manifest(tmp_path)["state"]
    assert pickle.dumps(Evil())
    summed = write_state(path, Evil())
    edit(tmp_path, bytes=summed.size, blake2b=summed.digest)
    with pytest.raises(BadBase, match="which no state is made of"):
        decide()


def test_flow_when_files_were_left_unfinished_removes_them(decide, journaled, tmp_path):
    decide(journaled[0].end_offset("journal") // 2)
    folder = tmp_path / "recovery"
    for name in ("shard-00000.0000000001.new", "shard-00000.0000000002.state"):
        (folder / name).write_bytes(b"half")
    decide()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["shard-00000-of-00001.base", manifest(tmp_path)["state"]]


def test_processes_when_scaled_out_and_in_come_to_the_same_state(journaled, tmp_path):
    """1 process, then 4, then 2; every time it is killed or drained in the middle of its work."""
    source, given, _, _ = journaled
    log = LocalLog(tmp_path / "log")
    ensure_topics(log, 4)
    end = source.end_offset("journal")
    url, folder = f"dir:{tmp_path / 'log'}", tmp_path / "recovery"

    def flows(*ranges):
        options = (f"--recovery={folder}", "--base-s=0.05", "--engine=fast")
        return [command("risk", url, f"--key-groups={one}", *options) for one in ranges]

    kit.extend_topic(source, log, end // 3)
    drain(*flows("0-63"))
    together(
        flows("0-15", "16-31", "32-47", "48-63"),
        lambda: kit.extend_topic(source, log, 2 * end // 3),
    )
    together(flows("0-31", "32-63"), lambda: kit.extend_topic(source, log))
    assert {name: lines for name, lines in kit.outputs(log).items() if "dead" not in name} == (
        kit.expected(log, partitions=4)
    )
    reached = hashes(log, folder)
    assert len(reached.shards) == 4
    assert reached.total == hashes_from_start(log, journaled, "fast")
    assert given.key_groups == 2, "the processes used the default of 64"


def together(commands, feed):
    """Run flows at once; kill the first in the middle, then drain them all."""
    with ExitStack() as stack:
        flows = [stack.enter_context(running(one)) for one in commands]
        for flow in flows:
            flow.await_that(flow.started)
        feed()
        flows[0].kill()
        flows[0] = stack.enter_context(running(commands[0]))
        flows[0].await_that(flows[0].started)
        for flow in flows:
            flow.signal(signal.SIGUSR1)
        for flow in flows:
            assert flow.wait() == 0, flow.said


def test_flow_when_the_disk_is_full_goes_on_with_the_base_before(
    decide, journaled, tmp_path, monkeypatch
):
    def full(_path, _state):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    end = journaled[0].end_offset("journal")
    decide(end // 2)
    before = manifest(tmp_path)
    with monkeypatch.context() as patched, structlog.testing.capture_logs() as logged:
        patched.setattr("flows.bases.write_state", full)
        decide(end * 3 // 4)
    assert "snapshot.failed" in {entry["event"] for entry in logged}
    assert manifest(tmp_path) == before
    assert outputs(decide()) == journaled[2]


def test_state_when_there_is_no_room_for_it_leaves_nothing_behind(tmp_path, monkeypatch):
    """Halves of states would keep a full disk full."""

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("flows.state_file.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_state(tmp_path / "shard.state", list(range(10_000)))
    assert list(tmp_path.iterdir()) == []


def test_base_when_shards_begin_at_different_places_waits_for_the_last(tmp_path):
    log = LocalLog(tmp_path / "log")
    ensure_topics(log, 2)
    with ExitStack() as stack:
        deciding = Deciding(log, Assignment((0, 1), 2), {}, {0: 5, 1: 9}, stack)
        assert [deciding.settled(offset) for offset in (8, 9, 10)] == [False, True, True]


def test_shard_when_a_frame_is_not_the_next_one_stops(journaled):
    shard = Shard(Owner(0, 1), journaled[1])
    with closing(JournalReader(journaled[0])) as reader:
        entries = list(reader.rest())
    shard.evaluate(entries[0])
    shard.evaluate(entries[1])
    for wrong in (entries[1], entries[3]):  # the same again, and one too far
        with pytest.raises(JournalGap, match="shard 0: position"):
            shard.evaluate(wrong)
    shard.evaluate(entries[2])
