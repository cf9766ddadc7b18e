"""What the topics hold is in Postgres, once, whatever happens to the flow or to the database."""

import json
import threading
import time
from collections import Counter
from contextlib import ExitStack, closing
from decimal import Decimal
from functools import partial

import orjson
import psycopg
import pytest
from bytewax.testing import run_main
from pydantic import SecretStr

from connectors.journal import JournalReader
from connectors.log.abstract import OffsetOutOfRange
from connectors.log.local import LocalLog
from flows import persist
from flows.persist import persist_flow
from flows.run import exit_code, root_cause
from flows.stopping import Stop
from schemas.topics import BREACHES, DEAD_LETTERS
from sinks.migrate import upgrade
from sinks.moves import OutOfStep
from sinks.postgres import PostgresSink, row_counts
from sinks.witness import Restored
from tests.flows import kit

pytestmark = pytest.mark.postgres

TABLES = {
    "breach": "breaches",
    "phase.passed": "phases_passed",
    "state": "state_changes",
    "warning": "warnings",
    "intervention": "interventions",
}


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """A log whose decision topics are full, and the settings it was made with."""
    folder = tmp_path_factory.mktemp("decided")
    log = LocalLog(folder / "log")
    given = kit.settings(kit.feed(log, folder), progress="every")
    kit.sequence(log, given)
    kit.decide(log, given)
    return log, given


@pytest.fixture
def given(decided, postgres_url):
    upgrade(postgres_url)
    return decided[1].model_copy(update={"database_url": SecretStr(postgres_url)})


def stored(url):
    with psycopg.connect(url) as connection:
        return {
            table: connection.execute(f"SELECT count(*) FROM highwater.{table}").fetchone()[0]
            for table in (*TABLES.values(), "dead_letters")
        }


def held(log):
    lines = [
        line for part, lines in kit.outputs(log).items() if part[:4] != "dead" for line in lines
    ]
    kinds = Counter(orjson.loads(line)["type"] for line in lines)
    letters = len(kit.values(log, DEAD_LETTERS, 0)) + len(kit.values(log, DEAD_LETTERS, 1))
    return {table: kinds[kind] for kind, table in TABLES.items()} | {"dead_letters": letters}


def test_persist_flow_when_done_has_stored_what_the_topics_hold(decided, given):
    kit.run(persist_flow, decided[0], given)
    assert stored(given.database_dsn) == held(decided[0])
    with psycopg.connect(given.database_dsn) as connection:
        progress = connection.execute(
            "SELECT account_id, seq, equity::text FROM highwater.progress ORDER BY 1"
        ).fetchall()
    newest = {}
    for line in kit.values(decided[0], "progress"):
        value = orjson.loads(line)
        newest[value["account_id"]] = (value["account_id"], value["seq"], value["equity"])
    assert progress == sorted(newest.values())


def test_persist_flow_when_done_knows_the_accounts_and_the_rulesets(decided, given):
    kit.run(persist_flow, decided[0], given)
    opened, refused = {}, {json.loads(v)["offset"] for v in kit.values(decided[0], DEAD_LETTERS, 1)}
    with closing(JournalReader(decided[0])) as reader:
        entries = list(reader.rest())
    for frame in (entry.frame for entry in entries):
        for item in frame.events:
            if item.event.type == "account.opened" and frame.first + item.at not in refused:
                opened[item.event.account_id] = str(item.event.initial_balance)
    with psycopg.connect(given.database_dsn) as connection:
        found = connection.execute("SELECT account_id, initial_balance FROM highwater.accounts")
        assert {name: str(Decimal(amount)) for name, amount in found} == opened
        assert len(opened) >= 50
        known = connection.execute(
            "SELECT ruleset, version, hash FROM highwater.published_rulesets"
        )
        documents = entries[0].genesis.rulesets
        expected = {(one.ruleset, one.version, one.hash) for one in documents}
        assert set(known) == expected
        seqs = connection.execute("SELECT max(seq) FROM highwater.stream_progress").fetchone()
        last = max(orjson.loads(line)["seq"] for line in kit.values(decided[0], "progress"))
        assert seqs == (last,)


def test_persist_flow_when_the_journal_holds_ticks_alone_passes_them_by(decided, given):
    kit.run(persist_flow, decided[0], given)
    end = decided[0].end_offset("journal")
    with psycopg.connect(given.database_dsn) as connection:
        (at,) = connection.execute(
            "SELECT next_offset FROM highwater.stream_progress WHERE topic = 'journal'"
        ).fetchone()
    assert at == end


def test_persist_flow_when_stopped_anywhere_stores_everything_once(decided, given, monkeypatch):
    """Small transactions, and a stop after each of the first ones."""
    monkeypatch.setattr(persist, "ROWS_MAX", 40)
    commits = 0

    for stop_after in (1, 2, 3):
        stop = Stop()
        done = 0

        def counted(
            self, prepared, stop=stop, stop_after=stop_after, whole=PostgresSink.write_prepared
        ):
            nonlocal done, commits
            whole(self, prepared)
            done += 1
            commits += 1
            if done == stop_after:
                stop._asked = True

        with monkeypatch.context() as patched, ExitStack() as stack:
            patched.setattr(PostgresSink, "write_prepared", counted)
            run_main(persist_flow(decided[0], given, stop, stack))
    assert commits >= 6
    kit.run(persist_flow, decided[0], given)
    assert stored(given.database_dsn) == held(decided[0])


