"""Decisions in Postgres: rows and how far they go, in one transaction.

A batch is copied into staging tables, moved in the order of its keys, and the next offset of each
topic partition is raised, all at once. So a restart goes on exactly behind the last row, whether
or not the commit it died in came through, and two writers cannot both move the same offsets.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import psycopg
from psycopg import sql

from sinks.tables import TABLES, Record, Row, Table, tables_of

SCHEMA = "highwater"
CONNECT_S = 10
# A network that swallows packets is noticed in seconds; without this it never is.
TCP_USER_TIMEOUT_MS = 5_000
_OPTIONS = "-c statement_timeout=30000 -c lock_timeout=10000 -c timezone=UTC"

Place = tuple[str, int]
"""Topic and partition."""


class OutOfStep(Exception):  # noqa: N818 - named after what it is
    """The database holds something else than what comes before this batch."""


class NoSchema(Exception):  # noqa: N818 - named after what it is
    """The database has not been migrated."""


class Batch(NamedTuple):
    """Records of one topic partition that follow each other, as (offset, value) pairs.

    Attributes:
        topic, partition: where they stood.
        start: the next offset before them.
        end: the next offset after them.
        records: offset and JSON bytes of each.
    """

    topic: str
    partition: int
    start: int
    end: int
    records: Sequence[tuple[int, bytes]]


def connect(dsn: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection that gives up in bounded time.

    Raises:
        psycopg.OperationalError: the server does not answer.
    """
    return psycopg.connect(dsn, **connection_settings("highwater"))


def connection_settings(name: str, *, role: str = "") -> dict[str, Any]:
    """Return what every connection of ours is opened with.

    Args:
        name: for whoever looks who is connected.
        role: to act as.
    """
    return {
        "connect_timeout": CONNECT_S,
        "tcp_user_timeout": TCP_USER_TIMEOUT_MS,
        "keepalives_idle": 5,
        "options": f"{_OPTIONS} -c role={role}" if role else _OPTIONS,
        "application_name": name,
    }


class PostgresSink:
    """The one writer of the decision tables.

    Args:
        dsn: the database, already migrated.

    Raises:
        psycopg.OperationalError: the server does not answer.
        NoSchema: `highwater db upgrade` was not run.
    """

    def __init__(self, dsn: str) -> None:
        self._connection = connect(dsn)
        self._months: set[str] = set()
        try:
            with self._connection.transaction():
                for table in TABLES:
                    self._connection.execute(_STAGE[table.name])
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            self.close()
            raise NoSchema("the database has no tables yet, run `highwater db upgrade`") from None
        except BaseException:
            self.close()
            raise

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.closed

    def positions(self, places: Iterable[Place]) -> dict[Place, int]:
        """Return the next offset of each topic partition; 0 for one never seen."""
        places = list(places)
        with self._connection.transaction():
            for place in sorted(places):
                self._connection.execute(_BEGIN, place)
            found = self._connection.execute(_POSITIONS).fetchall()
        known = {(topic, partition): offset for topic, partition, offset in found}
        return {place: known[place] for place in places}

    def write(self, batches: Sequence[Batch]) -> None:
        """Write batches of different partitions in one transaction; once, however often called.

        Raises:
            OutOfStep: somebody else moved the offsets.
            psycopg.OperationalError: the outcome is unknown; open another sink and write again.
        """
        made: set[str] = set()
        with self._connection.transaction():
            fresh = [batch for batch in sorted(batches) if self._is_next(batch)]
            rows, seqs = _rows(fresh)
            made = self._make_months(rows)
            for table, found in rows.items():
                self._insert(table, found)
            for batch, seq in zip(fresh, seqs, strict=True):
                place = batch.topic, batch.partition
                self._connection.execute(_ADVANCE, (batch.end, seq, *place))
        self._months |= made

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    # Locks the partition; a batch that is there already came with a commit whose answer was lost.
    def _is_next(self, batch: Batch) -> bool:
        found = self._connection.execute(_LOCK, (batch.topic, batch.partition)).fetchone()
        at = 0 if found is None else found[0]
        if at not in (batch.start, batch.end):
            message = (
                f"{batch.topic}/{batch.partition}: the database is at offset {at}, "
                f"this batch goes from {batch.start} to {batch.end}"
            )
            raise OutOfStep(message)
        return bool(at == batch.start)

    # Partitions are made in the transaction of the first rows that need them.
    def _make_months(self, rows: Mapping[Table, list[Row]]) -> set[str]:
        months = {
            row[table.columns.index("ts")][:7]
            for table, found in rows.items()
            if table.monthly
            for row in found
        }
        for month in sorted(months - self._months):
            self._connection.execute(_MAKE_MONTH, (f"{month}-01",))
        return months

    def _insert(self, table: Table, rows: list[Row]) -> None:
        with self._connection.cursor() as cursor:
            with cursor.copy(_COPY[table.name]) as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(_MOVE[table.name])


