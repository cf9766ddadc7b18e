"""The accounts flow: what accounts did at their venues becomes account events.

    account-events, venues → account-events

The topic itself says what was told already (`flows.reporting`); the venues say what was done.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from connectors.log.abstract import Log
from connectors.venues.settings import VenueSettings
from flows.attached.holding import Terms, homes, venues_of
from flows.failures import Failure
from flows.health import HEALTH
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.reporting.reporter import Reporter
from flows.reporting.told import Told
from flows.stopping import Stop
from flows.taking import TakingSink
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS
from sinks.enforcements import require_table

FLOW = "accounts"
EVENTS = "events"
TOLD = "told"

_RECORDS_MAX = 1_000
_ALL_READ: list[bytes] = []
"""Comes behind everything the topic held at the start."""


class EventPoller(Poller[list[bytes]]):
    """Follows the topic for as long as there is something to tell."""

    def __init__(self, log: Log, stop: Stop, reporter: Reporter) -> None:
        self._log = log
        self._stop = stop
        self._reporter = reporter
        self._started = False
        partitions = range(log.partitions(ACCOUNT_EVENTS))
        self._readers = {n: log.reader(ACCOUNT_EVENTS, n, 0) for n in partitions}

    def poll(self) -> list[list[bytes]]:
        """Return what has come."""
        HEALTH.beat()
        self._reporter.check()
        if self._stop.now:
            raise StopIteration
        read = [reader.read(_RECORDS_MAX, 0) for reader in self._readers.values()]
        found = [[record.value for record in records] for records in read if records]
        if found:
            return found
        if not self._started and self._at_end():
            self._started = HEALTH.ready = True
            return [_ALL_READ]
        if self._stop.drained and self._reporter.settled():
            raise StopIteration
        time.sleep(BLOCK_S)
        return []

    def close(self) -> None:
        """Close the readers."""
        for reader in self._readers.values():
            reader.close()

    def _at_end(self) -> bool:
        return at_end(
            self._log, {(ACCOUNT_EVENTS, n): r.position for n, r in self._readers.items()}
        )


def accounts_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow.

    Args:
        log: where the topics are.
        settings: the venues and the database.
        stop: the wish to end.
        stack: waits here for the reporter.

    Raises:
        Failure: no venues are named, or none that is asked; or no database.
        BadFile: the file of venues is wrong.
        LogError: the log does not answer.
        psycopg.OperationalError: the database does not answer.
        NoSchema: the database has no tables yet.
    """
    venues, terms = _asked(venues_of(settings)), Terms.of(settings)
    require_table(terms.dsn, "venue_pauses")
    ensure_topics(log, settings.output_partitions)
    logger = get_logger(flow=FLOW)
    whose = homes(venues)
    logger.info("flow.started", venues=sorted(venues), accounts=len(whose))
    told = Told(whose)
    reporter = Reporter(terms, venues, told, log, logger)
    stack.push(reporter.finish)
    reporter.start()
    wired = Dataflow(FLOW)
    build = partial(EventPoller, log, stop, reporter)
    read = op.input(EVENTS, wired, PolledSource(EVENTS, build))
    op.output(TOLD, read, TakingSink(partial(_take, told)))
    return wired


def _take(told: Told, batches: list[list[bytes]]) -> None:
    for values in batches:
        told.take(values)
        if values == _ALL_READ:
            told.complete.set()


# A bridge that is reached by webhooks tells what happened by webhooks, too.
def _asked(venues: Mapping[str, VenueSettings]) -> dict[str, VenueSettings]:
    found = {name: venue for name, venue in venues.items() if venue.adapter != "webhook"}
    silent = sorted(n for n, v in found.items() if v.adapter == "ccxt" and not v.symbols)
    if silent or not found:
        raise Failure(f"no symbols to ask for at {', '.join(silent) or 'any venue'}")
    return found


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.accounts`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return accounts_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
