"""The enforce flow: what was decided is done, once, at the venues where accounts trade.

    breaches, interventions → Postgres → venues → account-events

Interventions become rows; a dispatcher carries the rows out (`flows.enforcing`). So whatever
happens to this process, what was begun is found again, and the venue says how far it came.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.dataflow import Dataflow

from connectors.log.abstract import Log, LogReader
from flows.attached.holding import Terms, homes, venues_of
from flows.enforcing.dispatcher import NOWHERE, Dispatcher
from flows.enforcing.facts import facts_of, ordered_of
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.stopping import Stop
from flows.taking import TakingSink
from flows.topics import ensure_topics
from schemas.topics import BREACHES, INTERVENTIONS
from sinks.enforcements import EnforcementIntake, Facts, Ordered
from sinks.postgres import Place

FLOW = "enforce"
DECISIONS = "decisions"
ROWS = "rows"

_RECORDS_MAX = 1_000
Rows = tuple[list[Facts], list[Ordered], dict[Place, int]]


class DecisionPoller(Poller[Rows]):
    """Reads breaches before the interventions that answer them."""

    def __init__(
        self,
        log: Log,
        positions: Mapping[Place, int],
        venues: Mapping[str, str],
        stop: Stop,
        dispatcher: Dispatcher,
    ) -> None:
        self._log = log
        self._venues = venues
        self._stop = stop
        self._dispatcher = dispatcher
        self._readers: dict[Place, LogReader] = {
            place: log.reader(*place, offset) for place, offset in sorted(positions.items())
        }

    def poll(self) -> list[Rows]:
        """Return what has come."""
        self._dispatcher.check()
        if self._stop.now:
            raise StopIteration
        found: Rows = [], [], {}
        for place, reader in self._readers.items():
            records = reader.read(_RECORDS_MAX, 0)
            for record in records:
                self._read(orjson.loads(record.value), found)
            if records:
                found[2][place] = reader.position
        if found[2]:
            return [found]
        if self._stop.drained and at_end(self._log, self._read_to()):
            raise StopIteration
        time.sleep(BLOCK_S)
        return []

    def close(self) -> None:
        """Close the readers."""
        for reader in self._readers.values():
            reader.close()

    def _read_to(self) -> dict[Place, int]:
        return {place: reader.position for place, reader in self._readers.items()}

    def _read(self, value: Mapping[str, Any], found: Rows) -> None:
        if value["type"] == "breach":
            found[0].append(facts_of(value))
        elif value["type"] == "intervention":
            venue = self._venues.get(value["account_id"], NOWHERE)
            found[1].append(ordered_of(value, venue))


def enforce_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow.

    Args:
        log: where the topics are.
        settings: the venues, the database, and how patient to be.
        stop: the wish to end.
        stack: waits here for the dispatcher, and closes what was opened.

    Raises:
        Failure: no venues are named, or no database.
        BadFile: the file of venues is wrong.
        LogError: the log does not answer.
        psycopg.OperationalError: the database does not answer.
        NoSchema: the database has no tables yet.
    """
    venues, terms = venues_of(settings), Terms.of(settings)
    ensure_topics(log, settings.output_partitions)
    intake = stack.enter_context(closing(EnforcementIntake(terms.dsn)))
    places = [(t, p) for t in (BREACHES, INTERVENTIONS) for p in range(log.partitions(t))]
    positions = intake.positions(places)
    logger = get_logger(flow=FLOW)
    read = sum(positions.values())
    logger.info("flow.resumed" if read else "flow.started", read=read, venues=sorted(venues))
    dispatcher = Dispatcher(terms, venues, log, stop, logger)
    stack.push(dispatcher.finish)
    dispatcher.start()
    wired = Dataflow(FLOW)
    build = partial(DecisionPoller, log, positions, homes(venues), stop, dispatcher)
    read_rows = op.input(DECISIONS, wired, PolledSource(DECISIONS, build))
    op.output(ROWS, read_rows, TakingSink(partial(_keep, intake, dispatcher)))
    return wired


def _keep(intake: EnforcementIntake, dispatcher: Dispatcher, items: list[Rows]) -> None:
    for facts, ordered, positions in items:
        intake.take(facts, ordered, positions)
    dispatcher.wake()


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.enforce`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return enforce_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
