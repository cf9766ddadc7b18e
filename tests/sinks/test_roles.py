"""Each role may do what it is for, and `hw_api` sees the rows its transaction names, no others."""

import uuid
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from schemas.topics import BREACHES
from sinks.migrate import upgrade
from sinks.postgres import PostgresSink
from tests.services import fresh_database, service_address
from tests.sinks.rows import batch, breach

pytestmark = pytest.mark.postgres

EVENTS = ("breaches", "phases_passed", "state_changes", "warnings", "interventions")


@pytest.fixture(scope="module")
def database():
    with fresh_database(service_address("HIGHWATER_DATABASE_URL")) as url:
        upgrade(url)
        sink = PostgresSink(url)
        sink.positions([(BREACHES, 0)])
        whose = [("f1", "t1"), ("f1", "t2"), ("f2", "t1"), ("f2", None)]
        sink.write(
            [
                batch(
                    BREACHES,
                    0,
                    *(
                        breach(n, account=f"A{n}", firm_id=firm, trader_id=trader)
                        for n, (firm, trader) in enumerate(whose)
                    ),
                )
            ]
        )
        sink.close()
        yield url


def acting(url, role):
    return psycopg.connect(url, options=f"-c role={role}", autocommit=True)


@pytest.mark.parametrize(
    ("firm", "trader", "seen"),
    [
        ("f1", "t1", ["A0"]),
        ("f1", "*", ["A0", "A1"]),
        ("f2", "t1", ["A2"]),
        ("*", "*", ["A0", "A1", "A2", "A3"]),
        ("", "", []),
        ("f3", "*", []),
        (None, None, []),
    ],
)
def test_api_when_it_reads_sees_the_rows_it_names(database, firm, trader, seen):
    with acting(database, "hw_api") as connection, connection.transaction():
        if firm is not None:
            connection.execute(
                "SELECT set_config('hw.firm', %s, true), set_config('hw.trader', %s, true)",
                (firm, trader),
            )
        found = connection.execute("SELECT account_id FROM highwater.breaches ORDER BY 1")
        assert [name for (name,) in found] == seen


def test_api_when_a_transaction_ends_sees_nothing_any_more(database):
    with acting(database, "hw_api") as connection:
        with connection.transaction():
            connection.execute(
                "SELECT set_config('hw.firm','*',true), set_config('hw.trader','*',true)"
            )
        assert connection.execute("SELECT count(*) FROM highwater.breaches").fetchone() == (0,)


def statements():
    for role in ("hw_flow", "hw_api", "hw_audit"):
        for table in (*EVENTS, "account_events", "dead_letters", "rulesets"):
            yield role, "DELETE FROM highwater.{}", table
            yield role, "TRUNCATE highwater.{}", table
            yield role, "UPDATE highwater.{} SET log_offset = 1", table
    yield "hw_api", "SELECT raw FROM highwater.{}", "dead_letters"
    yield "hw_api", "INSERT INTO highwater.{} SELECT * FROM highwater.breaches", "breaches"
    yield "hw_api", "SELECT * FROM highwater.{}", "breaches_2024_03"
    yield "hw_audit", "SELECT * FROM highwater.{}", "api_keys"
    yield "hw_flow", "SELECT * FROM highwater.{}", "api_keys"
    yield "hw_api", "UPDATE highwater.{} SET role = 'admin'", "api_keys"


@pytest.mark.parametrize(("role", "statement", "table"), list(statements()))
def test_role_when_it_wants_more_than_it_may_is_refused(database, role, statement, table):
    with (
        acting(database, role) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_audit_when_it_reads_sees_everything(database):
    with acting(database, "hw_audit") as connection:
        assert connection.execute("SELECT count(*) FROM highwater.breaches").fetchone() == (4,)


def test_flow_when_it_is_that_role_can_do_its_work(database):
    """A month that has no partition yet is made by the flow, which owns no table."""
    place = urlsplit(database)
    name = sql.Identifier(user := f"hw_test_{uuid.uuid4().hex[:12]}")
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN IN ROLE hw_flow").format(name))
        try:
            _work(place._replace(netloc=f"{user}@{place.hostname}:{place.port}").geturl())
        finally:
            owner.execute(sql.SQL("DROP OWNED BY {}").format(name))
            owner.execute(sql.SQL("DROP ROLE {}").format(name))


def _work(url):
    sink = PostgresSink(url)
    later = breach(9, account="A9", ts="2031-12-31T23:59:59.999999999Z")
    sink.write([batch(BREACHES, 4, later)])
    assert sink.positions([(BREACHES, 0)]) == {(BREACHES, 0): 5}
    sink.close()


def test_months_when_old_are_dropped_whole(postgres_url):
    upgrade(postgres_url)
    sink = PostgresSink(postgres_url)
    sink.positions([(BREACHES, 0)])
    days = ["2024-02-29T23:59:59Z", "2024-03-01T00:00:00Z", "2024-03-31T23:59:59.9Z"]
    sink.write([batch(BREACHES, 0, *(breach(n, ts=day) for n, day in enumerate(days)))])
    sink.close()
    with psycopg.connect(postgres_url) as connection:
        dropped = connection.execute("SELECT highwater.drop_months('2024-03-15')").fetchall()
        assert ("breaches_2024_02",) in dropped
        assert len(dropped) == len(EVENTS)
        left = connection.execute("SELECT ts::date::text FROM highwater.breaches ORDER BY 1")
        assert left.fetchall() == [("2024-03-01",), ("2024-03-31",)]
