"""The audit flow publishes the roots of the journal, and proofs are made from the live log."""

from contextlib import closing

import orjson
import pytest
from pydantic import SecretStr

from connectors.journal import records
from connectors.log.local import LocalLog
from connectors.log.open import open_log
from flows.audit.export import export
from flows.audit.journals import LogJournal
from flows.audit.live import audit_flow
from flows.audit.report import check
from flows.audit.survey import survey
from flows.explain.find import in_bundle, in_journal
from flows.explain.story import tell
from flows.failures import Failure
from flows.outlet import Diverged
from flows.prefix import PrefixedLog
from flows.run import root_cause
from flows.topics import ensure_topics
from schemas.audit.verify import read_checkpoint
from schemas.instants import parse_instant
from schemas.topics import ACCOUNT_EVENTS, BREACHES, CHECKPOINTS
from tests.flows import kit
from tests.flows.audit.proofs import FORGER, SIGNER

# Only the risk flow knows that there is no such account: the journal holds it, no seq counts it.
REFUSED = {
    "event_id": "nobody",
    "type": "kyc.updated",
    "ts": "2000-01-01T00:00:00Z",
    "account_id": "NOBODY",
    "status": "approved",
}


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A log with a journal and decisions, and its settings with a key."""
    folder = tmp_path_factory.mktemp("live")
    log = LocalLog(folder / "log")
    ensure_topics(log, 1)
    with closing(log.writer(ACCOUNT_EVENTS)) as writer:
        writer.append(orjson.dumps(REFUSED))
    given = kit.settings(kit.feed(log, folder, seed=5, accounts=80, minutes=0.3))
    given = given.model_copy(update={"audit_key": SecretStr(SIGNER.text)})
    kit.sequence(log, given)
    kit.decide(log, given)
    kit.run(audit_flow, log, given)
    return log, given


def notes(log):
    """What was published."""
    return [record.value for record in records(log, CHECKPOINTS)]


def values(log, topic):
    """What a topic holds, as JSON."""
    return [orjson.loads(record.value) for record in records(log, topic)]


def copy(log, other, note):
    """Copy the journal to another log, where one checkpoint was published."""
    ensure_topics(other, 1)
    kit.copy_topic(log, other)
    with closing(other.writer(CHECKPOINTS)) as writer:
        writer.append(note)
        writer.flush()


def test_audit_flow_when_drained_has_published_the_roots_of_the_journal(live):
    log, _ = live
    published = notes(log)
    wanted = survey(LogJournal(log)).register.checkpoints
    assert [read_checkpoint(note, SIGNER.key)[:2] for note in published] == [
        (checkpoint.size, checkpoint.root) for checkpoint in wanted
    ]
    assert {checkpoint.reason for checkpoint in wanted} >= {"breach"}


def test_audit_flow_when_run_again_with_another_key_adds_nothing(live):
    log, given = live
    before = notes(log)
    kit.run(audit_flow, log, given.model_copy(update={"audit_key": SecretStr(FORGER.text)}))
    assert notes(log) == before


def test_audit_flow_when_a_checkpoint_was_altered_stops(live, tmp_path):
    log, given = live
    other = LocalLog(tmp_path / "log")
    copy(log, other, notes(log)[0].replace(b"\nseq ", b"\nseq 9"))
    with pytest.raises(Exception) as caught:
        kit.run(audit_flow, other, given)
    assert isinstance(root_cause(caught.value), Diverged)


def test_audit_flow_when_there_is_no_key_says_how_to_make_one(live):
    log, given = live
    with pytest.raises(Failure, match="highwater audit keygen"):
        kit.run(audit_flow, log, given.model_copy(update={"audit_key": None}))


def test_bundle_when_made_from_the_live_log_is_sound_and_can_be_explained(live):
    log, _ = live
    journal = LogJournal(log)
    breaches = [one for one in values(log, BREACHES) if one["type"] == "breach"]
    assert breaches
    for breach in breaches[:3]:
        made = export(journal, breach["account_id"], SIGNER)
        assert check(made.data, SIGNER.key, notes(log)[-1]).problems == []
        found = in_bundle(made.data, breach["decision_id"], SIGNER.key)
        assert found.problems == []
        assert found.recorded == breach
        live_story = in_journal(journal, breach["decision_id"])
        assert live_story.recorded == breach
        for one in (found, live_story):
            assert tell(one.case, one.verdict, one.recorded)["verdict"]["same"]


class Growing(LogJournal):
    """A journal that ends with the frame of a breach when it is read first, and goes on later."""

    def __init__(self, log, ts):
        super().__init__(log)
        self._until, self._reads = ts, 0

    def frames(self):
        self._reads += 1
        for frame in super().frames():
            yield frame
            if self._reads == 1 and frame.n and int(frame.ts[-1]) >= self._until:
                return


def test_breach_when_only_just_decided_is_told_with_the_right_seqs(live, tmp_path):
    """It is on its topic before dead letters are on theirs, and before what follows is judged."""
    log, _ = live
    other = LocalLog(tmp_path / "log")
    ensure_topics(other, 1)
    kit.copy_topic(log, other)
    breaches = [one for one in values(log, BREACHES) if one["type"] == "breach"]
    kit.copy_topic(log, other, BREACHES)
    for breach in breaches[1:3]:
        wanted = in_journal(LogJournal(log), breach["decision_id"])
        journal = Growing(other, parse_instant(breach["ts"]))
        found = in_journal(journal, breach["decision_id"])
        assert journal._reads > 1
        assert tell(found.case, found.verdict, found.recorded)["verdict"]["same"]
        seqs = {entry.position: entry.seq for entry in wanted.case.entries}
        known = [one for one in found.case.entries if one.position in seqs]
        assert any(entry.seq < entry.position for entry in known), "something was refused before"
        assert all(entry.seq == seqs[entry.position] for entry in known)


def test_export_when_the_published_log_is_another_is_refused(live, tmp_path):
    log, given = live
    other = LocalLog(tmp_path / "log")
    forged = notes(log)[0].split(b"\n")
    forged[2] = b"AAAA" + forged[2][4:]
    copy(log, other, b"\n".join(forged))
    kit.decide(other, given)
    account = values(log, BREACHES)[0]["account_id"]
    with pytest.raises(Failure, match="does not lead to the published checkpoint"):
        export(LogJournal(other), account, SIGNER)


def test_log_when_it_holds_no_journal_is_a_failure(tmp_path):
    with pytest.raises(Failure, match="the log holds no journal"):
        LogJournal(LocalLog(tmp_path / "log"))


@pytest.mark.kafka
def test_audit_flow_when_on_kafka_publishes_the_same(live, tmp_path, kafka_bootstrap, topic_prefix):
    log, given = live
    other = PrefixedLog(open_log(f"kafka:{kafka_bootstrap}"), topic_prefix)
    ensure_topics(other, 1)
    kit.copy_topic(log, other)
    kit.decide(other, given)
    kit.run(audit_flow, other, given)
    assert notes(other) == notes(log)
    breach = next(one for one in values(log, BREACHES) if one["type"] == "breach")
    account = breach["account_id"]
    assert export(LogJournal(other), account, SIGNER) == export(LogJournal(log), account, SIGNER)
    found = in_journal(LogJournal(other), breach["decision_id"])
    assert found.recorded == breach
