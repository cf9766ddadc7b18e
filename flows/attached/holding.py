"""Which venues a process works at: those of the file whose leases it holds."""

import asyncio
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.venues.abstract import Definite, Venue, VenueError
from connectors.venues.budget import Budget
from connectors.venues.settings import VenueSettings, load_venues
from flows.failures import Failure
from flows.logging import Logger
from flows.options import FlowSettings
from sinks.enforcements import EnforcementWork

_REOPEN_S = 1.0
_REOPEN_MAX_S = 30.0


@dataclass(frozen=True)
class Terms:
    """On which terms a process works at venues.

    Attributes:
        dsn: the database.
        holder: who this process is, for people.
        lease_s: so long a venue is kept after the process that held it went silent.
        patience_s: so long a venue may fail without a break before an operator is asked.
    """

    dsn: str
    holder: str
    lease_s: float
    patience_s: float

    @classmethod
    def of(cls, settings: FlowSettings) -> "Terms":
        """Return those of this process.

        Raises:
            Failure: no database is set.
        """
        holder = f"{socket.gethostname()}:{os.getpid()}"
        dsn = settings.require_database()
        return cls(dsn, holder, settings.enforce_lease_s, settings.enforce_patience_s)

    async def open(self) -> EnforcementWork:
        """Connect."""
        return await EnforcementWork.open(self.dsn, self.holder, self.lease_s)


def venues_of(settings: FlowSettings, *, secrets: bool = True) -> dict[str, VenueSettings]:
    """Return the venues of the file, by id.

    Args:
        settings: names the file.
        secrets: whether the accounts' credentials are needed.

    Raises:
        Failure: no file is named.
        BadFile: it is wrong.
    """
    if settings.venues is None:
        raise Failure("no venues: give --venues FILE or set HIGHWATER_VENUES")
    return {venue.id: venue for venue in load_venues(settings.venues, secrets=secrets)}


async def keep(
    work: EnforcementWork,
    names: Sequence[str],
    lease_s: float,
    budgets: Mapping[str, Budget],
    held: Callable[[str], object] = lambda _: None,
) -> None:
    """Renew what is held, and try to get what is not, until cancelled.

    Where a venue told one process to wait, all do.

    Args:
        work: holds the leases.
        names: of them.
        lease_s: so long they last.
        budgets: by venue.
        held: learns which are held.

    Raises:
        Fenced: another process has taken a lease over.
    """
    while True:
        for name in names:
            if await work.hold(name):
                held(name)
        for venue, budget in budgets.items():
            budget.hold(await work.paused(venue, budget.held_s))
        await asyncio.sleep(lease_s / 4)


async def opened(name: str, venue: Venue, logger: Logger) -> None:
    """Open a venue, however long it takes.

    Raises:
        Definite: it lacks what is wanted of it.
    """
    pause = _REOPEN_S
    while True:
        try:
            await venue.open()
        except Definite:
            raise
        except VenueError as error:
            logger.warning("service.unreachable", service=name, said=str(error))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _REOPEN_MAX_S)
        else:
            return


def homes(venues: Mapping[str, VenueSettings]) -> dict[str, str]:
    """Return the venue of each account."""
    return {account: venue.id for venue in venues.values() for account in venue.accounts}
