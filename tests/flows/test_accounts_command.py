"""`highwater accounts migrate`: the door that refuses what tightens."""

import json

import pytest

from connectors.genesis import Genesis
from connectors.journal import JournalWriter, records
from connectors.log.local import LocalLog
from flows.failures import Failure
from flows.migrating import Wish, check_in_log
from schemas.events import parse_event
from schemas.json_text import loads
from tests.flows.test_cli import call
from tests.rules.kit import Journal, frames
from tests.rules.samples import daily, drawdown, ruleset

PLANS = [
    ruleset(daily(amount="500"), ref="plan@1"),
    ruleset(daily(amount="600"), ref="plan@2"),
    ruleset(daily(amount="400"), drawdown(amount="1000"), ref="plan@3"),
]


class Sequenced:
    """What the journal writer takes of a sequencer."""

    letters = repeated = ()
    arrived_ms = 0

    def __init__(self, frame):
        self.frame = frame


@pytest.fixture
def log(tmp_path):
    """A journal in which account `a` was opened under the first plan and lost 100."""
    topics = LocalLog(tmp_path / "log")
    for topic, partitions in {"journal": 1, "account-events": 1, "dead-letters": 2}.items():
        topics.create(topic, partitions)
    journal = Journal(*PLANS).open("a").earn("a", "-100")
    writer = JournalWriter(topics)
    documents = tuple(plan.document for plan in journal.rulesets)
    writer.begin(Genesis(journal.instruments, documents), {})
    for frame in frames(journal.entries, journal.instruments, cuts=(1,)):
        writer.append(Sequenced(frame), set())
    writer.flush()
    writer.close()
    return topics


@pytest.fixture
def migrate(log, tmp_path, capsys, monkeypatch):
    def run(target, *more, account="a"):
        options = ["--to", target, "--operator", "ann", "--reason", "asked for"]
        where = ["--log", f"dir:{tmp_path / 'log'}"]
        return call(capsys, monkeypatch, "accounts", "migrate", account, *options, *where, *more)

    return run


def events(log):
    return [parse_event(loads(record.value)) for record in records(log, "account-events")]


def test_migrate_when_nothing_tightens_writes_the_event_with_the_floors(log, migrate):
    code, out, errors = migrate("plan@2")
    assert (code, errors) == (0, [])
    assert out.splitlines() == [
        "a: plan@1 → plan@2, phase evaluation",
        "  floor of `daily`: 9500 (room 400) → 9400 (room 500)",
        "  looser  `daily`: the limit goes from 500 to 600",
        "asked for",
    ]
    [event] = events(log)
    assert (event.action, event.account_id, event.ruleset) == ("migrate", "a", "plan@2")
    assert (event.operator, event.reason) == ("ann", "asked for | floors daily 9500 → daily 9400")


def test_migrate_when_something_tightens_is_refused_and_says_what(log, migrate):
    code, out, _ = migrate("plan@3")
    assert code == 1
    assert "  floor of `daily`: 9500 (room 400) → 9600 (room 300)\n" in out
    assert "  floor of `max`: none → 9000 (room 900)\n" in out
    assert "  tighter `daily`: the limit goes from 500 to 400\n" in out
    assert out.splitlines()[-1].startswith("refused: ")
    assert events(log) == []


def test_migrate_when_forced_writes_what_it_was_forced_over(log, migrate):
    assert migrate("plan@3", "--force")[0] == 0
    [event] = events(log)
    assert event.reason == (
        "asked for | floors daily 9500 → daily 9600, max 9000 | "
        "forced: `daily`: the limit goes from 500 to 400; rule `max` (max_drawdown) is new; "
        "`daily`: the account's own floor goes from 9500 to 9600"
    )


def test_migrate_when_dry_writes_nothing(log, migrate):
    code, out, _ = migrate("plan@2", "--dry-run", "--json")
    assert code == 0
    record = json.loads(out)
    assert record["written"] is False
    assert record["floors_before"]["daily"] == {"floor": "9500", "room": "400"}
    assert record["floors_after"]["daily"] == {"floor": "9400", "room": "500"}
    assert events(log) == []


@pytest.mark.parametrize(
    ("account", "target", "said"),
    [
        ("b", "plan@2", "unknown_account"),
        ("a", "plan@9", "unknown_ruleset"),
    ],
)
def test_migrate_when_not_possible_says_why(log, migrate, account, target, said):
    code, out, (line,) = migrate(target, account=account)
    assert (code, out) == (1, "")
    assert said in line
    assert events(log) == []


def test_migrate_when_no_reason_is_given_is_misuse(migrate):
    assert migrate("plan@2", "--reason", " ")[0] == 2
    assert migrate("plan@2", "--reason", "x" * 301)[0] == 2


def test_check_when_there_is_no_journal_says_so(tmp_path):
    topics = LocalLog(tmp_path / "empty")
    topics.create("journal")
    with pytest.raises(Failure, match="the journal is empty"):
        check_in_log(topics, Wish("a", "plan@2", "ann", "why", force=False))
