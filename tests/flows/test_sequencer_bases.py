"""A sequencer that begins from a base writes what one would that had read the whole journal."""

import json
import shutil
import time
from contextlib import ExitStack, closing

import pytest

from connectors.journal import EPOCH
from connectors.log.local import LocalLog
from connectors.log.open import open_log
from connectors.resume import Tail
from flows.demo.check import journaled
from flows.prefix import PrefixedLog
from flows.sequencer_bases import SequencerBases
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, JOURNAL, TICKS
from tests.flows import kit
from tests.flows.processes import command, drain, running, sequence_options

pytestmark = pytest.mark.slow
INPUTS = (ACCOUNT_EVENTS, TICKS)
WINDOW_NS = 7 * 86_400 * 10**9
PORTIONS = 8


class World:
    """A log that gets its inputs in portions from another one, and a sequencer's command."""

    def __init__(self, folder, log, url, *options):
        self.folder, self.log = folder, log
        self.source = LocalLog(folder / "source")
        self.files = kit.feed(self.source, folder, accounts=30)
        ensure_topics(log, 1)
        self.recovery = folder / "recovery"
        self.arguments = command(
            "sequence", url, *options, *sequence_options(self.files),
            f"--recovery={self.recovery}", "--base-s=0.05",
        )  # fmt: skip
        self.given = 0

    def more(self, portions=1):
        self.given += portions
        for topic in INPUTS:
            end = self.source.end_offset(topic) * min(self.given, PORTIONS) // PORTIONS
            kit.extend_topic(self.source, self.log, end, topic)

    def until_based(self, flow):
        """Let inputs come, slowly, until a base holds some of them."""
        flow.await_that(flow.started)
        deadline = time.monotonic() + 60
        while '"snapshot.written"' not in flow.said and time.monotonic() < deadline:
            self.more(1 if self.given < PORTIONS - 3 else 0)
            time.sleep(0.3)
        assert '"snapshot.written"' in flow.said, flow.said

    def check(self):
        """Every input is in the journal once, or refused as in a run nobody disturbed."""
        inputs = sum(self.log.end_offset(topic) for topic in INPUTS)
        known, letters = journaled(self.log), kit.values(self.log, DEAD_LETTERS)
        assert inputs == sum(self.source.end_offset(topic) for topic in INPUTS)
        assert known.ticks + known.events + len(letters) + known.repeated == inputs
        assert known.rejected == len(letters) > 0
        whole = LocalLog(self.folder / "whole")
        ensure_topics(whole, 1)
        for topic in INPUTS:
            for portion in range(1, PORTIONS + 1):
                end = self.source.end_offset(topic) * portion // PORTIONS
                kit.extend_topic(self.source, whole, end, topic)
        kit.sequence(whole, kit.settings(self.files, frame_rows=25, frame_ms=0))
        assert sorted(kit.values(whole, DEAD_LETTERS)) == sorted(letters)


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A log whose sequencer was killed when it had a base, and all inputs there by now."""
    folder = tmp_path_factory.mktemp("killed")
    world = World(folder, LocalLog(folder / "log"), f"dir:{folder / 'log'}")
    with running(world.arguments) as flow:
        world.until_based(flow)
        world.more()
        time.sleep(0.3)
        flow.kill()
    world.more(PORTIONS)
    return world


@pytest.fixture
def mine(killed, tmp_path):
    """A copy of it that a test may damage."""
    for name in ("log", "recovery"):
        shutil.copytree(killed.folder / name, tmp_path / name)
    return LocalLog(tmp_path / "log"), tmp_path / "recovery"


def resumed(log, known=None):
    tail = Tail(log, WINDOW_NS, known)
    with closing(tail):
        found = tail.resumed([])
    return found._replace(
        instruments=list(found.instruments), seen=[one[1] for one in found.seen.known()]
    )


def manifest(recovery):
    return recovery / "sequencer.json"


def change(recovery, **told):
    path = manifest(recovery)
    path.write_text(json.dumps(json.loads(path.read_text()) | told))


def test_sequencer_when_its_base_is_read_knows_what_the_whole_journal_says(mine):
    log, recovery = mine
    known = SequencerBases(recovery, log, 60).restore()
    assert known is not None
    assert 0 < known.place.offset < log.end_offset(JOURNAL)
    assert known.letters > 0
    assert resumed(log, known) == resumed(log)


def test_sequencer_when_its_base_is_old_knows_the_same(mine):
    log, recovery = mine
    known = SequencerBases(recovery, log, 60).restore()
    shutil.copytree(recovery, recovery.with_name("old"))
    arguments = [f"--log=dir:{recovery.parent / 'log'}", f"--recovery={recovery}"]
    drain([*command("sequence", "dir:nowhere")[:-1], *arguments, "--clock-ms=0"])
    old = SequencerBases(recovery.with_name("old"), log, 60).restore()
    assert old.place == known.place
    assert resumed(log, old) == resumed(log)


def torn(recovery):
    state = recovery / json.loads(manifest(recovery).read_text())["state"]
    state.write_bytes(state.read_bytes()[:-20])


def empty(recovery):
    manifest(recovery).write_text("")


def lost(recovery):
    for state in recovery.glob("sequencer.*.state"):
        state.unlink()


def none(recovery):
    shutil.rmtree(recovery)


def foreign(recovery):
    change(recovery, journal="0" * 32)


def newer(recovery):
    change(recovery, version=99)


def beyond(recovery):
    change(recovery, record=10**6)


def beyond_letters(recovery):
    change(recovery, letters=10**6)


@pytest.mark.parametrize(
    "damage", [torn, empty, lost, none, foreign, newer, beyond, beyond_letters]
)
def test_sequencer_when_its_base_cannot_be_used_reads_the_whole_journal(killed, mine, damage):
    log, recovery = mine
    wanted = resumed(log)
    damage(recovery)
    bases = SequencerBases(recovery, log, 60)
    assert bases.restore() is None
    assert resumed(log) == wanted


def test_sequencer_when_its_base_was_written_by_a_replaced_one_leaves_it_aside(mine):
    log, recovery = mine
    change(recovery, epoch=1, record=log.end_offset(JOURNAL))
    assert SequencerBases(recovery, log, 60).restore() is not None
    with closing(log.writer(JOURNAL)) as writer:
        writer.append(b"", headers=[(EPOCH, b"2")])
    change(recovery, record=log.end_offset(JOURNAL))
    assert SequencerBases(recovery, log, 60).restore() is None


@pytest.mark.parametrize("damage", [lambda _: None, torn, none])
def test_sequencer_when_killed_continues_the_same_journal(killed, mine, damage):
    log, recovery = mine
    damage(recovery)
    world = World.__new__(World)
    world.__dict__ |= killed.__dict__ | {"log": log, "folder": recovery.parent}
    url = f"dir:{recovery.parent / 'log'}"
    drain(command("sequence", url, *sequence_options(killed.files), f"--recovery={recovery}"))
    world.check()


@pytest.fixture(params=["dir", pytest.param("kafka", marks=pytest.mark.kafka)])
def world(request, tmp_path):
    if request.param == "dir":
        yield World(tmp_path, LocalLog(tmp_path / "log"), f"dir:{tmp_path / 'log'}")
        return
    url = f"kafka:{request.getfixturevalue('kafka_bootstrap')}"
    prefix = request.getfixturevalue("topic_prefix")
    with closing(PrefixedLog(open_log(url), prefix)) as log:
        yield World(tmp_path, log, url, f"--topic-prefix={prefix}")


def test_standby_when_the_sequencer_is_killed_takes_over(world):
    with ExitStack() as stack:
        active = stack.enter_context(running(world.arguments))
        active.await_that(active.started)
        standby = stack.enter_context(running([*world.arguments, "--standby"]))
        standby.await_that(lambda: '"flow.queued"' in standby.said)
        world.until_based(active)
        assert "lease.taken" not in standby.said
        active.kill()
        standby.await_that(standby.started)
        assert "lease.taken" in standby.said
        world.more(PORTIONS)
        assert standby.end(10) == 0, standby.said
    world.check()


def test_standby_when_asked_to_end_while_it_waits_ends(world):
    with ExitStack() as stack:
        active = stack.enter_context(running(world.arguments))
        active.await_that(active.started)
        standby = stack.enter_context(running([*world.arguments, "--standby"]))
        standby.await_that(lambda: '"flow.queued"' in standby.said)
        assert standby.end(15) == 0, standby.said
        assert '"flow.stopped"' in standby.said