def row_counts(dsn: str) -> dict[str, int]:
    """Return how many rows each table has.

    Raises:
        psycopg.OperationalError: the server does not answer.
    """
    with connect(dsn) as connection:
        counts = {}
        for table in TABLES:
            query = sql.SQL("SELECT count(*) FROM {}")
            found = connection.execute(query.format(sql.Identifier(SCHEMA, table.name))).fetchone()
            assert found is not None, "a count is one row"
            counts[table.name] = int(found[0])
        return counts


def is_unused(dsn: str) -> bool:
    """Tell whether nothing was ever written into a migrated database.

    Raises:
        psycopg.OperationalError: the server does not answer.
    """
    with connect(dsn) as connection:
        found = connection.execute(
            "SELECT FROM highwater.stream_progress WHERE next_offset > 0 LIMIT 1"
        ).fetchone()
    return found is None


# Returns the rows by table, and the highest seq of each batch.
def _rows(batches: Iterable[Batch]) -> tuple[dict[Table, list[Row]], list[int]]:
    found: dict[Table, list[Row]] = {}
    seqs = []
    for batch in batches:
        seqs.append(0)
        for offset, data in batch.records:
            record = Record(batch.partition, offset, orjson.loads(data))
            seqs[-1] = max(seqs[-1], record.value.get("seq", 0))
            for table in tables_of(record.value):
                found.setdefault(table, []).append(table.row(record))
    return found, seqs


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _stage(table: Table) -> sql.Composed:
    return sql.SQL("CREATE TEMP TABLE {} (LIKE {}) ON COMMIT DELETE ROWS").format(
        sql.Identifier(f"stage_{table.name}"), sql.Identifier(SCHEMA, table.name)
    )


def _copy(table: Table) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(f"stage_{table.name}"), _names(table.columns)
    )


# Rows are moved in the order of their key, so that two writers could not deadlock. A row that is
# there already is left alone; the same decision at another place is an error, never left out.
def _move(table: Table) -> sql.Composed:
    parts: Mapping[str, sql.Composable] = {
        "table": sql.Identifier(SCHEMA, table.name),
        "stage": sql.Identifier(f"stage_{table.name}"),
        "columns": _names(table.columns),
        "key": _names(table.key),
        "values": sql.SQL(", ").join(sql.Identifier("excluded", name) for name in table.columns),
    }
    if not table.current:
        return sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage}"
            " ORDER BY {key} ON CONFLICT ({key}) DO NOTHING"
        ).format(**parts)
    return sql.SQL(
        "INSERT INTO {table} AS held ({columns})"
        " SELECT DISTINCT ON (account_id) {columns} FROM {stage}"
        " ORDER BY account_id, seq DESC, log_offset DESC"
        " ON CONFLICT (account_id) DO UPDATE SET ({columns}) = ROW ({values})"
        " WHERE (held.seq, held.log_offset) < (excluded.seq, excluded.log_offset)"
    ).format(**parts)


_STAGE = {table.name: _stage(table) for table in TABLES}
_COPY = {table.name: _copy(table) for table in TABLES}
_MOVE = {table.name: _move(table) for table in TABLES}
_BEGIN = (
    "INSERT INTO highwater.stream_progress (topic, partition, next_offset) VALUES (%s, %s, 0)"
    " ON CONFLICT DO NOTHING"
)
_POSITIONS = "SELECT topic, partition, next_offset FROM highwater.stream_progress"
_LOCK = (
    "SELECT next_offset FROM highwater.stream_progress WHERE topic = %s AND partition = %s"
    " FOR UPDATE"
)
_ADVANCE = (
    "UPDATE highwater.stream_progress"
    " SET next_offset = %s, seq = greatest(seq, %s), updated_at = now()"
    " WHERE topic = %s AND partition = %s"
)
_MAKE_MONTH = "SELECT highwater.ensure_month(%s::date)"
