"""Interventions in Postgres: what is to be done, by whom, and what came of it.

A row is there once, however often its intervention comes. Whoever holds the lease of a venue works
on its rows; the lease has an epoch that only rises, and every write names it, so that a process
that lost the lease without noticing can write nothing more.
"""

# ruff: noqa: N818 - errors are named after what they are

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from sinks.holding import Holding, hold_disputed
from sinks.pauses import paused
from sinks.postgres import NoSchema, Place, connect, connection_settings

OPEN = ("pending", "sent")
"""What is to be done now; what is held waits in the table."""


class Fenced(Exception):
    """Another process holds the venue now."""


class Facts(NamedTuple):
    """What a breach says about its intervention.

    Attributes:
        at_risk: money, for the order of things alone.
        stops: of each stop that was removed: symbol, side of the position, qty, stop.
        hard: the account is over; only such an intervention may be held.
    """

    intervention_id: str
    at_risk: Decimal
    stops: list[dict[str, str]]
    hard: bool


class Ordered(NamedTuple):
    """An intervention as it came from the topic, and the venue of its account; empty for none."""

    intervention_id: str
    breach_id: str
    firm_id: str
    account_id: str
    trader_id: str | None
    actions: list[str]
    venue: str


class Job(NamedTuple):
    """An intervention that is to be carried out.

    Attributes:
        orders: `symbol client_id` of those that were sent, or were about to be.
        sent_s: so long ago something was last sent for it; `None` where nothing ever was.
    """

    intervention_id: str
    account_id: str
    firm_id: str
    trader_id: str | None
    actions: list[str]
    venue: str
    at_risk: Decimal
    stops: list[dict[str, str]]
    orders: list[str]
    sent_s: float | None


def require_table(dsn: str, name: str) -> None:
    """Make sure that the database is new enough to have a table.

    Raises:
        psycopg.OperationalError: the server does not answer.
        NoSchema: `highwater db upgrade` was not run.
    """
    with connect(dsn) as connection:
        found = connection.execute("SELECT to_regclass(%s)", (f"highwater.{name}",)).fetchone()
    if found == (None,):
        raise NoSchema("the database lacks tables, run `highwater db upgrade`")


class EnforcementIntake:
    """Puts what the topics say into the tables; the only one who does.

    Args:
        dsn: the database, already migrated.

    Raises:
        psycopg.OperationalError: the server does not answer.
        NoSchema: `highwater db upgrade` was not run.
    """

    def __init__(self, dsn: str) -> None:
        require_table(dsn, "venue_pauses")
        self._connection = connect(dsn)
        self._connection.autocommit = True

    def positions(self, places: Sequence[Place]) -> dict[Place, int]:
        """Return the next offset of each topic partition; 0 for one never seen."""
        found = self._connection.execute(_POSITIONS).fetchall()
        known = {(topic, partition): offset for topic, partition, offset in found}
        return {place: known.get(place, 0) for place in places}

    def take(
        self, facts: Sequence[Facts], ordered: Sequence[Ordered], positions: Mapping[Place, int]
    ) -> None:
        """Keep everything, and how far it goes, in one transaction."""
        with self._connection.transaction(), self._connection.cursor() as cursor:
            rows = [(*item[:2], Jsonb(item.stops), item.hard) for item in facts]
            cursor.executemany(_KEEP_FACTS, rows)
            cursor.executemany(_KEEP_ORDERED, ordered)
            ends = [(*place, offset) for place, offset in sorted(positions.items())]
            cursor.executemany(_KEEP_POSITION, ends)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class EnforcementWork:
    """The rows of the venues that this process holds.

    Args:
        connection: in autocommit; each statement is a transaction.
        lease_connection: another one, so that a renewal never waits behind the work of hundreds.
        holder: who asks, for people.
        lease_s: so long a lease lasts without a renewal.
    """

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        lease_connection: psycopg.AsyncConnection[Any],
        holder: str,
        lease_s: float,
    ) -> None:
        self._connection = connection
        self._lease_connection = lease_connection
        self._holder = holder
        self._lease_s = lease_s
        self.epochs: dict[str, int] = {}
        """Of the leases held, by venue."""

    @classmethod
    async def open(cls, dsn: str, holder: str, lease_s: float) -> "EnforcementWork":
        """Connect.

        Raises:
            psycopg.OperationalError: the server does not answer.
        """
        settings = connection_settings("highwater-enforce")
        made = [
            await psycopg.AsyncConnection.connect(dsn, autocommit=True, **settings)
            for _ in range(2)
        ]
        return cls(made[0], made[1], holder, lease_s)

    async def close(self) -> None:
        """Give the leases back and close the connections."""
        if not self._lease_connection.closed:
            for venue, epoch in self.epochs.items():
                await self._lease_connection.execute(_RELEASE, (venue, epoch))
        await self._lease_connection.close()
        await self._connection.close()

    async def hold(self, venue: str) -> bool:
        """Take or renew the lease of a venue; false while another has it.

        Raises:
            Fenced: this process had it and lost it.
        """
        epoch = self.epochs.get(venue, 0)
        given = (venue, self._holder, self._lease_s, epoch, epoch)
        row = await (await self._lease_connection.execute(_HOLD, given)).fetchone()
        if row is not None and epoch in (0, row[0]):
            self.epochs[venue] = row[0]
            return True
        if epoch:
            raise Fenced(f"another process has taken over venue {venue!r}")
        return False

    async def paused(self, venue: str, seconds: float) -> float:
        """Tell others for how long a venue wants no requests; return for how long it wants none."""
        return await paused(self._lease_connection, venue, seconds)

    async def claim(self, venue: str, most: int) -> list[Job]:
        """Return rows this process has not claimed yet, the most money at risk first."""
        epoch = self.epochs[venue]
        found = await self._connection.execute(_CLAIM, (epoch, venue, list(OPEN), epoch, most))
        return [Job(*row) for row in await found.fetchall()]

    async def hold_disputed(self, venue: str) -> list[Holding]:
        """Hold what waits for an account that is disputed, and let go what need not wait.

        Each is held once, with a deadline that counts from when it came.
        """
        return await hold_disputed(self._connection, venue)

    async def open_rows(self, venues: Sequence[str]) -> int:
        """Return how many rows of these venues are not done."""
        row = await self._one("SELECT count(*)" + _OPEN_ROWS, list(venues), list(OPEN))
        return int(row[0]) if row is not None else 0

    async def sending(self, job: Job, step: str, order: str = "") -> None:
        """Note that something is about to be sent; `order` is `symbol client_id`.

        Raises:
            Fenced: another process has the venue, or may have it by now.
        """
        await self._update(_SENDING, job, step, order, order, order)

    async def note(self, job: Job, text: str) -> None:
        """Add what somebody should know who looks at it."""
        await self._update(_NOTE, job, text)

    async def finish(self, job: Job, state: str, reason: str) -> None:
        """Say what came of it."""
        await self._update(_FINISH, job, state, reason)

    async def _update(self, query: str, job: Job, *values: str) -> None:
        epoch = self.epochs[job.venue]
        row = await self._one(query, *values, job.intervention_id, epoch, epoch)
        if row is None:
            raise Fenced(f"another process has taken over venue {job.venue!r}")

    async def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        found = await self._connection.execute(query.encode(), values)
        return await found.fetchone()


