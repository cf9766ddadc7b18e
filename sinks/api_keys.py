"""API keys of machines: made, listed, revoked. The database holds a hash of each, never a key."""

import hashlib
import secrets
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import class_row

from sinks.postgres import connect


class ApiKey(NamedTuple):
    """What is known of a key."""

    key_id: str
    name: str
    role: str
    firm_id: str
    trader_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create_key(
    dsn: str,
    name: str,
    role: str,
    firm_id: str,
    *,
    trader_id: str | None = None,
    days: int | None = None,
) -> str:
    """Make a key and return it: nobody can ever read it again.

    Args:
        dsn: the database, by its owner.
        name: what it is for.
        role: of whoever holds it.
        firm_id: whose accounts it sees, `*` for all.
        trader_id: of that role alone.
        days: how long it is valid; for ever when left out.

    Raises:
        psycopg.Error: the database does not answer, or has no tables.
    """
    key_id = secrets.token_hex(8)
    key = f"hw_{key_id}_{secrets.token_urlsafe(32)}"
    with connect(dsn) as connection:
        connection.execute(
            "INSERT INTO highwater.api_keys"
            " (key_id, hash, name, role, firm_id, trader_id, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, now() + make_interval(days => %s))",
            (key_id, hashlib.sha256(key.encode()).digest(), name, role, firm_id, trader_id, days),
        )
    return key


def list_keys(dsn: str) -> list[ApiKey]:
    """Return all keys, the oldest first.

    Raises:
        psycopg.Error: the database does not answer, or has no tables.
    """
    columns = ", ".join(ApiKey._fields)
    with connect(dsn) as connection, connection.cursor(row_factory=class_row(ApiKey)) as cursor:
        query: Any = f"SELECT {columns} FROM highwater.api_keys ORDER BY created_at"  # noqa: S608
        return cursor.execute(query).fetchall()


def revoke_key(dsn: str, key_id: str) -> bool:
    """Revoke a key; tell whether there is one of this id.

    Raises:
        psycopg.Error: the database does not answer, or has no tables.
    """
    with connect(dsn) as connection:
        done = connection.execute(
            "UPDATE highwater.api_keys SET revoked_at = coalesce(revoked_at, now())"
            " WHERE key_id = %s",
            (key_id,),
        )
        return done.rowcount == 1
