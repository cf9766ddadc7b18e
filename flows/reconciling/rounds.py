"""The accounts of one venue, compared when they are due, and how far that is."""

import time
from collections import Counter
from collections.abc import Callable

from connectors.venues.settings import VenueSettings
from flows.attached.rota import Rota
from flows.logging import Logger
from flows.metrics import DRIFTS, RECONCILED
from flows.reconciling.look import Looker
from flows.reconciling.tracker import Tracker

Told = Callable[[str, float, int], None]
"""Takes the venue, since when every account was looked at, and how many are watched."""


class Round:
    """Compares accounts without an end.

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
        self._policy = policy = settings.reconcile
        self._looker = looker
        self._tracker = tracker
        self._told = told
        self._rota = Rota(settings.id, settings.accounts, self._look, logger, policy.retry_s)

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._rota.turn()
            self._measure()

    async def _look(self, name: str) -> float:
        still_open = await self._looker.look(name)
        return self._policy.retry_s if still_open else self._policy.every_s

    def _measure(self) -> None:
        since = self._rota.since
        RECONCILED.labels(self._name).set(time.monotonic() - since)
        counts = Counter((drift.kind, drift.state) for drift in self._tracker.open)
        DRIFTS.clear()
        for (kind, state), count in counts.items():
            DRIFTS.labels(self._name, kind, state).set(count)
        watching = sum(count for (_, state), count in counts.items() if state == "watching")
        if self._rota.complete:
            self._told(self._name, since, watching)
