"""The register's roots follow from the journal, however it is cut."""

import json
from base64 import b64decode
from hashlib import sha256

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.audit.register import HOUR
from flows.audit.survey import survey
from rules.reference.engine import ReferenceEngine
from schemas.audit.merkle import MerkleLog
from schemas.audit.verify import FIRST_HASH, TRAIL_TAG, read_checkpoint
from schemas.canonical import canonical_bytes
from schemas.instants import parse_instant
from tests.flows.audit.made_up import MadeUp
from tests.flows.audit.proofs import EXAMPLE, SIGNER, example


@settings(max_examples=30)
@given(st.integers(0, 2**48), st.sampled_from([1, 2, 7]))
def test_checkpoints_when_frames_are_cut_elsewhere_are_the_same(seed, length):
    whole = survey(MadeUp(seed, cuts=())).register
    cut = survey(MadeUp(seed, cuts=range(1, 400, length))).register
    assert cut.checkpoints == whole.checkpoints
    assert {name: trail.leaf() for name, trail in cut.trails.items()} == {
        name: trail.leaf() for name, trail in whole.trails.items()
    }


def test_trail_when_kept_is_a_chain_of_canonical_records():
    register = survey(example(), "A-1001").register
    head = FIRST_HASH
    lines = register.trails["A-1001"].lines
    for number, line in enumerate(lines, 1):
        record = json.loads(line)
        assert (record["n"], record["prev"]) == (number, head)
        assert canonical_bytes(record) == line
        head = sha256(TRAIL_TAG + line).hexdigest()
    assert register.trails["A-1001"].head == head


def test_log_when_built_again_from_its_leaves_has_the_same_roots():
    journal = MadeUp(3, 200)
    register = survey(journal).register
    assert len(register.checkpoints) > 3
    leaves = {}
    for name in register.trails:
        kept = survey(journal, name).register
        leaves |= {index: canonical_bytes(leaf) for index, leaf in kept.leaves}
    again = MerkleLog()
    roots = {}
    for index in range(register.log.size):
        again.append(leaves[index])
        roots[again.size] = again.root()
    assert all(roots[item.size] == item.root for item in register.checkpoints)


def test_checkpoints_when_made_follow_every_breach_and_every_hour():
    for seed in range(20):
        register = survey(MadeUp(seed, 120)).register
        last = None
        for checkpoint in register.checkpoints:
            ts = parse_instant(checkpoint.ts)
            assert checkpoint.reason in {"hour", "session", "breach", "end"}
            assert checkpoint.reason != "hour" or ts % HOUR == 0
            assert last is None or checkpoint.size > last.size or checkpoint.reason == "end"
            assert last is None or checkpoint.seq >= last.seq
            last = checkpoint
        assert register.checkpoints[-1].reason == "end"


def test_breach_when_decided_is_sealed_before_anything_else_happens():
    found = 0
    for seed in range(12):
        journal = MadeUp(seed, 150)
        decisions = journal.case.run(ReferenceEngine, groups=1).decisions
        breaches = {(one["seq"], one["ts"]) for one in decisions if one["type"] == "breach"}
        checkpoints = survey(journal).register.checkpoints
        sealed = {(item.seq, item.ts) for item in checkpoints if item.reason == "breach"}
        assert sealed == breaches
        found += len(breaches)
    assert found > 20


def test_checkpoint_when_signed_reads_back():
    checkpoint = survey(example()).register.checkpoints[-1]
    note = checkpoint.sign(SIGNER)
    size, root, facts = read_checkpoint(note, SIGNER.key)
    assert (size, root, facts) == (checkpoint.size, checkpoint.root, checkpoint.facts())
    assert b64decode(note.splitlines()[2]) == checkpoint.root


def test_act_when_an_operator_or_a_payment_changes_an_account_shows_it_before_and_after(tmp_path):
    events = (EXAMPLE / "events.jsonl").read_text()
    act = {"event_id": "op-1", "type": "balance.adjusted", "ts": "2024-03-05T09:10:00Z",
           "account_id": "A-1001", "reason": "payout", "amount": "500"}  # fmt: skip
    lines = [*events.splitlines(), json.dumps(act)]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(line + "\n" for line in lines))
    register = survey(example(events=[file]), "A-1001").register
    records = [json.loads(line) for line in register.trails["A-1001"].lines]
    (record,) = [one for one in records if "event" in one and one["event"]["event_id"] == "op-1"]
    assert record["before"]["balance"] == "49994"
    assert record["after"]["balance"] == "49494"
    assert record["before"]["floors"] == {"daily": "48000", "max": "48494"}
    assert record["after"]["floors"] == {"daily": "47500", "max": "48494"}
