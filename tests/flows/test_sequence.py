"""The sequence flow writes one contiguous journal, whatever interrupts it."""

import json
import threading
import time
from contextlib import ExitStack, closing

import pytest
from bytewax.testing import run_main

from connectors.journal import JournalReader, JournalWriter
from connectors.log.abstract import LogError, LogLocked
from connectors.log.local import LocalLog
from flows.crew import Setup
from flows.dead_letter_share import LEAST, DeadLetterShare, TooManyDeadLetters
from flows.demo.check import journaled
from flows.inputs import load_rulebook, open_journal
from flows.replay import Replay
from flows.run import root_cause
from flows.sequence import sequence_flow
from flows.stopping import Stop
from schemas.dead_letters import DeadLetter
from schemas.errors import InputError
from schemas.events import Clock, InstrumentListed, RulesetPublished
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, JOURNAL, TICKS
from tests.flows import kit

TICK = {"ts": "1741723200000000000", "symbol": "EURUSD", "bid": "1.1", "ask": "1.2"}
CLOCK = {"event_id": "c1", "type": "clock", "ts": "1741723200000000001"}


@pytest.fixture
def fed(tmp_path):
    """A log with a small world in its input topics, the files of it, and settings."""
    log = LocalLog(tmp_path / "log")
    files = kit.feed(log, tmp_path, accounts=20, minutes=0.05)
    return log, files, kit.settings(files)


def entries(log):
    with closing(JournalReader(log)) as reader:
        return list(reader.rest())


def append(log, topic, *records):
    with closing(log.writer(topic)) as writer:
        for record in records:
            writer.append(record if isinstance(record, bytes) else dumps(record))


def test_sequence_flow_when_done_accounts_for_every_input(fed):
    log, _, given = fed
    kit.sequence(log, given)
    known = journaled(log)
    letters = kit.values(log, DEAD_LETTERS)
    inputs = log.end_offset(TICKS) + log.end_offset(ACCOUNT_EVENTS)
    assert known.ticks + known.events + len(letters) + known.repeated == inputs
    assert known.rejected == len(letters) > 5
    places = {(one.source, one.offset) for one in map(DeadLetter.model_validate_json, letters)}
    assert len(places) == len(letters)


def test_sequence_flow_when_its_journal_is_judged_gives_what_replay_gives(fed):
    """Live and recorded inputs mean the same, byte by byte."""
    log, files, given = fed
    kit.sequence(log, given)
    rulebook = load_rulebook(files.instruments, files.rulesets)
    journal = open_journal(rulebook.instruments, [files.ticks], [files.events])
    run = Replay(Setup("reference", rulebook, "boundary"), journal)
    lines = [done.line for piece in run.pieces() for done in piece.decisions]
    live = [line for part in kit.expected(log).values() for line in part]
    assert len(live) > 20
    last = [json.loads(line) for line in set(lines) - set(live)]
    assert set(live) <= set(lines)
    assert {one["type"] for one in last} == {"progress"}, "a replay ends with every account's"
    assert len({one["seq"] for one in last}) == 1


@pytest.mark.parametrize("rows", [1, 7, 4096])
def test_sequence_flow_when_frames_are_cut_elsewhere_makes_the_same_entries(tmp_path, fed, rows):
    log, _, given = fed
    kit.sequence(log, given)
    other = LocalLog(tmp_path / "other")
    kit.feed(other, tmp_path / "again", accounts=20, minutes=0.05)
    kit.sequence(other, given.model_copy(update={"frame_rows": rows, "frame_ms": 0}))
    assert kit.expected(other) == kit.expected(log)
    assert kit.values(other, DEAD_LETTERS) == kit.values(log, DEAD_LETTERS)


def test_sequence_flow_when_started_again_continues(fed):
    log, _, given = fed
    kit.sequence(log, given)
    before = log.end_offset(JOURNAL)
    kit.sequence(log, given)
    assert log.end_offset(JOURNAL) == before, "nothing came, so nothing is written"
    append(log, TICKS, TICK | {"ts": "1841723200000000000"})
    kit.sequence(log, given.model_copy(update={"ahead_s": 0}))
    last = entries(log)[-1]
    assert last.frame.n == 1
    assert last.frame.sources["ticks/0"] == (log.end_offset(TICKS) - 1, log.end_offset(TICKS))


