"""Rows and how far they go are one transaction, and money stays exact."""

from contextlib import closing
from decimal import Decimal

import orjson
import psycopg
import pytest

from schemas.dead_letters import DeadLetter
from schemas.errors import InputError
from schemas.topics import ACCOUNT_STATES, BREACHES, DEAD_LETTERS, PROGRESS
from sinks.migrate import newest, upgrade
from sinks.moves import OutOfStep
from sinks.postgres import NoSchema, PostgresSink
from tests.sinks.rows import batch, breach, decision, state

pytestmark = pytest.mark.postgres


@pytest.fixture
def database(postgres_url):
    upgrade(postgres_url)
    return postgres_url


@pytest.fixture
def sink(database):
    with closing(PostgresSink(database)) as opened:
        opened.positions([(topic, 0) for topic in (BREACHES, ACCOUNT_STATES, PROGRESS)])
        yield opened


def rows(url, query):
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def test_upgrade_when_run_twice_applies_nothing_the_second_time(postgres_url):
    assert upgrade(postgres_url)[-1] == newest()
    assert upgrade(postgres_url) == []


def test_sink_when_the_database_has_no_tables_says_what_to_do(postgres_url):
    with pytest.raises(NoSchema, match="highwater db upgrade"):
        PostgresSink(postgres_url)


def test_sink_when_a_breach_comes_keeps_every_digit(database, sink):
    sink.write([batch(BREACHES, 0, breach())])
    found = rows(
        database,
        "SELECT observed, balance, overshoot, also, evidence, ts_ns, ts FROM highwater.breaches",
    )
    observed, balance, overshoot, also, evidence, ts_ns, ts = found[0]
    assert observed == Decimal("94999.99999999")
    assert balance == Decimal("123456789012.12345678")
    assert overshoot == Decimal("0.00000001")
    assert also == ["max", "it's, {odd}"]
    assert evidence == {"entry": {"kind": "tick"}, "positions": []}
    assert ts_ns == 1709632800123456789
    assert ts.microsecond == 123456, "cut, not rounded"


def test_sink_when_a_breach_compares_nothing_keeps_nulls(database, sink):
    nothing = dict.fromkeys(("metric", "observed", "floor", "overshoot", "comparator"))
    sink.write([batch(BREACHES, 0, breach(**nothing))])
    assert rows(database, "SELECT observed, floor FROM highwater.breaches") == [(None, None)]


def test_sink_when_the_same_batch_comes_again_writes_it_once(database, sink):
    """A commit whose answer was lost is written again, perhaps by another process."""
    one = batch(BREACHES, 0, breach(1), breach(2))
    sink.write([one])
    sink.write([one])
    with closing(PostgresSink(database)) as other:
        other.write([one])
        assert other.positions([(BREACHES, 0)]) == {(BREACHES, 0): 2}
    assert rows(database, "SELECT count(*) FROM highwater.breaches") == [(2,)]


def test_sink_when_a_batch_leaves_a_gap_refuses_it(database, sink):
    sink.write([batch(BREACHES, 0, breach(1))])
    with pytest.raises(OutOfStep, match="breaches/0: the database is at offset 1"):
        sink.write([batch(BREACHES, 2, breach(2))])
    with pytest.raises(OutOfStep):
        sink.write([batch(BREACHES, 0, breach(1), breach(2))])
    assert rows(database, "SELECT count(*) FROM highwater.breaches") == [(1,)]


def test_sink_when_one_row_is_bad_writes_nothing_of_the_batch(database, sink):
    states = batch(ACCOUNT_STATES, 0, state(1, "active"))
    with pytest.raises(psycopg.DataError):
        sink.write([states, batch(BREACHES, 0, breach(1), breach(2, floor="much"))])
    sink.write([states])
    assert rows(database, "SELECT count(*) FROM highwater.breaches") == [(0,)]
    assert sink.positions([(BREACHES, 0), (ACCOUNT_STATES, 0)]) == {
        (BREACHES, 0): 0,
        (ACCOUNT_STATES, 0): 1,
    }


def test_sink_when_states_follow_each_other_keeps_the_newest(database, sink):
    both = state(4, "paused", came="active"), state(4, "breached", number=1, came="paused")
    first = batch(ACCOUNT_STATES, 0, state(1, "active"), *both)
    sink.write([first])
    sink.write([batch(ACCOUNT_STATES, 3, state(9, "closed", "A2"), state(2, "active", came="x"))])
    found = rows(database, "SELECT account_id, state, seq FROM highwater.account_states ORDER BY 1")
    assert found == [("A1", "breached", 4), ("A2", "closed", 9)]
    assert rows(database, "SELECT count(*) FROM highwater.state_changes") == [(5,)]


