"""All interventions of the venues this process holds, at once and most urgent first.

It runs on an event loop in a thread of its own. What a venue lets through, and in which order, the
venue's budget decides; what is done how often, the rows in Postgres decide.
"""

import asyncio
import threading
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from connectors.log.abstract import Log
from connectors.venues.abstract import Venue, VenueError
from connectors.venues.budget import Rank, urgent
from connectors.venues.open import make_budget, make_venue
from connectors.venues.settings import VenueSettings
from flows.attached.holding import Terms, keep, opened
from flows.attached.loop_thread import LoopThread
from flows.attached.report import append_events, fill_event
from flows.enforcing.retrying import Patience
from flows.enforcing.steps import Outcome, Steps
from flows.logging import Logger
from flows.stopping import Stop
from sinks.enforcements import EnforcementWork, Job
from sinks.holding import Holding

NOWHERE = ""
"""The venue of accounts that no venue has."""
_CLAIMS = 512
"""So many interventions are in hand at once; the others wait in the table, in the same order."""
_WAKE_S = 0.1
_BACK_MS = 60_000
"""A venue's clock may be behind ours by so much."""


class Dispatcher(LoopThread):
    """Works until it is asked to stop.

    Args:
        terms: how.
        venues: where.
        log: takes the fills as account events.
        stop: the wish to end.
        logger: for people.
    """

    def __init__(
        self,
        terms: Terms,
        venues: Mapping[str, VenueSettings],
        log: Log,
        stop: Stop,
        logger: Logger,
    ) -> None:
        super().__init__("dispatcher")
        self._terms = terms
        self._settings = venues
        self._log = log
        self._stop = stop
        self._logger = logger
        self._ready: dict[str, Venue | None] = {NOWHERE: None}
        self._jobs: set[asyncio.Task[None]] = set()
        self._drained = threading.Event()
        self._abandoned = False
        self._more = asyncio.Event()

    def wake(self) -> None:
        """Say that rows came in; without it they are seen a little later."""
        self.soon(self._more.set)

    def end(self, *, abandoned: bool) -> None:
        """Nothing more comes in; rows are left for the next start when the flow failed."""
        self._abandoned = abandoned
        self._drained.set()

    async def main(self) -> None:
        """Carry out what the tables hold."""
        work = await self._terms.open()
        entries = self._settings
        budgets = {name: make_budget(entry, "enforce") for name, entry in entries.items()}
        venues = {name: make_venue(entry, budgets[name]) for name, entry in entries.items()}
        try:
            async with asyncio.TaskGroup() as group:
                leases = keep(work, (NOWHERE, *entries), self._terms.lease_s, budgets)
                side = [group.create_task(leases)]
                side += [group.create_task(self._open(*item)) for item in venues.items()]
                await self._dispatch(work, group)
                for task in (*side, *self._jobs):
                    task.cancel()
        finally:
            for venue in venues.values():
                await venue.close()
            await work.close()

    async def _open(self, name: str, venue: Venue) -> None:
        with urgent(Rank.LIQUIDATION):
            await opened(name, venue, self._logger)
        self._ready[name] = venue

    async def _dispatch(self, work: EnforcementWork, group: asyncio.TaskGroup) -> None:
        while not (self._stop.now or self._abandoned):
            self._more.clear()
            drained = self._drained.is_set()
            for name in [venue for venue in self._ready if venue in work.epochs]:
                self._tell_held(await work.hold_disputed(name))
                room = _CLAIMS - len(self._jobs)
                for job in await work.claim(name, room) if room else []:
                    self._begin(group, self._carry(work, job))
            if drained and not self._jobs and not await self._left(work):
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._more.wait(), _WAKE_S)

    async def _left(self, work: EnforcementWork) -> int:
        return await work.open_rows([NOWHERE, *self._settings])

    def _begin(self, group: asyncio.TaskGroup, work: Coroutine[Any, Any, None]) -> None:
        task = group.create_task(work)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _carry(self, work: EnforcementWork, job: Job) -> None:
        started = time.monotonic()
        if set(job.actions) <= {"notify"}:
            self._notify(job)
            outcome = Outcome("confirmed")
        elif job.venue == NOWHERE:
            outcome = Outcome("needs_operator", "no venue is configured for this account")
        else:
            outcome = await self._at_venue(work, job)
        await work.finish(job, outcome.state, outcome.reason)
        self._tell(job, outcome, time.monotonic() - started)

    async def _at_venue(self, work: EnforcementWork, job: Job) -> Outcome:
        venue = self._ready[job.venue]
        assert venue is not None, "only rows of venues that are open are claimed"
        account = venue.account(job.account_id)
        patience = Patience(self._terms.patience_s, venue.settle_s)
        steps = Steps(job, work, account, patience, self._notify)
        self._logger.info("intervention.sent", **_facts(job), resumed=job.sent_s is not None)
        outcome = await steps.run()
        try:
            with urgent(Rank.CHECK, job.at_risk):
                await self._report(job, venue, patience, steps.orders)
        except VenueError as error:
            return Outcome("needs_operator", outcome.reason or f"fills are not known: {error}")
        return outcome

    async def _report(
        self, job: Job, venue: Venue, patience: Patience, orders: list[tuple[str, str]]
    ) -> None:
        account, currency = venue.account(job.account_id), self._settings[job.venue].currency
        names: dict[str, set[str]] = {}
        for symbol, client_id in orders:
            found = await patience.ask(account.find, symbol, client_id)
            if found is not None and found.filled:
                names.setdefault(symbol, set()).add(found.venue_id)
        since_ms = round((time.time() - (job.sent_s or 0.0)) * 1000) - _BACK_MS
        events = []
        for symbol, wanted in names.items():
            fills = await patience.ask(account.fills, symbol, since_ms)
            events += [fill_event(job, fill, currency) for fill in fills if fill.order_id in wanted]
        await asyncio.to_thread(append_events, self._log, job.account_id, events)

    def _tell_held(self, holdings: list[Holding]) -> None:
        for held in holdings:
            facts = held._asdict()
            state = facts.pop("state")
            if state == "held":
                self._logger.warning("intervention.deferred", **facts)
            elif state == "needs_operator":
                self._logger.error("intervention.unresolved", **facts, reason="still disputed")

    def _notify(self, job: Job) -> None:
        self._logger.warning("operator.notified", **_facts(job), actions=job.actions)

    def _tell(self, job: Job, outcome: Outcome, seconds: float) -> None:
        facts = {**_facts(job), "seconds": round(seconds, 3)}
        if outcome.state == "confirmed":
            self._logger.info("intervention.confirmed", **facts)
        else:
            self._logger.error("intervention.unresolved", **facts, reason=outcome.reason)


def _facts(job: Job) -> dict[str, object]:
    return {
        "intervention_id": job.intervention_id,
        "account_id": job.account_id,
        "venue": job.venue,
    }