def test_sequence_flow_when_started_again_remembers_event_ids(fed):
    log, _, given = fed
    bad = CLOCK | {"event_id": "c2", "account_id": 7}
    append(log, ACCOUNT_EVENTS, CLOCK, bad)
    kit.sequence(log, given)
    letters = len(kit.values(log, DEAD_LETTERS))
    append(log, ACCOUNT_EVENTS, CLOCK, bad, CLOCK | {"event_id": "c3"})
    kit.sequence(log, given)
    last = entries(log)[-1]
    assert (last.frame.n, last.repeated, last.rejected) == (1, 2, 0)
    assert len(kit.values(log, DEAD_LETTERS)) == letters


def test_sequence_flow_when_it_died_before_the_frame_writes_no_dead_letter_twice(fed, monkeypatch):
    """Dead letters come first; until the frame is there, their inputs are read again."""
    log, _, given = fed
    given = given.model_copy(update={"frame_rows": 100, "frame_ms": 0})

    def dies(self, done, written, whole=JournalWriter.append):
        if done.letters and done.frame.first > 100:
            self._journal.close()
        whole(self, done, written)

    with monkeypatch.context() as patched:
        patched.setattr(JournalWriter, "append", dies)
        with pytest.raises(BaseException) as raised:
            kit.sequence(log, given)
        assert isinstance(root_cause(raised.value), LogError)
    left = len(kit.values(log, DEAD_LETTERS))
    covered = sum(entry.rejected for entry in entries(log))
    assert left > covered, "the dead letters of a frame that is not there"
    kit.sequence(log, given)
    letters = [DeadLetter.model_validate_json(line) for line in kit.values(log, DEAD_LETTERS)]
    assert len({(one.source, one.offset) for one in letters}) == len(letters)
    assert journaled(log).rejected == len(letters)


def test_sequence_flow_when_another_one_runs_is_refused(fed):
    log, _, given = fed
    with ExitStack() as first:
        sequence_flow(log, given, Stop(), first)
        with pytest.raises(LogLocked), ExitStack() as second:
            sequence_flow(log, given, Stop(), second)


def test_sequence_flow_when_the_feed_is_silent_adds_a_clock(fed):
    log, _, given = fed
    stop = Stop()

    def clocks():
        events = (item.event for entry in entries(log) for item in entry.frame.events)
        return [event for event in events if isinstance(event, Clock)]

    def stop_after_a_clock():
        while not clocks():
            time.sleep(0.02)
        stop.drained = True

    thread = threading.Thread(target=stop_after_a_clock)
    with ExitStack() as stack:
        given = given.model_copy(update={"clock_ms": 30})
        flow = sequence_flow(log, given, stop, stack)
        thread.start()
        run_main(flow)
    thread.join()
    assert clocks()[0].event_id == f"clock-{clocks()[0].ts}"
    assert abs(clocks()[0].ts - time.time_ns()) < 60e9


def test_sequence_flow_when_files_have_grown_lists_and_publishes_the_rest(fed):
    log, files, given = fed
    kit.sequence(log, given)
    more = "- {symbol: NEWUSD, base: NEW, quote: USD, price_digits: 2, qty_digits: 2}\n"
    files.instruments.write_text(files.instruments.read_text() + more)
    ruleset = (files.rulesets / "surge-1step-25k.v1.yaml").read_text()
    newer = ruleset.replace("version: 1", "version: 9")
    (files.rulesets / "newer.yaml").write_text(newer)
    kit.sequence(log, given)
    kit.sequence(log, given)
    events = [item.event for entry in entries(log) for item in entry.frame.events]
    listed = [event for event in events if isinstance(event, InstrumentListed)]
    published = [event for event in events if isinstance(event, RulesetPublished)]
    assert [event.instrument.symbol for event in listed] == ["NEWUSD"]
    assert [str(event.document.ref) for event in published] == ["surge-1step-25k@9"]


def test_sequence_flow_when_a_file_contradicts_the_journal_refuses_to_start(fed):
    log, files, given = fed
    kit.sequence(log, given)
    text = files.instruments.read_text()
    files.instruments.write_text(text.replace("qty_digits: 2", "qty_digits: 3", 1))
    with pytest.raises(InputError, match="listed in the journal with other content"):
        kit.sequence(log, given)


def test_dead_letter_share_when_most_inputs_are_refused_stops():
    share = DeadLetterShare(50)
    share.add(LEAST - 1, LEAST - 1)
    with pytest.raises(TooManyDeadLetters, match="1000 of the last 1000"):
        share.add(1, 1)


def test_dead_letter_share_when_good_times_are_long_ago_forgets_them():
    share = DeadLetterShare(50)
    for _ in range(100):
        share.add(1_000, 0)
    for _ in range(5):
        share.add(1_000, 1_000)
    with pytest.raises(TooManyDeadLetters):
        share.add(1_000, 1_000)
