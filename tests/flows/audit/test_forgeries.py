"""What a forger may try, with the issuer's key or without it, and how the check names it."""

import json

import pytest

from flows.audit.export import export
from flows.audit.report import check
from flows.audit.survey import survey
from schemas.audit.verify import canonical, lines_of, pack, trail_of
from tests.flows.audit.proofs import (
    EXAMPLE,
    FORGER,
    SIGNER,
    chained,
    example,
    exported,
    files_of,
    joined,
    signed,
)


def found(data, **given):
    """What is wrong with a bundle, in words."""
    return [f"{part}: {message}" for part, message in check(data, SIGNER.key, **given).problems]


def test_record_when_edited_is_named():
    files = files_of(exported().data)
    files["trail.jsonl"] = files["trail.jsonl"].replace(b'"price":"1.0852"', b'"price":"1.0853"')
    assert found(pack(files))[0] == "files: trail.jsonl line 3 was edited"
    assert "trail: record 3 (fill e-2 at seq 3) was edited: record 4 (warning at seq 5) holds " in (
        "\n".join(found(signed(files)))
    )


def test_record_when_dropped_is_named():
    files = files_of(exported().data)
    lines = lines_of(files["trail.jsonl"])
    files["trail.jsonl"] = joined([*lines[:2], *lines[3:]])
    assert "files: trail.jsonl line 3 was dropped" in found(pack(files))
    messages = found(signed(files))
    assert "trail: 1 records before record 4 (warning at seq 5) were dropped" in messages
    assert "proof: the log holds 7 records: the last 1 were dropped" in messages


def test_last_decision_when_dropped_is_missed_by_the_log():
    files = files_of(exported().data)
    files["trail.jsonl"] = joined(lines_of(files["trail.jsonl"])[:-1])
    assert "files: trail.jsonl line 7 was dropped" in found(pack(files))
    messages = found(signed(files))
    assert "proof: the log holds 7 records: the last 1 were dropped" in messages
    assert "recomputed: a state at seq 6 follows from the rest and is not in the trail" in messages


def test_records_when_reordered_are_named():
    files = files_of(exported().data)
    lines = lines_of(files["trail.jsonl"])
    lines[4], lines[5] = lines[5], lines[4]
    files["trail.jsonl"] = joined(lines)
    assert {
        "files: trail.jsonl line 5 was reordered",
        "files: trail.jsonl line 6 was reordered",
    } <= set(found(pack(files)))
    assert "reordered" in "\n".join(item for item in found(signed(files)) if "trail:" in item)


def test_records_when_chained_anew_do_not_stand_in_the_log():
    files = files_of(exported().data)
    records = trail_of(files)
    events = [record for record in records if "event" in record]
    events[1]["event"]["price"] = "1.0853"
    files["trail.jsonl"] = chained(records)
    assert any("is not the log's last record" in item for item in found(signed(files)))
    proof = json.loads(files["proof.json"])
    proof["leaf"]["head"] = json.loads(lines_of(chained([*records, {}]))[-1])["prev"]
    files["proof.json"] = canonical(proof)
    messages = found(signed(files))
    assert "proof: the head of the trail does not stand in the log that the checkpoint signs" in (
        messages
    )
    assert any(item.startswith("recomputed: record 4 (warning at seq 5)") for item in messages)


def test_bundle_when_signed_by_somebody_else_is_not_trusted():
    messages = found(signed(files_of(exported().data), FORGER))
    assert any(item.startswith("manifest: cannot be checked: not signed by") for item in messages)


def test_bundle_when_forged_with_a_key_of_its_own_names_that_key():
    files = files_of(exported().data)
    files["key.txt"] = f"{FORGER.key}\n".encode()
    checkpoint = exported().proof.checkpoint
    files["checkpoint.note"] = checkpoint.sign(FORGER)
    data = signed(files, FORGER)
    assert check(data).problems == []  # without a key to trust it is its own word
    assert found(data)[0].startswith(f"key: the bundle names {FORGER.key}")


def test_tick_when_it_decided_and_is_edited_is_named():
    files = files_of(exported().data)
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"1.07765"', b'"1.07766"')
    assert "files: entries.jsonl line 4 was edited" in found(pack(files))
    messages = found(signed(files))
    named = "record 5 (breach at seq 6)"
    assert f"decisions: {named} names another tick than entries.jsonl at that seq" in messages
    assert f'recomputed: {named}: equity was "48484", recomputed "48486"' in messages


def test_tick_when_it_set_the_high_water_mark_and_is_edited_is_named():
    files = files_of(exported().data)
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"1.0902"', b'"1.0901"')
    messages = found(signed(files))
    assert any(item.startswith("recomputed: record 4 (warning at seq 5)") for item in messages)


def test_ticks_when_reordered_are_named():
    files = files_of(exported().data)
    lines = lines_of(files["entries.jsonl"])
    lines[1], lines[2] = lines[2], lines[1]
    files["entries.jsonl"] = joined(lines)
    assert "files: entries.jsonl line 2 was reordered" in found(pack(files))
    wanted = "entries.jsonl line 3 does not stand behind the one before in the journal"
    assert f"decisions: {wanted}" in found(signed(files))


def test_tick_when_put_where_another_stands_is_named():
    files = files_of(exported().data)
    lines = lines_of(files["entries.jsonl"])
    twice = lines[2].replace(b'"position":5', b'"position":6')
    files["entries.jsonl"] = joined([*lines[:3], twice, *lines[3:]])
    assert "decisions: two entries stand at position 6 of the journal" in found(signed(files))