@pytest.mark.parametrize(
    "moves",
    [
        [state(2, "breached", came="active")],
        [state(2, "active"), state(3, "breached", came="paused")],
        [state(2, "active"), state(2, "active", number=1)],
    ],
)
def test_sink_when_a_move_of_an_account_is_missing_refuses_the_batch(database, sink, moves):
    with pytest.raises(OutOfStep, match=r"account 'A1' moves from .* moves are missing"):
        sink.write([batch(ACCOUNT_STATES, 0, *moves)])
    assert rows(database, "SELECT count(*) FROM highwater.state_changes") == [(0,)]
    sink.write([batch(ACCOUNT_STATES, 0, state(2, "active"))])
    with pytest.raises(OutOfStep, match="but is active here"):
        sink.write([batch(ACCOUNT_STATES, 1, state(5, "closed", came="suspended"))])
    sink.write([batch(ACCOUNT_STATES, 1, state(5, "closed", came="active"))])


def test_sink_when_replaying_compares_what_is_there(database, sink):
    moves = [state(2, "active"), state(5, "closed", number=1, came="active")]
    sink.write([batch(BREACHES, 0, breach(1), breach(2)), batch(ACCOUNT_STATES, 0, *moves)])
    with closing(PostgresSink(database, verify=True)) as again:
        again.rewind({(BREACHES, 0): 0, (ACCOUNT_STATES, 0): 0})
        again.write([batch(BREACHES, 0, breach(1)), batch(ACCOUNT_STATES, 0, *moves)])
        with pytest.raises(OutOfStep, match=r"breaches: partition and offset \(0, 1\)"):
            again.write([batch(BREACHES, 1, breach(2, floor="1"))])
        again.write([batch(BREACHES, 1, breach(2))])
    found = rows(database, "SELECT state, seq FROM highwater.account_states")
    assert found == [("closed", 5)]


def test_sink_when_a_decision_comes_at_another_place_refuses_it(database, sink):
    """Two rows for one decision would be two interventions for one breach."""
    sink.write([batch(BREACHES, 0, breach(1))])
    with pytest.raises(psycopg.errors.UniqueViolation):
        sink.write([batch(BREACHES, 1, breach(1))])
    assert sink.positions([(BREACHES, 0)]) == {(BREACHES, 0): 1}


@pytest.mark.parametrize("raw", ['b\\"\tü\n\r\u2028', "\x1f", "\\N", "\\.", "\x1f\\N\t\x1f", ""])
def test_sink_when_a_dead_letter_holds_any_character_keeps_it(database, sink, raw):
    letter = DeadLetter.from_error(
        InputError("bad_format", "x\x00y"), f"a\x00{raw}", "ticks", offset=3
    )
    sink.positions([(DEAD_LETTERS, 0)])
    sink.write([batch(DEAD_LETTERS, 0, letter.to_json())])
    found = rows(
        database, "SELECT raw, message, source_offset, source_partition FROM highwater.dead_letters"
    )
    assert found == [(f"a\\x00{raw}", "x\\x00y", 3, None)]


def test_sink_when_a_decision_holds_what_postgres_cannot_refuses_it(database, sink):
    """An account named by nothing but NUL is not an account without a name."""
    with pytest.raises(psycopg.DataError):
        sink.write([batch(BREACHES, 0, breach(1, trader_id="\x00"))])
    assert rows(database, "SELECT count(*) FROM highwater.breaches") == [(0,)]


def test_sink_when_a_breach_comes_keeps_the_text_of_its_evidence(database, sink):
    evidence = {"b": "1.10", "a": ["\t\\", {"z": None, "y": "ü"}]}
    sink.write([batch(BREACHES, 0, breach(1, evidence=evidence))])
    found = rows(database, "SELECT evidence::text, evidence -> 'a' ->> 0 FROM highwater.breaches")
    assert found == [(orjson.dumps(evidence).decode(), "\t\\")]


def test_sink_when_progress_comes_keeps_the_newest(database, sink):
    own = {
        "state": "active",
        "balance": "1",
        "unpriced": False,
        "goals": [],
        "rules": [{"id": "d"}],
    }
    values = [decision("progress", seq=seq, equity=str(seq), **own) for seq in (1, 3, 2)]
    sink.write([batch(PROGRESS, 0, *values)])
    assert rows(database, "SELECT equity, rules FROM highwater.progress") == [
        (Decimal(3), [{"id": "d"}])
    ]


def test_migrations_when_taken_back_leave_nothing(database):
    from alembic import command
    from sqlalchemy import create_engine

    from sinks import migrate

    config = migrate._config()
    engine = create_engine(database.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    engine.dispose()
    tables = rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'highwater'")
    assert tables == [("alembic_version",)]
