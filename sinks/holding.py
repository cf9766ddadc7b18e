"""Interventions that wait because venue and journal disagree about what their account holds.

Decisions stay what they are; only carrying them out waits, once, until a deadline.
"""

from typing import Any, NamedTuple

import psycopg


class Holding(NamedTuple):
    """An intervention that waits, or has waited in vain, because its account is disputed.

    Attributes:
        state: `held`; `pending` when it goes on; `needs_operator` when nobody may carry it out.
        until: the deadline, for people.
    """

    intervention_id: str
    account_id: str
    venue: str
    state: str
    until: str


async def hold_disputed(connection: psycopg.AsyncConnection[Any], venue: str) -> list[Holding]:
    """Hold what has to wait at a venue, and let go what has waited; return what changed."""
    found = []
    for query in (_HOLD, _LET_GO):
        answer = await connection.execute(query, (venue,))
        found += [Holding(*row) for row in await answer.fetchall()]
    return found


_HOLD = """
UPDATE highwater.enforcements e
SET state = 'held', hold_then = w.hold_then, held_until = w.held_until, updated_at = now(),
    reason = 'held: what the account holds is disputed'
FROM highwater.enforcements_waiting w
WHERE w.venue = %s AND w.intervention_id = e.intervention_id
RETURNING e.intervention_id, e.account_id, e.venue, e.state, e.held_until::text"""
_LET_GO = """
WITH done AS (
    SELECT held.intervention_id, d.account_id IS NOT NULL AND held.hold_then = 'ask' AS ask
    FROM highwater.enforcements held LEFT JOIN highwater.disputes d USING (venue, account_id)
    WHERE held.venue = %s AND held.state = 'held'
        AND (d.account_id IS NULL OR held.held_until <= clock_timestamp())
)
UPDATE highwater.enforcements e
SET updated_at = now(), epoch = 0,
    state = CASE WHEN done.ask THEN 'needs_operator' ELSE 'pending' END,
    reason = CASE WHEN done.ask THEN 'still disputed at the deadline of its hold' ELSE '' END
FROM done WHERE done.intervention_id = e.intervention_id
RETURNING e.intervention_id, e.account_id, e.venue, e.state, e.held_until::text"""
