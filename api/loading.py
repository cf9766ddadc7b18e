"""Where everything stood when this process started, from Postgres, and where to read on."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import DictRow

from api.database import Database
from api.decisions import common
from api.live import Live
from connectors.log.abstract import Log
from schemas.topics import DECISION_TOPICS

_POSITIONS = "SELECT topic, partition, next_offset FROM highwater.stream_progress"
_STATES = "SELECT * FROM highwater.account_states"
_PROGRESS = "SELECT * FROM highwater.progress"
_BREACHES = """
SELECT DISTINCT ON (account_id) account_id, decision_id FROM highwater.breaches
ORDER BY account_id, seq DESC, decision_id DESC"""
_KEY = """
SELECT hash, role, firm_id, trader_id, extract(epoch FROM expires_at)::float8 AS expires,
    revoked_at IS NOT NULL AS revoked
FROM highwater.api_keys WHERE key_id = %s"""


async def load(database: Database, live: Live, log: Log) -> dict[tuple[str, int], int]:
    """Fill `live`; return the next offset of each partition of the decision topics.

    Raises:
        psycopg.OperationalError: the database does not answer.
        LogError: the log does not.
    """
    async with database.snapshot() as connection:
        found = await (await connection.execute(_POSITIONS)).fetchall()
        for row in await (await connection.execute(_STATES)).fetchall():
            live.apply(_state(row))
        for row in await (await connection.execute(_PROGRESS)).fetchall():
            live.apply(_progress(row))
        for row in await (await connection.execute(_BREACHES)).fetchall():
            live.accounts[row["account_id"]].breach = row["decision_id"]
    known = {(row["topic"], row["partition"]): row["next_offset"] for row in found}
    topics = sorted(set(DECISION_TOPICS.values()))
    places = [(topic, partition) for topic in topics for partition in range(log.partitions(topic))]
    return {place: known.get(place, 0) for place in places}


async def find_key(database: Database, key_id: str) -> Mapping[str, Any] | None:
    """Return the row of an API key."""
    rows = await database.read_own(_KEY, (key_id,))
    return rows[0] if rows else None


def _state(row: DictRow) -> dict[str, Any]:
    return {**common("state", row), "to": row["state"], "reason": row["reason"]}


def _progress(row: DictRow) -> dict[str, Any]:
    amounts = {name: str(row[name]) for name in ("equity", "balance")}
    rest = {name: row[name] for name in ("state", "unpriced", "goals", "rules")}
    return {**common("progress", row), **amounts, **rest}
