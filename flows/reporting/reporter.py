"""All accounts of the venues this process holds, looked at when due and when a socket hints."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

from connectors.log.abstract import Log
from connectors.venues.abstract import Definite
from connectors.venues.ccxt_account import CcxtReports
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.open import make_budget
from connectors.venues.settings import VenueSettings
from flows.attached.holding import Terms, keep, opened
from flows.attached.loop_thread import LoopThread
from flows.attached.rota import Rota
from flows.logging import Logger
from flows.metrics import REPORTED_AGE
from flows.reporting.event_file import EventFile
from flows.reporting.look import Looker
from flows.reporting.told import Told

_LEASE = "accounts/"
_WAIT_S = 0.01
_FILE_PAUSE_S = 0.05


class Reporter(LoopThread):
    """Works until it is asked to stop.

    Args:
        terms: how.
        venues: where.
        told: what stands in the topic of account events.
        log: takes more of them.
        logger: for people.
    """

    def __init__(
        self,
        terms: Terms,
        venues: Mapping[str, VenueSettings],
        told: Told,
        log: Log,
        logger: Logger,
    ) -> None:
        super().__init__("reporter")
        self._terms = terms
        self._venues = venues
        self._budgets = {name: make_budget(one, "accounts") for name, one in venues.items()}
        self._told = told
        self._log = log
        self._logger = logger
        self._end = asyncio.Event()
        self._held = {name: asyncio.Event() for name in venues}
        self._draining_since: float | None = None
        self._settled: set[str] = set()

    def settled(self) -> bool:
        """Tell whether every account was looked at since this was first asked."""
        if self._draining_since is None:
            self._draining_since = time.monotonic()
        return self._settled >= self._venues.keys()

    def end(self, *, abandoned: bool) -> None:  # noqa: ARG002 - there is nothing to finish
        """Stop looking."""
        self.soon(self._end.set)

    async def main(self) -> None:
        """Look at the accounts of every venue that is held."""
        work = await self._terms.open()
        try:
            async with asyncio.TaskGroup() as group:
                leases = [_LEASE + name for name in self._venues]
                held = keep(work, leases, self._terms.lease_s, self._budgets, self._has)
                tasks = [group.create_task(held)]
                tasks += [group.create_task(self._venue(name)) for name in self._venues]
                await self._end.wait()
                for task in tasks:
                    task.cancel()
        finally:
            await work.close()

    def _has(self, lease: str) -> None:
        self._held[lease.removeprefix(_LEASE)].set()

    async def _venue(self, name: str) -> None:
        await self._held[name].wait()
        await self._told_is_read()
        settings = self._venues[name]
        if settings.adapter == "file":
            await self._read(name, EventFile(settings, self._log, self._logger))
            return
        venue = CcxtVenue(settings, self._budgets[name], streams=True)
        looker = Looker(settings, venue, self._told, self._log)
        rota = Rota(name, settings.accounts, looker.look, self._logger)
        try:
            await opened(name, venue, self._logger)
            async with asyncio.TaskGroup() as group:
                if settings.report.sockets:
                    for account_id in settings.accounts:
                        group.create_task(self._listen(venue, settings, account_id, rota))
                group.create_task(self._go_on(name, rota))
        finally:
            await venue.close()

    async def _read(self, name: str, events: EventFile) -> None:
        while True:
            draining = self._draining_since is not None
            if await asyncio.to_thread(events.take):
                continue
            if draining:
                self._settled.add(name)
            await asyncio.sleep(_FILE_PAUSE_S)

    async def _told_is_read(self) -> None:
        while True:
            if self._told.complete.is_set():
                return
            await asyncio.sleep(_WAIT_S)

    async def _listen(
        self, venue: CcxtVenue, settings: VenueSettings, account_id: str, rota: Rota
    ) -> None:
        reports = CcxtReports(venue, account_id, settings.symbols)
        try:
            await reports.listen(partial(rota.hear, account_id))
        except Definite as error:
            # It is asked without being told, as often as the others.
            self._logger.warning("hints.refused", account_id=account_id, said=str(error))

    async def _go_on(self, name: str, rota: Rota) -> None:
        hurried = False
        while True:
            await rota.turn()
            REPORTED_AGE.labels(name).set(time.monotonic() - rota.since)
            draining = self._draining_since
            if draining is not None and not hurried:
                rota.hurry()
                hurried = True
            elif draining is not None and rota.complete and rota.since > draining:
                self._settled.add(name)
