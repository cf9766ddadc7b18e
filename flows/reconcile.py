"""The reconcile flow: what venues say accounts hold, against what the journal says.

    journal, venues → Postgres, drift, account-events

The engine follows the journal; a reconciler asks the venues (`flows.reconciling`). Trades that the
journal never got become account events; what nothing explains is raised to an operator.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from connectors.journal import Entry, JournalReader
from connectors.log.abstract import Log
from flows.attached.holding import Terms, homes, venues_of
from flows.engines import warm_up
from flows.health import HEALTH
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.reconciling.books import Books
from flows.reconciling.reconciler import Reconciler
from flows.stopping import Stop
from flows.taking import TakingSink
from flows.topics import ensure_topics
from schemas.topics import JOURNAL
from sinks.enforcements import require_table

FLOW = "reconcile"
FRAMES = "frames"
BOOKS = "books"

_GROUP = "highwater-reconcile"
Read = tuple[Sequence[Entry], int]


class JournalPoller(Poller[Read]):
    """Follows the journal for as long as there is something to compare with it."""

    def __init__(self, log: Log, stop: Stop, reconciler: Reconciler) -> None:
        self._log = log
        self._stop = stop
        self._reconciler = reconciler
        self._reader = JournalReader(log, group=_GROUP)

    def poll(self) -> list[Read]:
        """Return the next frames, and the offset behind them."""
        HEALTH.beat()
        self._reconciler.check()
        if self._stop.now:
            raise StopIteration
        before = self._reader.next_offset
        entries = self._reader.read(BLOCK_S)
        if self._reader.next_offset > before:
            return [(entries, self._reader.next_offset)]
        HEALTH.ready = HEALTH.ready or self._at_end()
        if self._stop.drained and self._at_end() and self._reconciler.settled():
            raise StopIteration
        return []

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _at_end(self) -> bool:
        return at_end(self._log, {(JOURNAL, 0): self._reader.next_offset})


def reconcile_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow.

    Args:
        log: where the topics are.
        settings: the venues, the database, the engine.
        stop: the wish to end.
        stack: waits here for the reconciler, and closes what was opened.

    Raises:
        Failure: no venues are named, or no database.
        BadFile: the file of venues is wrong.
        LogError: the log does not answer.
        psycopg.OperationalError: the database does not answer.
        NoSchema: the database has no tables yet.
    """
    venues, terms = venues_of(settings), Terms.of(settings)
    require_table(terms.dsn, "venue_pauses")
    ensure_topics(log, settings.output_partitions)
    warm_up(settings.engine)
    accounts = frozenset(homes(venues))
    logger = get_logger(flow=FLOW)
    logger.info("flow.started", venues=sorted(venues), accounts=len(accounts))
    books = Books(settings.engine, accounts)
    reconciler = Reconciler(terms, venues, books, log, logger)
    stack.push(reconciler.finish)
    reconciler.start()
    wired = Dataflow(FLOW)
    build = partial(JournalPoller, log, stop, reconciler)
    read = op.input(FRAMES, wired, PolledSource(FRAMES, build))
    op.output(BOOKS, read, TakingSink(partial(_take, books)))
    return wired


def _take(books: Books, batches: list[Read]) -> None:
    for entries, next_offset in batches:
        for entry in entries:
            books.take(entry)
        books.passed(next_offset)


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.reconcile`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return reconcile_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
