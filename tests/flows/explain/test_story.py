"""What is told about a breach is what the README works out by hand."""

import json

import pytest

from flows.explain.find import in_bundle, in_journal
from flows.explain.page import page
from flows.explain.story import tell
from flows.failures import Failure
from tests.flows.audit.proofs import EXAMPLE, SIGNER, example, exported, files_of, signed

BREACH = "3a7e7e4d30baeb01a34ef3f92e466931"


def told(found):
    return tell(found.case, found.verdict, found.recorded) | {"problems": found.problems}


@pytest.fixture(scope="module")
def story():
    return told(in_journal(example(), BREACH))


def test_story_when_told_from_files_and_from_a_bundle_is_the_same(story):
    assert told(in_bundle(exported().data, BREACH, SIGNER.key)) == story


def test_story_when_told_is_json(story):
    assert json.loads(json.dumps(story)) == story


def test_timeline_when_told_shows_what_the_readme_shows(story):
    figures = [(row["seq"], row["equity"], row["floor"], row["room"]) for row in story["timeline"]]
    assert figures == [
        (1, "50000", "47500", "2500"),
        (2, "50000", "47500", "2500"),
        (3, "49978", "47500", "2478"),
        (4, "50994", "48494", "2500"),
        (5, "48754", "48494", "260"),
        (6, "48484", "48494", "-10"),
        (7, "50154", "48494", "1660"),
    ]
    assert [row["seq"] for row in story["timeline"] if row["decided"]] == [6]
    assert [made["type"] for made in story["timeline"][5]["decisions"]] == [
        "breach",
        "intervention",
        "state",
    ]


def test_floor_when_told_names_the_tick_that_set_it(story):
    assert story["floor"]["set_by"] == {
        "seq": 4,
        "ts": "2024-03-05T09:05:00Z",
        "words": "EURUSD 1.0902 / 1.09028",
        "equity": "50994",
        "balance": "49994",
    }


def test_rule_when_told_is_the_text_of_its_version(story):
    rule = story["rule"]
    assert (rule["ruleset"], rule["text"]["amount"]) == ("starter-50k@1", "2500")
    assert rule["sentence"].startswith("An account may not fall further than its allowance")


def test_verdict_when_the_same_says_so(story):
    assert story["verdict"] == {
        "engine": "reference",
        "same": True,
        "difference": None,
        "words": "equity 48484 ≤ 48494, beyond it by 10",
    }


def test_verdict_when_another_was_recorded_says_where_it_differs(tmp_path):
    decisions = tmp_path / "decisions.jsonl"
    lines = (EXAMPLE / "decisions.jsonl").read_text().splitlines(keepends=True)
    (line,) = [line for line in lines if BREACH in line and '"type":"breach"' in line]
    decisions.write_text(line.replace('"48484"', '"48000"'))
    verdict = told(in_journal(example(decisions=decisions), BREACH))["verdict"]
    assert not verdict["same"]
    assert verdict["difference"] == 'equity was "48000", recomputed "48484"'


def test_verdict_when_the_bundle_was_forged_does_not_hold():
    files = files_of(exported().data)
    files["entries.jsonl"] = files["entries.jsonl"].replace(b'"1.07765"', b'"1.08765"')
    found = in_bundle(signed(files), BREACH, SIGNER.key)
    assert (
        told(found)["verdict"]["difference"] == "the reference engine does not come to this breach"
    )
    assert any("names another tick" in problem for problem in found.problems)


@pytest.mark.parametrize("name", ["0" * 32, "b3a0f54f3f94eafdd8dff8b47f959e57"])
def test_breach_when_there_is_none_of_that_id_is_a_failure(name):
    """The second one is a decision, but no breach."""
    with pytest.raises(Failure, match=f"no breach {name}"):
        in_journal(example(), name)
    with pytest.raises(Failure, match=f"no breach {name}"):
        in_bundle(exported().data, name, None)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4" + bytes(60)])
def test_bundle_when_it_is_none_is_a_failure(data):
    with pytest.raises(Failure, match="the bundle cannot be read"):
        in_bundle(data, BREACH, None)


def test_page_when_texts_hold_markup_shows_it_as_text(story):
    hostile = "<script>alert(1)</script>"
    breach = story["breach"] | {"account_id": hostile, "rule": hostile, "trader_id": '"><img>'}
    chart = story["chart"] | {"rule": hostile, "floors": {hostile: story["chart"]["equity"]}}
    written = page(story | {"breach": breach, "chart": chart})
    assert "<script" not in written
    assert "<img" not in written
    assert "&lt;script&gt;" in written


def test_page_when_written_fetches_nothing(story):
    written = page(story)
    assert "http" not in written.replace("http-equiv", "")
    assert "src=" not in written
    assert "@import" not in written


def test_page_when_the_verdict_differs_says_so_first(story):
    verdict = story["verdict"] | {"same": False, "difference": "equity was 1, recomputed 2"}
    written = page(story | {"verdict": verdict})
    assert 'class="verdict unsound"' in written
    assert "equity was 1, recomputed 2" in written


def test_story_when_the_family_is_unknown_is_told_all_the_same(story):
    """A conduct rule has no floor: its facts are told as its family names them."""
    evidence = story["breach"]["evidence"] | {"floor": None, "facts": {"sizes": {"EURUSD": "2"}}}
    conduct = {"family": "of_tomorrow", "metric": "contracts", "comparator": "gt", "rule": "size"}
    found = in_journal(example(), BREACH)
    recorded = found.recorded | conduct | {"evidence": evidence}
    shown = tell(found.case, found.verdict, recorded) | {"problems": []}
    assert shown["floor"] is None
    assert shown["rule"]["text"] is None
    written = page(shown)
    assert "sizes: EURUSD 2" in written
    assert "<dt>contracts</dt>" in written
