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

from sinks.moving import BROKEN_MOVE, COPY, DIFFERENT, MOVE, SCHEMA, STAGE
from sinks.staging import Staging
from sinks.tables import STATE_CHANGES, TABLES, Record, Table

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
        """Write batches of different partitions in one transaction; once, however often called.

        Raises:
            OutOfStep: somebody else moved the offsets.
            psycopg.OperationalError: the outcome is unknown; open another sink and write again.
        """
        made: set[str] = set()
        with self._connection.transaction():
            fresh = [batch for batch in sorted(batches) if self._is_next(batch)]
            staging, seqs = _staging(fresh)
            made = self._make_months(staging.months)
            for table in staging.tables:
                self._stage(table, staging.chunks(table))
            if STATE_CHANGES in staging.tables:
                self._check_moves()
            for table in staging.tables:
                self._move(table)
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
    def _make_months(self, months: set[str]) -> set[str]:
        for month in sorted(months - self._months):
            self._connection.execute(_MAKE_MONTH, (f"{month}-01",))
        return months

    def _stage(self, table: Table, lines: Iterable[str]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(COPY[table.name]) as copy:
            for part in lines:
                copy.write(part)

    # An account's moves chain: where one is missing, the next begins where none has ended.
    def _check_moves(self) -> None:
        found = self._connection.execute(BROKEN_MOVE).fetchone()
        if found is not None:
            account_id, seq, began, ended = found
            message = (
                f"account {account_id!r} moves from {began} at seq {seq}, but is {ended} here: "
                "moves are missing"
            )
            raise OutOfStep(message)

    def _move(self, table: Table) -> None:
        self._connection.execute(MOVE[table.name])
        if self._verify and not table.current:
            found = self._connection.execute(DIFFERENT[table.name]).fetchone()
            if found is not None:
                message = f"{table.name}: partition and offset {found} hold something else"
                raise OutOfStep(message)


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


# Returns what to stage, and the highest seq of each batch.
def _staging(batches: Iterable[Batch]) -> tuple[Staging, list[int]]:
    staging, seqs = Staging(), []
    for batch in batches:
        highest = 0
        for offset, data in batch.records:
            value = orjson.loads(data)
            highest = max(highest, value.get("seq", 0))
            staging.add(Record(batch.partition, offset, value))
        seqs.append(highest)
    return staging, seqs


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
