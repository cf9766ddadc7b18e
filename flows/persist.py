"""The persist flow: decisions, and the accounts and rulesets they are about, into Postgres.

    decision topics, dead letters, journal → postgres

How far it has come stands in the database, in the transaction of the rows themselves. A database
that is slow or away delays nothing but this flow: it tries again for a while, then gives up.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.journal import Hearing
from connectors.log.abstract import Log, LogReader
from flows.health import HEALTH
from flows.journal_rows import JOURNAL_PLACE, journal_rows
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.row_writer import RowWriter
from flows.stopping import Stop
from flows.topics import ensure_topics
from schemas.topics import DEAD_LETTERS, DECISION_TOPICS, JOURNAL
from sinks.postgres import Place, PostgresSink
from sinks.prepared import Batch
from sinks.witness import Witness

FLOW = "persist"
OUTPUTS = "outputs"
KEY = "key"
POSTGRES = "postgres"

GATHER_S = 0.02
"""Records that come within this time share a transaction."""
ROWS_MAX = 5_000
_PAUSE_S = 0.000_5
_FRAMES_MAX = 64
_PASSED_S = 1.0
"""Frames that hold nothing to keep are passed by without a transaction for so long."""

Rows = list[tuple[int, bytes]]


class _Followed(NamedTuple):
    place: Place
    reader: LogReader
    hearing: Hearing | None

    def read(self, records: int) -> tuple[int, Rows]:
        """Return how many records came, and what of them is kept."""
        if self.hearing is not None:
            frames = self.reader.read(min(records, _FRAMES_MAX), 0)
            heard = [frame for frame in frames if self.hearing.hears(frame)]
            return len(frames), [row for frame in heard for row in journal_rows(frame)]
        found = self.reader.read(records, 0)
        return len(found), [(item.offset, item.value) for item in found]


class OutputPoller(Poller[list[Batch]]):
    """Reads all output partitions together, each from where the database is.

    Args:
        log: where they are.
        positions: the next offset of each.
        stop: the wish to end.
        settle: waits until what was read before is written.
    """

    def __init__(
        self, log: Log, positions: dict[Place, int], stop: Stop, settle: Callable[[], None]
    ) -> None:
        self._log = log
        self._followed = [
            _Followed(place, log.reader(*place, offset), _hearing(log, place, offset))
            for place, offset in sorted(positions.items())
        ]
        self._positions = dict(positions)
        self._passed_at = time.monotonic()
        self._stop = stop
        self._settle = settle

    def poll(self) -> list[list[Batch]]:
        """Return what has come in a short while."""
        HEALTH.beat()
        if self._stop.now:
            raise StopIteration
        batches = self._read()
        if not batches:
            self._settle()
        if not batches and self._stop.drained and at_end(self._log, self._read_to()):
            raise StopIteration
        return [batches] if batches else []

    def close(self) -> None:
        """Close the readers."""
        for followed in self._followed:
            followed.reader.close()

    def _read_to(self) -> dict[Place, int]:
        return {item.place: item.reader.position for item in self._followed}

    def _read(self) -> list[Batch]:
        found: dict[Place, Rows] = {}
        rows = 0
        deadline = time.monotonic() + BLOCK_S
        while rows < ROWS_MAX:
            came = self._take(found, ROWS_MAX - rows)
            if came and not rows:
                deadline = time.monotonic() + GATHER_S
            rows += came
            if not came:
                if time.monotonic() >= deadline:
                    break
                time.sleep(_PAUSE_S)
        self._pass_by(found)
        return [
            self._batch(followed, found) for followed in self._followed if followed.place in found
        ]

    def _take(self, found: dict[Place, Rows], rows: int) -> int:
        taken = 0
        for followed in self._followed:
            came, kept = followed.read(max(1, rows - taken))
            if kept:
                found.setdefault(followed.place, []).extend(kept)
            taken += came
        return taken

    # A journal of ticks alone moves on, too, though not with every poll.
    def _pass_by(self, found: dict[Place, Rows]) -> None:
        moved = self._read_to().get(JOURNAL_PLACE) != self._positions.get(JOURNAL_PLACE)
        if JOURNAL_PLACE in found:
            self._passed_at = time.monotonic()
        elif moved and (self._stop.drained or time.monotonic() - self._passed_at > _PASSED_S):
            self._passed_at = time.monotonic()
            found[JOURNAL_PLACE] = []

    def _batch(self, followed: _Followed, found: dict[Place, Rows]) -> Batch:
        place = followed.place
        start, end = self._positions[place], followed.reader.position
        self._positions[place] = end
        return Batch(*place, start, end, found[place])


class _PostgresPart(StatefulSinkPartition[list[Batch], None]):
    def __init__(self, writer: RowWriter) -> None:
        self._writer = writer

    def write_batch(self, values: list[list[Batch]]) -> None:
        for batches in values:
            self._writer.write(batches)

    def snapshot(self) -> None:
        """Keep nothing: every write was a transaction."""

    def close(self) -> None:
        self._writer.close()


class DatabaseSink(FixedPartitionedSink[list[Batch], None]):
    """All tables as one partition: what belongs together is written together."""

    def __init__(self, part: _PostgresPart) -> None:
        self._part = part

    def list_parts(self) -> list[str]:
        """Name the one partition."""
        return [POSTGRES]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,  # noqa: ARG002
        resume_state: None,  # noqa: ARG002
    ) -> _PostgresPart:
        """Return the partition, connected already."""
        return self._part


def persist_flow(
    log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack, *, replay: bool = False
) -> Dataflow:
    """Wire the flow.

    Args:
        log: where the topics are.
        settings: the database, and how long to wait for it.
        stop: the wish to end.
        stack: closes what is opened here.
        replay: begin at the start of the log, and compare every row that is there already.

    Raises:
        LogError: the log does not answer.
        Restored: the database holds less than was written into it.
        psycopg.OperationalError: the database does not answer.
        NoSchema: the database has no tables yet.
    """
    dsn = settings.require_database()
    ensure_topics(log, settings.output_partitions)
    connect = partial(PostgresSink, dsn, verify=replay)
    sink = stack.enter_context(closing(connect()))
    topics = sorted({*DECISION_TOPICS.values(), DEAD_LETTERS, JOURNAL})
    places = [(topic, part) for topic in topics for part in range(log.partitions(topic))]
    positions = sink.positions(places)
    witness = _witness(settings, dsn)
    if replay:
        positions = {place: log.start_offset(*place) for place in places}
        witness.forget()
        sink.rewind(positions)
    else:
        witness.check(positions)
    written = sum(positions.values())
    get_logger(flow=FLOW).info("flow.resumed" if written else "flow.started", written=written)
    wired = Dataflow(FLOW)
    writer = RowWriter(sink, connect, witness, patience_s=settings.retry_s, stop=stop, flow=FLOW)
    source = PolledSource(OUTPUTS, partial(OutputPoller, log, positions, stop, writer.settle))
    batches = op.input(OUTPUTS, wired, source)
    keyed = op.map(KEY, batches, _keyed)
    op.output(POSTGRES, keyed, DatabaseSink(_PostgresPart(writer)))
    return wired


# Beside a log that is a directory, so that whoever moves it moves both.
def _witness(settings: FlowSettings, dsn: str) -> Witness:
    kind, _, place = settings.log_url.partition(":")
    folder = Path(place) if kind == "dir" else settings.data_dir
    return Witness(folder / FLOW, dsn, f"{settings.log_url}\n{settings.topic_prefix}")


def _hearing(log: Log, place: Place, offset: int) -> Hearing | None:
    return Hearing.at(log, offset) if place == JOURNAL_PLACE else None


def _keyed(batches: list[Batch]) -> tuple[str, list[Batch]]:
    return POSTGRES, batches


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.persist`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return persist_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
