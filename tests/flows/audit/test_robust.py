"""Bundles of every kind of account are sound, and no bundle at all brings the check down."""

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.audit.export import export
from flows.audit.recheck import BROKEN
from flows.audit.report import check
from flows.explain.find import in_bundle
from flows.explain.page import page
from flows.explain.story import tell
from flows.failures import Failure
from rules.reference.engine import ReferenceEngine
from schemas.audit.verify import canonical, pack
from tests.flows.audit.made_up import MadeUp, Told
from tests.flows.audit.proofs import SIGNER, exported, files_of, joined, signed
from tests.rules import kit
from tests.rules.samples import daily, ruleset

BREACH = "3a7e7e4d30baeb01a34ef3f92e466931"
ODD = [None, True, 0, -1, 10**30, "", "x", "-1", "1e9", "9" * 400, [], {}, [[]], {"a": {}}]


@settings(max_examples=8)
@given(st.integers(0, 2**48))
def test_bundle_when_made_of_any_account_is_sound(seed):
    journal = MadeUp(seed, 80)
    accounts = {
        entry.what["account_id"]
        for entry in journal.case.entries
        if isinstance(entry.what, dict) and "account_id" in entry.what
    }
    for account_id in sorted(accounts):
        data = export(journal, account_id, SIGNER).data
        assert check(data, SIGNER.key, account=account_id).problems == []


def test_bundle_when_the_files_end_with_a_refused_event_is_sound():
    """It stands behind the last accepted entry, where the journal's time ends."""
    told = kit.Journal(ruleset(daily(amount="500"))).open("a").tick("UNIT", "100")
    told.sell("b", "UNIT", "1", "100")
    data = export(Told(told.entries, told.instruments, told.rulesets), "b", SIGNER).data
    assert check(data, SIGNER.key).problems == []


@pytest.mark.parametrize("seed", range(4))
def test_breach_when_in_any_bundle_is_told_and_the_same(seed):
    journal = MadeUp(seed, 120)
    decisions = journal.case.run(ReferenceEngine, groups=1).decisions
    for breach in [one for one in decisions if one["type"] == "breach"][:3]:
        data = export(journal, breach["account_id"], SIGNER).data
        found = in_bundle(data, breach["decision_id"], SIGNER.key)
        story = tell(found.case, found.verdict, found.recorded)
        assert story["verdict"]["same"]
        assert [row["decided"] for row in story["timeline"]].count(True) == 1
        assert page(story | {"problems": []}).endswith("</html>\n")


def paths(value, path=()):
    """Every place in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(item, (*path, key))


def put(value, path, item):
    """Replace what stands at a place."""
    if not path:
        return item
    inner = value.copy()
    inner[path[0]] = put(value[path[0]], path[1:], item)
    return inner


@given(st.data())
def test_check_when_any_value_is_replaced_and_signed_again_says_what_is_wrong(data):
    """Whatever a holder of the key writes, the answer is a list of problems and no exception."""
    files = files_of(exported().data)
    name = data.draw(st.sampled_from(["trail.jsonl", "entries.jsonl", "proof.json"]))
    lines = [json.loads(line) for line in files[name].splitlines()]
    at = data.draw(st.integers(0, len(lines) - 1))
    path = data.draw(st.sampled_from(list(paths(lines[at]))))
    before, lines[at] = lines[at], put(lines[at], path, data.draw(st.sampled_from(ODD)))
    assume(lines[at] != before)  # Python takes True for 1
    written = [canonical(line) for line in lines]
    files[name] = joined(written) if name.endswith("l") else written[0]
    forged = signed(files)
    report = check(forged, SIGNER.key)
    if name != "entries.jsonl":  # a tick after everything was decided decides nothing
        assert report.problems
    assert list(report.lines())
    try:
        found = in_bundle(forged, BREACH, None)
    except Failure:
        return
    try:
        page(tell(found.case, found.verdict, found.recorded) | {"problems": found.problems})
    except (*BROKEN, Failure):  # a Failure is one clear line
        assert report.problems


def test_event_when_smuggled_in_beside_the_trail_is_named():
    """It would be judged, and neither chain nor log would know of it."""
    files = files_of(exported().data)
    fill = next(
        record
        for record in map(json.loads, files["trail.jsonl"].splitlines())
        if record.get("event", {}).get("type") == "fill"
    )
    smuggled = {"event": fill["event"] | {"event_id": "x"}, "position": 7, "seq": 7}
    lines = [*files["entries.jsonl"].splitlines(), canonical(smuggled | {"ts": fill["ts"]})]
    files["entries.jsonl"] = joined(lines)
    messages = [f"{part}: {message}" for part, message in check(signed(files), SIGNER.key).problems]
    assert messages == [
        "decisions: entries.jsonl holds x, of an account",
        "decisions: entries.jsonl line 6 does not stand behind the one before in the journal",
        "decisions: two entries stand at position 7 of the journal",
        "recomputed: cannot be judged again: entries.jsonl holds an event of an account",
    ]


@pytest.mark.parametrize("name", ["manifest.json", "trail.jsonl", "entries.jsonl", "proof.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"[" * 3000, b"null\n"])
def test_check_when_a_file_is_nonsense_says_so(name, content):
    files = files_of(exported().data) | {name: content}
    assert check(signed(files) if name != "manifest.json" else pack(files)).problems