def test_tick_when_put_in_between_is_named():
    """There is no room for it between the seqs of its neighbours."""
    files = files_of(exported().data)
    lines = lines_of(files["entries.jsonl"])
    lines[3] = lines[3].replace(b'"seq":6', b'"seq":9')
    files["entries.jsonl"] = joined(lines)
    wanted = "the entries at positions 5 and 6 have seqs that cannot be"
    assert f"decisions: {wanted}" in found(signed(files))


def test_tick_when_it_decided_nothing_and_is_edited_is_named():
    files = files_of(exported().data)
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"1.086"', b'"1.087"')
    assert found(pack(files)) == ["files: entries.jsonl line 5 was edited"]


@pytest.mark.parametrize("name", ["entries.jsonl", "proof.json", "checkpoint.note", "key.txt"])
def test_file_when_dropped_is_named(name):
    files = files_of(exported().data)
    del files[name]
    assert f"files: {name} was dropped" in found(pack(files))


def test_file_when_added_is_named():
    files = files_of(exported().data)
    assert "files: more.txt was added" in found(pack({"more.txt": b""} | files))


def test_ruleset_when_replaced_is_named():
    files = files_of(exported().data)
    (name,) = [name for name in files if name.startswith("rulesets/")]
    files[name] = files[name].replace(b'"2500"', b'"2600"')
    messages = found(signed(files))
    assert f"rulesets: {name} has another content than its hash says" in messages
    assert any(item.startswith("recomputed: record ") for item in messages)


def two_accounts(folder):
    """The example with a second trader who does the same, a minute of ticks apart."""
    events = (EXAMPLE / "events.jsonl").read_text()
    other = events.replace("A-1001", "B-2002").replace("e-", "x-").replace("T-7", "T-8")
    file = folder / "events.jsonl"
    lines = sorted((events + other).splitlines(), key=lambda line: json.loads(line)["ts"])
    file.write_text("".join(line + "\n" for line in lines))
    return example(events=[file])


def test_accounts_when_swapped_are_named(tmp_path):
    journal = two_accounts(tmp_path)
    ours, theirs = (export(journal, name, SIGNER).data for name in ("A-1001", "B-2002"))
    assert found(ours) == found(theirs) == []
    assert found(theirs, account="A-1001") == ["manifest: is about B-2002, not A-1001"]
    mixed = files_of(ours) | {"trail.jsonl": files_of(theirs)["trail.jsonl"]}
    messages = found(signed(mixed))
    assert any("is of account B-2002" in item for item in messages)
    mixed["proof.json"] = files_of(theirs)["proof.json"]
    assert "proof: the proof is of account B-2002" in found(signed(mixed))


def earlier(folder):
    """The bundle of the example's first five entries."""
    ticks = (EXAMPLE / "ticks.csv").read_text().splitlines(keepends=True)[:4]
    (folder / "ticks.csv").write_text("".join(ticks))
    return export(example(ticks=[folder / "ticks.csv"]), "A-1001", SIGNER)


def test_checkpoint_when_an_old_one_is_put_in_is_named(tmp_path):
    old = files_of(earlier(tmp_path).data)
    files = files_of(exported().data)
    files["checkpoint.note"], files["proof.json"] = old["checkpoint.note"], old["proof.json"]
    messages = found(signed(files))
    assert "proof: the checkpoint is older than the trail: it knows 4 records" in messages
    assert "proof: the bundle says it is as of another moment than its checkpoint" in messages


def test_bundle_when_older_than_a_checkpoint_at_hand_is_named(tmp_path):
    """A whole bundle of yesterday is sound; only somebody who knows of today can tell."""
    old, today = earlier(tmp_path), export(two_accounts(tmp_path), "A-1001", SIGNER)
    assert found(old.data) == []
    assert old.proof.checkpoint.size < today.proof.checkpoint.size
    assert found(old.data, checkpoint=today.proof.checkpoint.sign(SIGNER)) == [
        "proof: the bundle is older than the checkpoint you hold (of seq 9)"
    ]


def test_log_when_it_forked_is_named(tmp_path):
    other = export(two_accounts(tmp_path), "A-1001", SIGNER)
    size = exported().proof.checkpoint.size
    forked = other.proof.checkpoint._replace(size=size).sign(SIGNER)
    assert found(exported().data, checkpoint=forked) == [
        "proof: the log forked: two checkpoints of one size with different roots"
    ]


def test_log_when_it_extends_a_checkpoint_at_hand_shows_so(tmp_path):
    journal = two_accounts(tmp_path)
    first = export(journal, "B-2002", SIGNER).proof.checkpoint
    older = survey(journal).register.checkpoints[0].sign(SIGNER)
    assert first.sign(SIGNER) != older
    shown = export(journal, "A-1001", SIGNER, since=older).data
    assert found(shown, checkpoint=older) == []
    without = export(journal, "A-1001", SIGNER).data
    assert found(without, checkpoint=older) == [
        "proof: no proof that the log extends your checkpoint: export with --since and it"
    ]
    files = files_of(shown)
    proof = json.loads(files["proof.json"])
    proof["consistency"]["hashes"][0] = "00" * 32
    files["proof.json"] = canonical(proof)
    assert found(signed(files), checkpoint=older) == [
        "proof: the log was rewritten: it does not extend the checkpoint you hold"
    ]