_POSITIONS = "SELECT topic, partition, next_offset FROM highwater.enforcement_progress"
_KEEP_FACTS = (
    "INSERT INTO highwater.enforcement_facts VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_KEEP_ORDERED = """
INSERT INTO highwater.enforcements
    (intervention_id, breach_id, firm_id, account_id, trader_id, actions, venue)
VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"""
_KEEP_POSITION = """
INSERT INTO highwater.enforcement_progress VALUES (%s, %s, %s)
ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset"""

# The row decides in one statement: a new holder gets a higher epoch, the same one keeps his.
_HOLD = """
INSERT INTO highwater.enforcement_leases AS held (name, holder, epoch, until)
VALUES (%s, %s, 1, clock_timestamp() + make_interval(secs => %s))
ON CONFLICT (name) DO UPDATE SET
    holder = excluded.holder,
    until = excluded.until,
    epoch = held.epoch + CASE WHEN held.epoch = %s THEN 0 ELSE 1 END
WHERE held.until < clock_timestamp() OR held.epoch = %s
RETURNING epoch"""
_RELEASE = (
    "UPDATE highwater.enforcement_leases SET until = clock_timestamp()"
    " WHERE name = %s AND epoch = %s"
)
_CLAIM = """
WITH mine AS (
    UPDATE highwater.enforcements SET epoch = %s
    WHERE intervention_id IN (
        SELECT e.intervention_id FROM highwater.enforcements e
        LEFT JOIN highwater.enforcement_facts f USING (intervention_id)
        WHERE e.venue = %s AND e.state = ANY(%s) AND e.epoch <> %s AND NOT EXISTS (
            SELECT FROM highwater.enforcements_waiting w
            WHERE w.intervention_id = e.intervention_id)
        ORDER BY coalesce(f.at_risk, 0) DESC, e.created_at LIMIT %s
    ) RETURNING *
)
SELECT m.intervention_id, m.account_id, m.firm_id, m.trader_id, m.actions, m.venue,
    coalesce(f.at_risk, 0), coalesce(f.stops, '[]'), m.orders,
    extract(epoch FROM clock_timestamp() - m.sent_at)::float8
FROM mine m LEFT JOIN highwater.enforcement_facts f USING (intervention_id)
ORDER BY 7 DESC, m.created_at"""
_OPEN_ROWS = " FROM highwater.enforcements WHERE venue = ANY(%s) AND state = ANY(%s)"
# Only who holds the lease may write, and only while it surely lasts.
_MINE = """
WHERE e.intervention_id = %s AND e.epoch = %s AND EXISTS (
    SELECT FROM highwater.enforcement_leases l
    WHERE l.name = e.venue AND l.epoch = %s AND l.until > clock_timestamp()
) RETURNING 1"""
_CHANGE = "UPDATE highwater.enforcements e SET updated_at = now(), "
_SENDING = (
    _CHANGE
    + "state = 'sent', step = %s, sent_at = clock_timestamp(), orders = CASE WHEN %s = ''"
    + " OR %s = ANY(orders) THEN orders ELSE orders || %s::text END"
    + _MINE
)
_NOTE = _CHANGE + "notes = array_append(notes, %s)" + _MINE
_FINISH = _CHANGE + "state = %s, reason = %s" + _MINE
