"""Until when a venue wants no requests: whoever was told tells the other processes."""

from typing import Any

import psycopg


async def paused(connection: psycopg.AsyncConnection[Any], venue: str, seconds: float) -> float:
    """Return for how long a venue wants no requests; of two answers the later end counts.

    Args:
        connection: in autocommit.
        venue: its id.
        seconds: for so long it told us; 0 when it did not.
    """
    query, given = (_PAUSE, (venue, seconds)) if seconds else (_PAUSED, (venue,))
    row = await (await connection.execute(query, given)).fetchone()
    return max(0.0, float(row[0])) if row is not None else 0.0


_PAUSED = """
SELECT extract(epoch FROM until - clock_timestamp())::float8
FROM highwater.venue_pauses WHERE venue = %s"""
_PAUSE = """
INSERT INTO highwater.venue_pauses AS known (venue, until)
VALUES (%s, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (venue) DO UPDATE SET until = greatest(known.until, excluded.until)
RETURNING extract(epoch FROM known.until - clock_timestamp())::float8"""
