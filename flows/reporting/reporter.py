"""All accounts of the venues this process holds, looked at when due and when a socket hints."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

from connectors.log.abstract import Log
from connectors.venues.abstract import Definite
from connectors.venues.ccxt_account import CcxtReports
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.settings import VenueSettings
from flows.attached.holding import Terms, opened
from flows.attached.rota import Rota
from flows.attached.venue_rounds import VenueRounds
from flows.logging import Logger
from flows.metrics import REPORTED_AGE
from flows.reporting.event_file import EventFile
from flows.reporting.look import Looker
from flows.reporting.told import Told

_WAIT_S = 0.01
_FILE_PAUSE_S = 0.05


class Reporter(VenueRounds):
    """Works until it is asked to stop, or, when nothing more comes, until all were looked at.

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
        super().__init__("accounts", terms, venues, logger)
        self._told = told
        self._log = log

    async def work(self, name: str) -> None:
        """Tell what the accounts of a venue do."""
        await self._told_is_read()
        settings = self.venues[name]
        if settings.adapter == "file":
            await self._read(name, EventFile(settings, self._log, self.logger))
            return
        venue = CcxtVenue(settings, self.budgets[name], streams=True)
        looker = Looker(settings, venue, self._told, self._log)
        rota = Rota(name, settings.accounts, looker.look, self.logger)
        try:
            await opened(name, venue, self.logger)
            async with asyncio.TaskGroup() as group:
                if settings.report.sockets:
                    for account_id in settings.accounts:
                        group.create_task(self._listen(venue, settings, account_id, rota))
                group.create_task(self._go_on(name, rota))
        finally:
            await venue.close()

    async def _read(self, name: str, events: EventFile) -> None:
        while True:
            began = time.monotonic()
            if await asyncio.to_thread(events.take):
                continue
            self.settle(name, began)
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
            self.logger.warning("hints.refused", account_id=account_id, said=str(error))

    async def _go_on(self, name: str, rota: Rota) -> None:
        hurried = False
        while True:
            await rota.turn()
            REPORTED_AGE.labels(name).set(time.monotonic() - rota.since)
            if self.draining_since is not None and not hurried:
                rota.hurry()
                hurried = True
            if rota.complete:
                self.settle(name, rota.since)
