"""Decisions in Postgres: rows and how far they go, in one transaction.

A batch is copied into staging tables, moved in the order of its keys, and the next offset of each
topic partition is raised, all at once. So a restart goes on exactly behind the last row, whether
or not the commit it died in came through, and two writers cannot both move the same offsets.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from sinks.moves import COPY_MOVES, FIND_BROKEN_MOVE, STAGE_MOVES, BrokenMove, Moves, OutOfStep
from sinks.moving import COPY, DIFFERENT, MOVE, SCHEMA, STAGE, copy_month
from sinks.prepared import Batch, Prepared, prepare
from sinks.staging import Lines, chunks, copy_line
from sinks.tables import TABLES

CONNECT_S = 10
# A network that swallows packets is noticed in seconds; without this it never is.
TCP_USER_TIMEOUT_MS = 5_000
_OPTIONS = "-c statement_timeout=30000 -c lock_timeout=10000 -c timezone=UTC"

Place = tuple[str, int]
"""Topic and partition."""


class NoSchema(Exception):  # noqa: N818 - named after what it is
    """The database has not been migrated."""


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
        verify: whether rows that are there already are compared with what should be there.

    Raises:
        psycopg.OperationalError: the server does not answer.
        NoSchema: `highwater db upgrade` was not run.
    """

    def __init__(self, dsn: str, *, verify: bool = False) -> None:
        self._verify = verify
        self._connection = connect(dsn)
        self._months: set[str] = set()
        try:
            with self._connection.transaction():
                self._connection.execute(_MEMORY)
                for table in TABLES:
                    self._connection.execute(STAGE[table.name])
                self._connection.execute(STAGE_MOVES)
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

    def rewind(self, positions: Mapping[Place, int]) -> None:
        """Set the next offset of partitions: what follows is written again."""
        with self._connection.transaction():
            for (topic, partition), offset in sorted(positions.items()):
                self._connection.execute(_ADVANCE, (offset, 0, topic, partition))

    def write(self, batches: Sequence[Batch]) -> None:
        """Make batches of different partitions ready and write them; once, however often called.

        Raises:
            OutOfStep: somebody else moved the offsets, or something is missing.
            psycopg.OperationalError: the outcome is unknown; open another sink and write again.
        """
        self.write_prepared(prepare(batches))

    def write_prepared(self, prepared: Prepared) -> None:
        """Write what was made ready in one transaction, as `write`."""
        if not self._verify:
            with suppress(*_IN_THE_WAY):
                self._write(prepared, self._copy_rows)
                return
            self._months.clear()
        self._write(prepared, self._stage)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _write(self, prepared: Prepared, add: Callable[[Lines], None]) -> None:
        made: set[str] = set()
        with self._connection.transaction():
            fresh = [batch for batch in prepared.batches if self._is_next(batch)]
            if len(fresh) < len(prepared.batches):
                prepared = prepare(fresh)
            made = self._make_months({rows.month for rows in prepared.rows if rows.month})
            for rows in prepared.rows:
                add(rows)
            self._check(prepared.moves)
            for rows in prepared.newest:
                self._stage(rows)
            for batch, seq in zip(prepared.batches, prepared.seqs, strict=True):
                place = batch.topic, batch.partition
                self._connection.execute(_ADVANCE, (batch.end, seq, *place))
        self._months |= made

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
    def _make_months(self, months: set[str]) -> set[str]:
        for month in sorted(months - self._months):
            self._connection.execute(_MAKE_MONTH, (f"{month}-01",))
        return months

    def _copy_rows(self, rows: Lines) -> None:
        if rows.month:
            self._copy(copy_month(rows), rows.lines)
        else:
            self._stage(rows)

    def _stage(self, rows: Lines) -> None:
        table = rows.table
        self._copy(COPY[table.name], rows.lines)
        self._connection.execute(MOVE[table.name])
        if self._verify and not table.current:
            found = self._connection.execute(DIFFERENT[table.name]).fetchone()
            if found is not None:
                message = f"{table.name}: partition and offset {found} hold something else"
                raise OutOfStep(message)

    def _copy(self, statement: sql.Composed | LiteralString, lines: Sequence[str]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for part in chunks(lines):
                copy.write(part)

    def _check(self, moves: Moves) -> None:
        if moves:
            self._copy(COPY_MOVES, [copy_line(row) for row in moves.rows()])
            found = self._connection.execute(FIND_BROKEN_MOVE).fetchone()
            if found is not None:
                raise BrokenMove(*found)


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


# Rows that are there already, or a month that was let go of since.
_IN_THE_WAY = (psycopg.errors.UniqueViolation, psycopg.errors.UndefinedTable)
# A batch is staged in memory: some of it would go to disk with what a server usually allows.
_MEMORY = "SET temp_buffers = '64MB'"
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
