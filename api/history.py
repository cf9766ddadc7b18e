"""Decisions in Postgres, newest first, in pages that begin where the last one ended."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql
from psycopg.rows import DictRow

from api.access.principal import Principal
from api.cursors import read_cursor, write_cursor
from api.database import Connection, Database
from api.decisions import TABLES, decision
from api.problems import bad_field
from api.shapes import DecisionsAsked

AS_OF = "SELECT coalesce(max(seq), 0) AS seq FROM highwater.stream_progress"
_FILTERS = {"account": "account_id", "firm": "firm_id", "trader": "trader_id", "rule": "rule"}
_RULED = ("breach", "warning")


async def as_of(connection: Connection) -> dict[str, Any]:
    """Say up to where what a transaction reads from now on is complete."""
    row = await (await connection.execute(AS_OF)).fetchone()
    assert row is not None, "an aggregate is one row"
    return {"seq": row["seq"], "ts": None, "source": "history"}


async def page(
    database: Database, principal: Principal, kind: str, asked: DecisionsAsked
) -> dict[str, Any]:
    """Return a page of decisions of one type.

    Raises:
        Problem: the cursor or a filter is wrong.
    """
    if asked.rule is not None and kind not in _RULED:
        raise bad_field("query.rule", "only breaches and warnings have it")
    conditions: list[sql.Composable] = [sql.SQL("true")]
    values: list[object] = []
    for name, column in _FILTERS.items():
        value = getattr(asked, name)
        if value is not None:
            conditions.append(sql.SQL("{} = %s").format(sql.Identifier(column)))
            values.append(value)
    if asked.cursor is not None:
        conditions.append(sql.SQL("(seq, decision_id) < (%s, %s)"))
        values += _place(asked.cursor)
    query = sql.SQL(
        "SELECT * FROM {table} WHERE {conditions} ORDER BY seq DESC, decision_id DESC LIMIT %s"
    ).format(
        table=sql.Identifier("highwater", TABLES[kind]),
        conditions=sql.SQL(" AND ").join(conditions),
    )
    rows, at = await _read(database, principal, query, [*values, asked.limit + 1])
    items = [decision(kind, row) for row in rows[: asked.limit]]
    more = len(rows) > asked.limit
    end = write_cursor(items[-1]["seq"], items[-1]["decision_id"]) if more else None
    return {"as_of": at, "items": items, "next": end}


async def one(
    database: Database, principal: Principal, kind: str, decision_id: str
) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return a decision and what it is as of; none when it is not there for the caller."""
    query = sql.SQL("SELECT * FROM {} WHERE decision_id = %s").format(
        sql.Identifier("highwater", TABLES[kind])
    )
    rows, at = await _read(database, principal, query, [decision_id])
    return (decision(kind, rows[0]), at) if rows else None


async def _read(
    database: Database, principal: Principal, query: sql.Composed, values: Sequence[object]
) -> tuple[list[DictRow], dict[str, Any]]:
    async with database.transaction(principal.firm, principal.trader) as connection:
        at = await as_of(connection)
        return await (await connection.execute(query, values)).fetchall(), at


def _place(cursor: str) -> tuple[int, str]:
    seq, decision_id = read_cursor(cursor, int, str)
    if "\x00" in decision_id or not decision_id.isascii():
        raise bad_field("query.cursor", "is no cursor of this list")
    return seq, decision_id
