"""A replay gives the same bytes for any frame size, any number of key groups, any process."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import flows.replay
from flows.crew import Setup, Workers
from flows.engines import make_engine
from flows.inputs import load_rulebook, open_journal
from flows.replay import Replay, Summary
from schemas.ids import key_group
from tests.flows.journals import write_journal


class Together:
    """Several key groups in this process."""

    ahead = 2

    def __init__(self, setup, groups):
        self.under_way = 0
        self._frames = []
        self._engines = [
            make_engine(
                setup.kind,
                *setup.rulebook,
                lambda account_id, group=group: key_group(account_id, groups) == group,
                setup.progress,
            )
            for group in range(groups)
        ]

    def send(self, frame):
        self._frames.append(frame)
        self.under_way += 1

    def take(self):
        self.under_way -= 1
        frame = self._frames.pop(0)
        return [engine.process(frame) for engine in self._engines]

    def finish(self, through, position):
        return [engine.finish(through, position, final_progress=True) for engine in self._engines]

    def close(self):
        """Nothing is held."""


def run(journal, *, kind="reference", progress="boundary", **options):
    """Replay; return the lines of decisions, the dead letters, and the summary."""
    rulebook = load_rulebook(journal.instruments, journal.rulesets)
    files = open_journal(rulebook.instruments, journal.ticks, journal.events)
    replay = Replay(Setup(kind, rulebook, progress), files, **options)
    decisions, letters = [], []
    for piece in replay.pieces():
        decisions += [done.line for done in piece.decisions]
        letters += [letter.to_json() for letter in piece.dead_letters]
    return decisions, letters, replay.summary


@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1, 40),
    groups=st.integers(1, 4),
    progress=st.sampled_from(["boundary", "every"]),
)
@settings(max_examples=15)
def test_replay_when_frames_and_groups_are_any_gives_the_same_bytes(
    tmp_path_factory, seed, rows, groups, progress
):
    journal = write_journal(tmp_path_factory.mktemp("journal"), seed, ticks=120)
    whole = run(journal, progress=progress)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flows.replay, "make_crew", Together)
        cut = run(journal, progress=progress, workers=groups, frame_rows=rows)
    assert cut == whole


def test_replay_when_journals_are_varied_meets_every_kind_of_thing(tmp_path):
    """The property above is worth what its journals hold."""
    types, codes = Counter(), Counter()
    for seed in range(6):
        decisions, _, summary = run(write_journal(tmp_path / str(seed), seed))
        types.update(line.split(b'"type":"')[1].split(b'"')[0].decode() for line in decisions)
        codes.update(summary.dead_letters)
        assert summary.duplicates
    assert {"breach", "intervention", "warning", "state", "progress"} <= set(types)
    assert {"crossed", "unknown_symbol", "bad_format", "over_precise", "bad_state"} <= set(codes)


@pytest.mark.parametrize("workers", [2, 3])
def test_replay_when_spread_over_processes_gives_the_same_bytes(tmp_path, workers):
    journal = write_journal(tmp_path, 7)
    assert run(journal, workers=workers, frame_rows=50) == run(journal)


def test_replay_when_its_inputs_are_empty_ends_with_nothing(tmp_path):
    journal = write_journal(tmp_path, 1)
    empty = tmp_path / "empty.csv"
    empty.write_text("ts,symbol,bid,ask\n")
    decisions, letters, summary = run(journal._replace(ticks=[empty], events=[]))
    assert (decisions, letters) == ([], [])
    assert summary.line() == (
        "0 ticks, 0 events, 0 decisions, 0 breaches, 0 duplicates, 0 dead letters"
    )


def test_summary_when_there_is_one_of_a_kind_says_so():
    summary = Summary(1, 2, 1, 1, 1, Counter(bad_ts=1))
    assert summary.line() == (
        "1 tick, 2 events, 1 decision, 1 breach, 1 duplicate, 1 dead letter (bad_ts 1)"
    )


def test_workers_when_one_dies_are_a_failure_in_one_line(tmp_path):
    from flows.crew import WorkerFailed

    journal = write_journal(tmp_path, 1)
    rulebook = load_rulebook(journal.instruments, journal.rulesets)
    crew = Workers(Setup("reference", rulebook, "boundary"), 2)
    crew._processes[1].kill()
    crew._processes[1].join()
    with pytest.raises(WorkerFailed, match="a worker process stopped"):
        crew.finish(1, 1)
    crew.close()


@pytest.mark.parametrize("seed", range(4))
def test_engines_when_given_the_same_files_give_the_same_bytes(tmp_path, seed):
    journal = write_journal(tmp_path, seed)
    assert run(journal, kind="fast", frame_rows=64) == run(journal)


@pytest.mark.parametrize("kind", ["reference", "fast"])
def test_instrument_when_listed_midway_trades_from_then_on(tmp_path, kind):
    journal = write_journal(tmp_path, 1)
    rows = ["ts,symbol,bid,ask", "10,GBPUSD,1.5,1.5", "20,GBPUSD,1.5,1.5", "40,GBPUSD,1.2,1.2"]
    (tmp_path / "gbp.csv").write_text("\n".join(rows))
    gbp = {"symbol": "GBPUSD", "base": "GBP", "quote": "USD", "price_digits": "4",
           "qty_digits": "0", "contract_size": "100000"}  # fmt: skip
    fill = {"type": "fill", "account_id": "a", "symbol": "GBPUSD", "side": "buy", "qty": "1"}
    opened = {"type": "account.opened", "account_id": "a", "ruleset": "demo@1"}
    events = [
        {"ts": "5", **opened, "initial_balance": "50000"},
        {"ts": "15", **fill, "fill_id": "1", "price": "1.5"},  # not listed yet: the engine refuses
        {"ts": "20", "type": "instrument.listed", "instrument": gbp},
        {"ts": "30", **fill, "fill_id": "2", "price": "1.5"},
    ]
    (tmp_path / "gbp.jsonl").write_text(
        "\n".join(json.dumps({"event_id": f"e{n}", **event}) for n, event in enumerate(events))
    )
    changed = journal._replace(ticks=[tmp_path / "gbp.csv"], events=[tmp_path / "gbp.jsonl"])
    decisions, letters, summary = run(changed, kind=kind)
    refused = {(letter["code"], letter["line"]) for letter in map(json.loads, letters)}
    assert refused == {("unknown_symbol", 2)}
    assert len(letters) == 2
    assert summary.ticks == 2
    breach, *_ = [made for made in map(json.loads, decisions) if made["type"] == "breach"]
    assert breach["evidence"]["entry"]["bid"] == "1.2"
    assert breach["evidence"]["positions"][0]["qty"] == "1"
