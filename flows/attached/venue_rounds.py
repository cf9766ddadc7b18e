"""Work that goes round the venues a process holds, until it is asked to stop."""

import asyncio
import time
from collections.abc import Mapping

from connectors.venues.open import make_budget
from connectors.venues.settings import VenueSettings
from connectors.venues.shares import Flow
from flows.attached.holding import Terms, keep
from flows.attached.loop_thread import LoopThread
from flows.logging import Logger


class VenueRounds(LoopThread):
    """Works at each venue as soon as its lease is held.

    Args:
        flow: whose work it is; it names leases and the share of the budgets.
        terms: how.
        venues: where.
        logger: for people.
    """

    def __init__(
        self, flow: Flow, terms: Terms, venues: Mapping[str, VenueSettings], logger: Logger
    ) -> None:
        super().__init__(flow)
        self.terms = terms
        self.venues = venues
        self.budgets = {name: make_budget(one, flow) for name, one in venues.items()}
        self.logger = logger
        self._lease = f"{flow}/"
        self._end = asyncio.Event()
        self._held = {name: asyncio.Event() for name in venues}
        self._settled: set[str] = set()
        self.draining_since: float | None = None

    def settled(self) -> bool:
        """Tell whether everything was looked at since this was first asked, and is done with."""
        if self.draining_since is None:
            self.draining_since = time.monotonic()
        return self._settled >= self.venues.keys()

    def settle(self, name: str, since: float) -> None:
        """Take note that a venue needs no more, if that is so since the flow was to end.

        Args:
            name: the venue's.
            since: what was looked at longest ago was looked at then.
        """
        if self.draining_since is not None and since > self.draining_since:
            self._settled.add(name)

    def end(self, *, abandoned: bool) -> None:  # noqa: ARG002 - there is nothing to finish
        """Stop."""
        self.soon(self._end.set)

    async def main(self) -> None:
        """Go round the venues that are held."""
        work = await self.terms.open()
        try:
            async with asyncio.TaskGroup() as group:
                leases = [self._lease + name for name in self.venues]
                held = keep(work, leases, self.terms.lease_s, self.budgets, self._has)
                tasks = [group.create_task(held)]
                tasks += [group.create_task(self._begin(name)) for name in self.venues]
                await self._end.wait()
                for task in tasks:
                    task.cancel()
        finally:
            await work.close()

    async def work(self, name: str) -> None:
        """Work at a venue that is held, until cancelled."""
        raise NotImplementedError

    async def _begin(self, name: str) -> None:
        await self._held[name].wait()
        await self.work(name)

    def _has(self, lease: str) -> None:
        self._held[lease.removeprefix(self._lease)].set()
