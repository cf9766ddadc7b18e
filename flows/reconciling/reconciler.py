"""All accounts of the venues this process holds, again and again, on a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from connectors.log.abstract import Log
from connectors.venues.abstract import Definite, Venue, VenueError
from connectors.venues.open import make_venue
from connectors.venues.settings import VenueSettings
from flows.logging import Logger
from flows.reconciling.books import Books
from flows.reconciling.look import Looker, Sides
from flows.reconciling.rounds import Round
from flows.reconciling.tracker import Tracker
from sinks.drifts import DriftRows
from sinks.enforcements import EnforcementWork

_LEASE = "reconcile/"
_BACK_OFF_S = 30.0


@dataclass(frozen=True)
class Terms:
    """How the reconciler works.

    Attributes:
        dsn: the database.
        holder: who this process is, for people.
        lease_s: so long a venue is kept after the process that held it went silent.
    """

    dsn: str
    holder: str
    lease_s: float


class Reconciler:
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
        self._terms = terms
        self._venues = venues
        self._books = books
        self._log = log
        self._logger = logger
        self._loop: asyncio.AbstractEventLoop | None = None
        self._started = threading.Event()
        self._end = asyncio.Event()
        self._held = {name: asyncio.Event() for name in venues}
        self._error: BaseException | None = None
        self._draining_since: float | None = None
        self._settled: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="reconciler", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()
        self._started.wait()

    def settled(self) -> bool:
        """Tell whether every account was looked at since this was first asked.

        One whose disagreement was neither raised nor resolved yet is not done with.
        """
        if self._draining_since is None:
            self._draining_since = time.monotonic()
        return self._settled >= self._venues.keys()

    def check(self) -> None:
        """Raise what ended the work, if something did."""
        if self._error is not None:
            raise self._error

    def finish(self, error: type[BaseException] | None, *_: object) -> None:
        """End it; raises what ended the work."""
        if self._loop is not None:
            with suppress(RuntimeError):  # it is over already
                self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()
        if error is None:
            self.check()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # noqa: BLE001 - the flow's thread raises it
            self._error = error

    async def _main(self) -> None:
        terms = self._terms
        self._loop = asyncio.get_running_loop()
        self._started.set()
        work = await EnforcementWork.open(terms.dsn, terms.holder, terms.lease_s)
        rows = await DriftRows.open(terms.dsn)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._hold(work))]
                tasks += [group.create_task(self._venue(name, rows)) for name in self._venues]
                await self._end.wait()
                for task in tasks:
                    task.cancel()
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await rows.close()
            await work.close()

    async def _hold(self, work: EnforcementWork) -> None:
        while True:
            for name in self._venues:
                if await work.hold(_LEASE + name):
                    self._held[name].set()
            await asyncio.sleep(self._terms.lease_s / 4)

    async def _venue(self, name: str, rows: DriftRows) -> None:
        await self._held[name].wait()
        settings = self._venues[name]
        venue = make_venue(settings)
        try:
            await self._opened(name, venue)
            tracker = Tracker(settings.reconcile.looks, await rows.known(name))
            sides = Sides(venue, self._books, rows, self._log)
            looker = Looker(settings, sides, tracker, self._logger)
            await Round(settings, looker, tracker, self._logger, self._told).run()
        finally:
            await venue.close()

    async def _opened(self, name: str, venue: Venue) -> None:
        pause = 1.0
        while True:
            try:
                await venue.open()
            except Definite:
                raise
            except VenueError as error:
                self._logger.warning("service.unreachable", service=name, said=str(error))
                await asyncio.sleep(pause)
                pause = min(2 * pause, _BACK_OFF_S)
            else:
                return

    def _told(self, name: str, since: float, watching: int) -> None:
        if self._draining_since is not None and since > self._draining_since and not watching:
            self._settled.add(name)
