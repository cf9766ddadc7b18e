"""The accounts of one venue, each looked at when it is due."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from connectors.venues.abstract import VenueError
from connectors.venues.settings import VenueSettings
from flows.logging import Logger
from flows.metrics import DRIFTS, RECONCILED
from flows.reconciling.look import Looker
from flows.reconciling.tracker import Tracker

Told = Callable[[str, float, int], None]
"""Takes the venue, since when every account was looked at, and how many are watched."""

_PAUSE_S = 0.05
_AT_ONCE = 16
_BACK_OFF_S = 30.0


class Round:
    """Looks at accounts without an end.

    When the venue was away, all accounts are due as soon as it is back: what happened meanwhile
    nobody has told us.

    Args:
        settings: of the venue.
        looker: looks at one account.
        tracker: what is open.
        logger: for people.
        told: learns how far it is.
    """

    def __init__(
        self,
        settings: VenueSettings,
        looker: Looker,
        tracker: Tracker,
        logger: Logger,
        told: Told,
    ) -> None:
        self._name = settings.id
        self._policy = settings.reconcile
        self._looker = looker
        self._tracker = tracker
        self._logger = logger
        self._told = told
        self._due = dict.fromkeys(settings.accounts, 0.0)
        self._looked = dict.fromkeys(settings.accounts, time.monotonic())
        self._never = set(settings.accounts)
        self._failures = 0

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            now = time.monotonic()
            due = sorted((at, name) for name, at in self._due.items() if at <= now)[:_AT_ONCE]
            if due:
                await asyncio.gather(*(self._look(name) for _, name in due))
            self._measure()
            await asyncio.sleep(self._pause() if not due or self._failures else 0)

    async def _look(self, name: str) -> None:
        began = time.monotonic()
        try:
            still_open = await self._looker.look(name)
        except VenueError as error:
            self._failed(error)
            return
        if self._failures:
            self._failures = 0
            self._due = dict.fromkeys(self._due, 0.0)
        self._looked[name] = began
        self._never.discard(name)
        wait_s = self._policy.retry_s if still_open else self._policy.every_s
        self._due[name] = time.monotonic() + wait_s

    def _failed(self, error: VenueError) -> None:
        self._failures += 1
        if self._failures == 1:
            self._logger.warning("service.unreachable", service=self._name, said=str(error))

    def _pause(self) -> float:
        longest = _PAUSE_S * (1 << min(self._failures, 12))
        return (
            float(min(longest, _BACK_OFF_S, self._policy.retry_s)) if self._failures else _PAUSE_S
        )

    def _measure(self) -> None:
        since = min(self._looked.values(), default=time.monotonic())
        RECONCILED.labels(self._name).set(time.monotonic() - since)
        counts = Counter((drift.kind, drift.state) for drift in self._tracker.open)
        DRIFTS.clear()
        for (kind, state), count in counts.items():
            DRIFTS.labels(self._name, kind, state).set(count)
        watching = sum(count for (_, state), count in counts.items() if state == "watching")
        if not self._never:
            self._told(self._name, since, watching)
