"""One holder at a time, on every log; and a reader of the journal hears one sequencer at a time."""

import signal
import subprocess
import sys
import time
from contextlib import closing

import pytest

from connectors.journal import EPOCH, Hearing, JournalReader
from connectors.log.abstract import LeaseLost, LogError, LogLocked
from connectors.log.lease_book import Holder, LeaseBook, record
from schemas.frames import FrameBuilder

NAMES = ["risk/0", "risk/1"]


def test_lease_when_held_is_refused_to_another(log, new_topic):
    with closing(log.lease(new_topic, NAMES)) as held:
        with pytest.raises(LogLocked, match="risk/1: held by process"):
            log.lease(new_topic, ["risk/1"])
        held.check()


def test_lease_when_given_back_passes_on_with_a_higher_epoch(log, new_topic):
    for epoch in (1, 2, 3):
        with closing(log.lease(new_topic, NAMES)) as held:
            assert held.epochs == dict.fromkeys(NAMES, epoch)
    with pytest.raises(LogError, match="closed"):
        held.check()


def test_lease_when_refused_leaves_nothing_held(log, new_topic):
    with closing(log.lease(new_topic, ["b"])):
        with pytest.raises(LogLocked):
            log.lease(new_topic, ["a", "b"])
        log.lease(new_topic, ["a"]).close()


HOLD = """
import sys, time
from connectors.log.open import open_log
lease = open_log(sys.argv[1]).lease(sys.argv[2], ["risk/0"])
print(lease.epochs["risk/0"], flush=True)
try:
    while True:
        lease.check()
        time.sleep(0.01)
except Exception as error:
    print(type(error).__name__, error, flush=True)
"""


@pytest.fixture
def holder(log_url, new_topic):
    """A process that holds the lease and says why it does not any more."""
    arguments = [sys.executable, "-c", HOLD, log_url, new_topic]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "1\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_lease_when_its_holder_was_killed_is_free_at_once(log, new_topic, holder):
    holder.kill()
    holder.wait()
    before = time.monotonic()
    with closing(log.lease(new_topic, ["risk/0"])) as held:
        assert held.epochs["risk/0"] == 2
    assert time.monotonic() - before < 2


@pytest.mark.parametrize("log_url", [pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True)
def test_lease_when_its_holder_was_suspended_is_taken_and_the_zombie_fenced(log, new_topic, holder):
    holder.send_signal(signal.SIGSTOP)
    with closing(log.lease(new_topic, ["risk/0"])) as held:
        assert held.epochs["risk/0"] == 2
        holder.send_signal(signal.SIGCONT)
        said = holder.stdout.readline()
        held.check()
    assert said.startswith(f"{LeaseLost.__name__} risk/0: fenced; process")


def claims(*said):
    """The book after records of (holder, epoch, state)."""
    book = LeaseBook()
    for offset, (name, epoch, state) in enumerate(said):
        book.read(offset, record("one", epoch, Holder.here(name), 3.0, state)[1])
    now = book.of("one")
    return now.epoch, now.holder and now.holder.id


def test_book_when_two_claim_an_epoch_believes_the_first():
    assert claims(("a", 1, "claim"), ("b", 1, "claim")) == (1, "a")


def test_book_when_replaced_ignores_what_the_old_holder_says():
    said = [("a", 1, "claim"), ("b", 2, "claim"), ("a", 1, "renew"), ("a", 1, "release")]
    assert claims(*said) == (2, "b")


def test_book_when_released_knows_the_epoch_and_no_holder():
    assert claims(("a", 4, "claim"), ("a", 4, "release")) == (4, None)


def test_holder_when_its_process_is_another_one_is_dead():
    assert not Holder.here("a").is_dead
    assert Holder.here("a")._replace(began="before").is_dead
    assert not Holder.here("a")._replace(host="elsewhere", began="before").is_dead


def frame(position):
    builder = FrameBuilder(position)
    builder.append_tick(position, 0, 1, 2)
    return builder.build({"ticks/0": (position - 1, position)}).encode()


def test_journal_when_a_replaced_sequencer_writes_on_is_not_heard(log, topic, monkeypatch):
    monkeypatch.setattr("connectors.journal.JOURNAL", topic)
    with closing(log.writer(topic)) as writer:
        for epoch, value in (
            (1, frame(1)),
            (1, frame(2)),
            (2, b""),  # the fence of the second
            (1, frame(3)),
            (2, frame(3)),
            (1, frame(4)),
            (2, frame(4)),
        ):
            writer.append(value, headers=[(EPOCH, b"%d" % epoch)])
        writer.flush()
    with closing(JournalReader(log)) as reader:
        heard = [(entry.offset, entry.frame.first) for entry in reader.rest()]
    assert heard == [(0, 1), (1, 2), (4, 3), (6, 4)]
    assert [Hearing.at(log, offset).epoch for offset in (0, 1, 2, 3, 4, 7)] == [0, 1, 1, 2, 2, 2]
    assert (reader.hearing.fenced, reader.hearing.epoch) == (2, 2)
