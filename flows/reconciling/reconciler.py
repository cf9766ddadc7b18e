"""All accounts of the venues this process holds, again and again, on a thread of its own."""

from collections.abc import Mapping

from connectors.log.abstract import Log
from connectors.venues.open import make_venue
from connectors.venues.settings import VenueSettings
from flows.attached.holding import Terms, opened
from flows.attached.venue_rounds import VenueRounds
from flows.logging import Logger
from flows.reconciling.books import Books
from flows.reconciling.look import Looker, Sides
from flows.reconciling.rounds import Round
from flows.reconciling.tracker import Tracker
from sinks.drifts import DriftRows


class Reconciler(VenueRounds):
    """Works until it is asked to stop, or, when nothing more comes, until everything is settled.

    One account whose disagreement was neither raised nor resolved yet is not done with.

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
        super().__init__("reconcile", terms, venues, logger)
        self._books = books
        self._log = log

    async def work(self, name: str) -> None:
        """Compare the accounts of a venue."""
        settings = self.venues[name]
        venue = make_venue(settings, self.budgets[name])
        rows = await DriftRows.open(self.terms.dsn)
        try:
            await opened(name, venue, self.logger)
            tracker = Tracker(settings.reconcile.looks, await rows.known(name))
            looker = Looker(
                settings, Sides(venue, self._books, rows, self._log), tracker, self.logger
            )
            await Round(settings, looker, tracker, self.logger, self._told).run()
        finally:
            await venue.close()
            await rows.close()

    def _told(self, name: str, since: float, watching: int) -> None:
        if not watching:
            self.settle(name, since)
