"""The live check raises an alarm when the engines disagree, only then, and the flow goes on."""

import json

import pytest
import structlog

from connectors.genesis import Genesis
from connectors.journal import Entry
from connectors.log.local import LocalLog
from flows import sampler, shard
from flows.engines import make_engine
from flows.metrics import DIVERGENCES
from flows.sampler import Sampler, is_sampled
from flows.shards import Owner
from flows.topics import ensure_topics
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.ids import key_group as owner
from schemas.instruments import InstrumentTable
from schemas.rulesets import parse_ruleset
from schemas.topics import BREACHES
from tests.flows import kit
from tests.rules.journals import make
from tests.rules.kit import frames
from tests.rules.shapes import shape_of


@pytest.fixture(scope="module")
def journaled(tmp_path_factory):
    """A log with a journal, and the settings it was made with."""
    folder = tmp_path_factory.mktemp("journaled")
    log = LocalLog(folder / "log")
    given = kit.settings(kit.feed(log, folder, accounts=200), frame_rows=20, engine="fast")
    kit.sequence(log, given)
    return log, given


@pytest.fixture
def decide(tmp_path, journaled):
    """Run the risk flow over the journal; returns its log and the alarms."""

    def run(**changes):
        log = LocalLog(tmp_path / "log")
        ensure_topics(log, 1)
        kit.copy_topic(journaled[0], log)
        with structlog.testing.capture_logs() as logged:
            kit.decide(log, journaled[1].model_copy(update=changes))
        return log, [entry for entry in logged if entry["log_level"] == "error"]

    return run


def plant(monkeypatch, victims, spoil):
    """Make the engine of the flow say something else about some accounts."""

    class Spoilt:
        def __init__(self, *args):
            self._engine = make_engine(*args)

        def process(self, frame):
            made = self._engine.process(frame)
            return made._replace(decisions=list(spoil(made.decisions, victims)))

    monkeypatch.setattr(shard, "make_engine", Spoilt)


def drop_breaches(decisions, victims):
    for made in decisions:
        if made.account_id not in victims or made.body["type"] != "breach":
            yield made


def breached(log):
    """Accounts that breach, in that order."""
    lines = kit.expected(log)["breaches/00000"]
    return list(dict.fromkeys(json.loads(line)["account_id"] for line in lines))


@pytest.mark.parametrize("groups", [1, 2, 7])
@pytest.mark.parametrize("share", [0.2, 1.0])
def test_sampler_when_engines_agree_is_silent(decide, groups, share):
    before = DIVERGENCES._value.get()
    _, alarms = decide(key_groups=groups, sample_share=share)
    assert alarms == []
    assert DIVERGENCES._value.get() == before


def test_sampler_when_progress_is_every_is_silent(decide):
    _, alarms = decide(progress="every", sample_share=0.5)
    assert alarms == []


def test_sampler_when_a_breach_is_missing_raises_one_alarm_an_account_and_goes_on(
    decide, journaled, monkeypatch
):
    share = 0.5
    *victims, spared = breached(journaled[0])
    watched = {name for name in victims if is_sampled(name, share)}
    assert 0 < len(watched) < len(victims)
    plant(monkeypatch, victims, drop_breaches)
    before = DIVERGENCES._value.get()
    log, alarms = decide(sample_share=share)
    assert {alarm["event"] for alarm in alarms} == {"engine.diverged"}
    assert sorted(alarm["account_id"] for alarm in alarms) == sorted(watched)
    assert DIVERGENCES._value.get() == before + len(watched)
    assert alarms[0]["reference"].what["type"] == "breach"
    # What goes out is what the engine said, to the end of the journal.
    assert {json.loads(line)["account_id"] for line in kit.values(log, BREACHES)} == {spared}


def test_sampler_when_the_reference_fails_raises_an_alarm_and_goes_on(decide, monkeypatch):
    class Broken(ReferenceEngine):
        def process(self, frame):
            raise ArithmeticError("no more")

    monkeypatch.setattr(sampler, "ReferenceEngine", Broken)
    before = DIVERGENCES._value.get()
    log, alarms = decide(sample_share=0.1)
    (alarm,) = alarms
    assert (alarm["event"], alarm["error"]) == ("sampler.failed", "no more")
    assert DIVERGENCES._value.get() == before + 1
    assert kit.values(log, BREACHES)


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in (0, 20, 40)], ids=str)
def test_sampler_when_sessions_end_between_frames_is_silent(seeds):
    """Key groups pass a boundary on entries of accounts that the sampler does not know."""
    for seed in seeds:
        case = make(seed)
        table = InstrumentTable.parse(case.instruments)
        documents = tuple(parse_ruleset(document) for document in case.documents)
        genesis = Genesis(table, documents)
        rulesets = [load_ruleset(document) for document in documents]
        groups = [
            make_engine("fast", table, rulesets, lambda name, n=n: owner(name, 3) == n, "every")
            for n in range(3)
        ]
        check = Sampler(0.5, Owner(0, 1), "every")
        with shape_of(seed).applied(), structlog.testing.capture_logs() as alarms:
            for frame in frames(case.entries, table, range(0, 999, 1 + seed % 4)):
                outcomes = [engine.process(frame) for engine in groups]
                check.check(Entry(frame.first, frame, 0, 0, 0, genesis), outcomes)
        assert alarms == []


def test_share_when_applied_picks_about_so_many_and_a_larger_one_keeps_them():
    names = [f"account-{number}" for number in range(10_000)]
    few = {name for name in names if is_sampled(name, 0.01)}
    more = {name for name in names if is_sampled(name, 0.05)}
    assert 60 < len(few) < 140
    assert 400 < len(more) < 600
    assert few < more
    assert all(is_sampled(name, 1.0) for name in names)
    assert not any(is_sampled(name, 0.0) for name in names)