def test_persist_flow_when_its_connection_is_killed_goes_on(decided, given, monkeypatch):
    monkeypatch.setattr(persist, "ROWS_MAX", 40)
    kills = iter(range(3))

    def killed(self, prepared, whole=PostgresSink.write_prepared):
        if next(kills, None) is not None:
            with psycopg.connect(given.database_dsn, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        whole(self, prepared)

    monkeypatch.setattr(PostgresSink, "write_prepared", killed)
    kit.run(persist_flow, decided[0], given)
    assert next(kills, None) is None
    assert stored(given.database_dsn) == held(decided[0])


def test_persist_flow_when_the_answer_to_a_commit_is_lost_stores_it_once(
    decided, given, monkeypatch
):
    lost = iter([True])

    def silent(self, prepared, whole=PostgresSink.write_prepared):
        whole(self, prepared)
        if next(lost, False):
            self.close()
            raise psycopg.OperationalError("the connection was lost")

    monkeypatch.setattr(PostgresSink, "write_prepared", silent)
    kit.run(persist_flow, decided[0], given)
    assert stored(given.database_dsn) == held(decided[0])


def test_persist_flow_when_the_database_stays_away_gives_up(decided, given, monkeypatch):
    def away(self, prepared):
        raise psycopg.OperationalError("no route to host")

    monkeypatch.setattr(PostgresSink, "write_prepared", away)
    with pytest.raises(BaseException) as raised:
        kit.run(persist_flow, decided[0], given.model_copy(update={"retry_s": 0}))
    assert exit_code(root_cause(raised.value)) == 3


def test_persist_flow_when_another_one_writes_stops(decided, given, monkeypatch):
    """Whoever comes second finds the offsets moved, and never writes a row twice."""
    monkeypatch.setattr(persist, "ROWS_MAX", 40)
    moved = iter([True])

    def overtaken(self, prepared, whole=PostgresSink.write_prepared):
        if next(moved, False):
            with psycopg.connect(given.database_dsn) as other:
                other.execute(
                    "UPDATE highwater.stream_progress SET next_offset = next_offset + 1"
                    " WHERE (topic, partition) = (%s, %s)",
                    prepared.batches[0][:2],
                )
        whole(self, prepared)

    monkeypatch.setattr(PostgresSink, "write_prepared", overtaken)
    with pytest.raises(BaseException) as raised:
        kit.run(persist_flow, decided[0], given)
    assert isinstance(root_cause(raised.value), OutOfStep)


def test_persist_flow_when_the_log_is_shorter_than_the_database_refuses(decided, given):
    with psycopg.connect(given.database_dsn) as connection:
        connection.execute(
            "INSERT INTO highwater.stream_progress VALUES (%s, 0, 1000000)", (BREACHES,)
        )
    with pytest.raises(BaseException) as raised:
        kit.run(persist_flow, decided[0], given)
    assert isinstance(root_cause(raised.value), OffsetOutOfRange)


def test_persist_flow_when_decisions_come_one_by_one_keeps_up(tmp_path, given, decided):
    log = LocalLog(tmp_path / "log")
    persist.ensure_topics(log, 1)
    stop = Stop()

    def append():
        kit.copy_topic(decided[0], log, BREACHES)
        time.sleep(0.1)
        stop.drained = True

    thread = threading.Thread(target=append)
    with ExitStack() as stack:
        flow = persist_flow(log, given, stop, stack)
        thread.start()
        run_main(flow)
    thread.join()
    assert stored(given.database_dsn)["breaches"] == held(decided[0])["breaches"]


def everything(url):
    """Every row of every table that holds decisions or what they are about, as text."""
    with psycopg.connect(url) as connection:
        return {
            table: sorted(
                row for (row,) in connection.execute(f"SELECT t::text FROM highwater.{table} AS t")
            )
            for table in row_counts(url)
        }


def test_persist_flow_when_the_database_is_an_old_backup_refuses_and_replay_repairs_it(
    decided, given, monkeypatch
):
    """The rows of the second half are taken away with their progress, as a backup would."""
    monkeypatch.setattr(persist, "ROWS_MAX", 40)
    kit.run(persist_flow, decided[0], given)
    whole = everything(given.database_dsn)
    with psycopg.connect(given.database_dsn) as connection:
        for table in ("breaches", "state_changes", "warnings", "interventions", "phases_passed"):
            connection.execute(f"DELETE FROM highwater.{table} WHERE log_offset >= 3")
        connection.execute("DELETE FROM highwater.account_states")
        connection.execute("DELETE FROM highwater.progress")
        connection.execute(
            "UPDATE highwater.stream_progress SET next_offset = least(next_offset,3)"
        )
    with pytest.raises(BaseException) as raised:
        kit.run(persist_flow, decided[0], given)
    cause = root_cause(raised.value)
    assert isinstance(cause, Restored)
    assert "--replay" in str(cause)
    assert exit_code(cause) == 1
    kit.run(partial(persist_flow, replay=True), decided[0], given)
    assert everything(given.database_dsn) == whole
    kit.run(persist_flow, decided[0], given)
    assert everything(given.database_dsn) == whole


def test_persist_flow_when_replaying_finds_another_row_stops(decided, given):
    kit.run(persist_flow, decided[0], given)
    with psycopg.connect(given.database_dsn) as connection:
        connection.execute("UPDATE highwater.state_changes SET reason = 'x' WHERE log_offset = 5")
    with pytest.raises(BaseException) as raised:
        kit.run(partial(persist_flow, replay=True), decided[0], given)
    assert isinstance(root_cause(raised.value), OutOfStep)
    assert "state_changes: partition and offset (0, 5)" in str(root_cause(raised.value))
