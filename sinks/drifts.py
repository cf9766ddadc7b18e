"""Disagreements with venues in Postgres, and which accounts are just being worked on."""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from schemas.drift import Drift
from sinks.postgres import connection_settings


class HeldFor(NamedTuple):
    """What a disagreement holds: so long an intervention waits, and what comes then."""

    seconds: float
    then: str


class DriftRows:
    """The rows of the venues that this process reconciles.

    Args:
        connection: in autocommit.
    """

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection
        self._writing = (
            asyncio.Lock()
        )  # accounts are looked at side by side, and may differ at once

    @classmethod
    async def open(cls, dsn: str) -> "DriftRows":
        """Connect.

        Raises:
            psycopg.OperationalError: the server does not answer.
        """
        settings = connection_settings("highwater-reconcile")
        made = await psycopg.AsyncConnection.connect(dsn, autocommit=True, **settings)
        return cls(made)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def known(self, venue: str) -> list[Drift]:
        """Return the open ones of a venue, as they were last seen."""
        found = await self._connection.execute(_KNOWN, (venue,))
        return [Drift(**row) for (row,) in await found.fetchall()]

    async def write(self, drifts: Iterable[Drift], held: HeldFor) -> None:
        """Write what changed."""
        rows = [
            {**drift.model_dump(), "evidence": Jsonb(drift.evidence), **held._asdict()}
            for drift in drifts
        ]
        async with (
            self._writing,
            self._connection.transaction(),
            self._connection.cursor() as cursor,
        ):
            await cursor.executemany(_WRITE, rows)

    async def busy(self, account_id: str) -> bool:
        """Tell whether an intervention of an account is under way, which reports its fills."""
        row = await (await self._connection.execute(_BUSY, (account_id,))).fetchone()
        return row is not None


_KNOWN = """
SELECT jsonb_build_object(
    'drift_id', drift_id, 'state', state, 'kind', kind, 'venue_id', venue, 'firm_id', firm_id,
    'account_id', account_id, 'subject', subject, 'journal', journal::text,
    'venue', at_venue::text, 'looks', looks, 'evidence', evidence,
    'first_ts', to_char(first_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'),
    'ts', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"+00:00"'))
FROM highwater.drifts WHERE venue = %s AND state <> 'resolved'"""
_WRITE = """
INSERT INTO highwater.drifts
    (drift_id, venue, firm_id, account_id, subject, kind, state, journal, at_venue, looks,
     evidence, hold_s, hold_then, first_at, updated_at)
VALUES (%(drift_id)s, %(venue_id)s, %(firm_id)s, %(account_id)s, %(subject)s, %(kind)s, %(state)s,
    %(journal)s, %(venue)s, %(looks)s, %(evidence)s, %(seconds)s, %(then)s,
    %(first_ts)s, %(ts)s)
ON CONFLICT (drift_id) DO UPDATE SET
    kind = excluded.kind, state = excluded.state, journal = excluded.journal,
    at_venue = excluded.at_venue, looks = excluded.looks, evidence = excluded.evidence,
    hold_s = excluded.hold_s, hold_then = excluded.hold_then, updated_at = excluded.updated_at"""
_BUSY = """
SELECT 1 FROM highwater.enforcements WHERE account_id = %s AND state IN ('pending', 'sent')
LIMIT 1"""
