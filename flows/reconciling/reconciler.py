"""All accounts of the venues this process holds, again and again, on a thread of its own."""

import asyncio
import time
from collections.abc import Mapping

from connectors.log.abstract import Log
from connectors.venues.open import make_budget, make_venue
from connectors.venues.settings import VenueSettings
from flows.attached.holding import Terms, keep, opened
from flows.attached.loop_thread import LoopThread
from flows.logging import Logger
from flows.reconciling.books import Books
from flows.reconciling.look import Looker, Sides
from flows.reconciling.rounds import Round
from flows.reconciling.tracker import Tracker
from sinks.drifts import DriftRows

_LEASE = "reconcile/"


class Reconciler(LoopThread):
    """Works until it is asked to stop, or, when nothing more comes, until everything is settled.

    Args:
        terms: how.
        venues: where.
        books: what the journal says.
        log: takes drifts and recovered fills.
        logger: for people.
    """

    def __init__(
        self,
        terms: Terms,
        venues: Mapping[str, VenueSettings],
        books: Books,
        log: Log,
        logger: Logger,
    ) -> None:
        super().__init__("reconciler")
        self._terms = terms
        self._venues = venues
        self._budgets = {name: make_budget(one, "reconcile") for name, one in venues.items()}
        self._books = books
        self._log = log
        self._logger = logger
        self._end = asyncio.Event()
        self._held = {name: asyncio.Event() for name in venues}
        self._draining_since: float | None = None
        self._settled: set[str] = set()

    def settled(self) -> bool:
        """Tell whether every account was looked at since this was first asked.

        One whose disagreement was neither raised nor resolved yet is not done with.
        """
        if self._draining_since is None:
            self._draining_since = time.monotonic()
        return self._settled >= self._venues.keys()

    def end(self, *, abandoned: bool) -> None:  # noqa: ARG002 - there is nothing to finish
        """Stop looking."""
        self.soon(self._end.set)

    async def main(self) -> None:
        """Look at the accounts of every venue that is held."""
        work = await self._terms.open()
        rows = await DriftRows.open(self._terms.dsn)
        try:
            async with asyncio.TaskGroup() as group:
                leases = [_LEASE + name for name in self._venues]
                held = keep(work, leases, self._terms.lease_s, self._budgets, self._has)
                tasks = [group.create_task(held)]
                tasks += [group.create_task(self._venue(name, rows)) for name in self._venues]
                await self._end.wait()
                for task in tasks:
                    task.cancel()
        finally:
            await rows.close()
            await work.close()

    def _has(self, lease: str) -> None:
        self._held[lease.removeprefix(_LEASE)].set()

    async def _venue(self, name: str, rows: DriftRows) -> None:
        await self._held[name].wait()
        settings = self._venues[name]
        venue = make_venue(settings, self._budgets[name])
        try:
            await opened(name, venue, self._logger)
            tracker = Tracker(settings.reconcile.looks, await rows.known(name))
            sides = Sides(venue, self._books, rows, self._log)
            looker = Looker(settings, sides, tracker, self._logger)
            await Round(settings, looker, tracker, self._logger, self._told).run()
        finally:
            await venue.close()

    def _told(self, name: str, since: float, watching: int) -> None:
        if self._draining_since is not None and since > self._draining_since and not watching:
            self._settled.add(name)
