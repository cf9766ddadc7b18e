"""The books balance only if both sides are equal."""

from contextlib import closing

import pytest

from connectors.log.local import LocalLog
from flows.demo import check
from flows.demo.check import Journaled, check_database, check_inputs, check_replay
from flows.topics import ensure_topics
from schemas.json_text import dumps
from schemas.topics import BREACHES, DEAD_LETTERS, PROGRESS

BREACH = {"type": "breach", "seq": 5}
EARLY = {"type": "progress", "seq": 1}
LAST = {"type": "progress", "seq": 9}


@pytest.fixture
def log(tmp_path):
    log = LocalLog(tmp_path / "log")
    ensure_topics(log, 1)
    for topic, value in ((BREACHES, BREACH), (PROGRESS, EARLY), (DEAD_LETTERS, {"code": "x"})):
        with closing(log.writer(topic)) as writer:
            writer.append(dumps(value))
    return log


def lines(path, *values):
    path.write_bytes(b"".join(dumps(value) + b"\n" for value in values))
    return path


@pytest.mark.parametrize(
    ("fed", "known", "holds"),
    [
        (9, Journaled(4, 3, 1, 1), True),
        (10, Journaled(4, 3, 1, 1), False),
        (9, Journaled(4, 3, 2, 1), False),
    ],
)
def test_check_inputs_when_one_is_unaccounted_for_fails(log, fed, known, holds):
    assert [one.holds for one in check_inputs(fed, known, log)] == [holds]


@pytest.mark.parametrize(
    ("decisions", "letters", "holds"),
    [
        ([EARLY, BREACH, LAST, LAST], 1, [True, True]),
        ([EARLY, BREACH], 1, [True, True]),
        ([EARLY, BREACH | {"floor": "1"}], 1, [False, True]),
        ([EARLY], 1, [False, True]),
        ([EARLY, EARLY, BREACH, LAST], 1, [False, True]),
        ([BREACH, LAST], 1, [False, True]),
        ([EARLY, BREACH, LAST], 2, [True, False]),
    ],
)
def test_check_replay_when_a_decision_differs_fails(tmp_path, log, decisions, letters, holds):
    """A replay ends with the progress of every account, and with nothing else of its own."""
    again = lines(tmp_path / "decisions", *decisions)
    refused = lines(tmp_path / "letters", *[{"code": "x"}] * letters)
    assert [one.holds for one in check_replay(log, again, refused)] == holds


@pytest.mark.parametrize(
    ("changes", "holds"),
    [({}, [True, True]), ({"breaches": 2}, [False, True]), ({"warnings": 1}, [True, False])],
)
def test_check_database_when_a_row_is_missing_fails(tmp_path, log, monkeypatch, changes, holds):
    rows = dict.fromkeys(check._TABLES.values(), 0) | {"breaches": 1} | changes
    monkeypatch.setattr(check, "row_counts", lambda dsn: rows)
    again = lines(tmp_path / "decisions", EARLY, BREACH)
    assert [one.holds for one in check_database(log, "dsn", again)] == holds
