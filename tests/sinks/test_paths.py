"""Rows go straight into their month, or by way of staging where some are there already.

Whichever way they took, the tables hold the same bytes.
"""

from contextlib import closing
from hashlib import sha256

import orjson
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.topics import ACCOUNT_STATES, BREACHES, DEAD_LETTERS, INTERVENTIONS, PROGRESS, WARNINGS
from sinks.migrate import upgrade
from sinks.postgres import PostgresSink
from sinks.tables import TABLES
from tests.services import fresh_database, service_address
from tests.sinks.rows import batch, breach, decision, state

pytestmark = pytest.mark.postgres

PLACES = [(name, 0) for name in (BREACHES, ACCOUNT_STATES, WARNINGS, INTERVENTIONS, PROGRESS)]
MONTHS = ("2024-02", "2024-03", "2031-12")
TEXTS = st.one_of(
    st.sampled_from(["", "\\N", "\\.", "a\tb", "\n", "\r", "\x1f", "it's", '"{,}"', "ü\u2028😀"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6),
)
AMOUNTS = st.decimals(-(10**12), 10**12, places=8).map(lambda amount: f"{amount:f}")
BREACH = st.fixed_dictionaries(
    {
        "ts": st.builds(
            "{}-{:02}T00:00:{:02}.{:09}Z".format,
            st.sampled_from(MONTHS),
            st.integers(1, 28),
            st.integers(0, 59),
            st.integers(0, 10**9 - 1),
        ),
        "trader_id": st.none() | TEXTS,
        "metric": st.none() | TEXTS,
        "observed": st.none() | AMOUNTS,
        "equity": AMOUNTS,
        "also": st.lists(TEXTS, max_size=2),
        "evidence": st.dictionaries(TEXTS, st.none() | TEXTS | st.integers(0, 9), max_size=3),
    }
)


@pytest.fixture(scope="module")
def databases():
    server = service_address("HIGHWATER_DATABASE_URL")
    with fresh_database(server) as one, fresh_database(server) as other:
        upgrade(one)
        upgrade(other)
        yield one, other


def emptied(url):
    with psycopg.connect(url) as connection:
        for table in (*(made.name for made in TABLES), "stream_progress"):
            connection.execute(f"TRUNCATE highwater.{table}")


def held(url):
    """Everything in the tables, as the bytes the server would copy out."""
    digest = sha256()
    with psycopg.connect(url) as connection:
        for table in TABLES:
            query = f"COPY (SELECT * FROM highwater.{table.name} ORDER BY 1, 2) TO STDOUT"
            with connection.cursor().copy(query) as copy:
                for part in copy:
                    digest.update(part)
    return digest.hexdigest()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(fields=st.lists(BREACH, min_size=1, max_size=8), twice=st.integers(0, 7))
def test_rows_when_some_are_there_already_are_the_same_bytes(databases, fields, twice):
    values = [breach(n, f"A{n % 3}", seq=n + 1, **own) for n, own in enumerate(fields)]
    moves = [state(1, "active"), state(3, "breached", number=1, came="active")]
    both = [batch(BREACHES, 0, *values), batch(ACCOUNT_STATES, 0, *moves)]
    for url in databases:
        emptied(url)
    straight, staged = databases
    with closing(PostgresSink(straight)) as sink:
        sink.positions(PLACES)
        sink.write(both)
    with closing(PostgresSink(staged)) as sink:
        sink.positions(PLACES)
        known = min(twice, len(values) - 1)
        sink.write([batch(BREACHES, 0, *values[: known + 1])])
        sink.rewind({(BREACHES, 0): 0})
        sink.write(both)
    assert held(straight) == held(staged)


def test_rows_when_nothing_is_in_the_way_are_not_staged(databases):
    """The detour is for what is there already: taken always, it would halve the speed."""
    url = databases[0]
    emptied(url)
    with closing(PostgresSink(url)) as sink:
        sink.positions(PLACES)
        sink._stage = None
        warned = decision("warning", 1, **dict.fromkeys(("rule", "level", "used"), "0"))
        sink.write(
            [
                batch(BREACHES, 0, breach(1), breach(2, ts="2024-04-01T00:00:00Z")),
                batch(WARNINGS, 0, warned | {"floor": "1", "room": "2"}),
            ]
        )
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname FROM highwater.breaches JOIN pg_class ON pg_class.oid ="
            " breaches.tableoid ORDER BY 1"
        )
        assert found.fetchall() == [("breaches_2024_03",), ("breaches_2024_04",)]


def test_rows_when_their_month_was_dropped_meanwhile_make_it_anew(databases):
    url = databases[0]
    emptied(url)
    with closing(PostgresSink(url)) as sink:
        sink.positions(PLACES)
        sink.write([batch(BREACHES, 0, breach(1))])
        with psycopg.connect(url) as connection:
            connection.execute("SELECT highwater.drop_months('2024-04-01')")
        sink.write([batch(BREACHES, 1, breach(2))])
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT decision_id FROM highwater.breaches").fetchall()
    assert found == [(breach(2)["decision_id"],)]


def test_rows_when_nobody_decided_them_are_refused(databases):
    url = databases[0]
    emptied(url)
    with closing(PostgresSink(url)) as sink:
        sink.positions([*PLACES, (DEAD_LETTERS, 0)])
        for value in ({"type": "breach"}, {**breach(1), "equity": 1.5}, {"type": "other"}):
            with pytest.raises(ValueError, match=r"Object missing|Expected `str`|Invalid value"):
                sink.write([batch(BREACHES, 0, orjson.dumps(value))])
        assert sink.positions([(BREACHES, 0)]) == {(BREACHES, 0): 0}
