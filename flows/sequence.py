"""The sequence flow: everything that comes in becomes one journal.

    inputs (ticks, account-events, rulesets, calendar) → sequence → journal, dead letters

It keeps no state of its own: a restart reads back from the journal where it ended. Writing the
journal takes its lock, so there is one sequencer at a time.
"""

import time
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing
from typing import NamedTuple

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors import clock
from connectors.crash import reach
from connectors.inputs import Input, Place, Source, own_input
from connectors.journal import JournalWriter
from connectors.log.abstract import Log, LogReader
from connectors.mux import Mux
from connectors.resume import Resumed, resume
from connectors.sequencer import Sequenced, Sequencer
from flows import metrics
from flows.dead_letter_share import DeadLetterShare
from flows.engines import rarely_collect
from flows.health import HEALTH
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.seeding import additions, read_genesis
from flows.stopping import Stop
from flows.tally import Tally
from flows.topics import ensure_topics
from schemas.instants import instant_text
from schemas.topics import ACCOUNT_EVENTS, CALENDAR, RULESETS, TICKS

FLOW = "sequence"
INPUTS = "inputs"
SEQUENCE = "sequence"
JOURNAL = "journal"

Ends = dict[str, int]
"""By source name, the offset behind the last input that is durably in the journal."""

_DAY_NS = 86_400 * 1_000_000_000
_GROUP = f"highwater-{FLOW}"


class Poll(NamedTuple):
    """Inputs that belong into one frame, and the clock when they were read."""

    inputs: list[Input]
    now_ns: int


class InputPoller(Poller[Poll]):
    """Reads all inputs together: one poll becomes one frame.

    Args:
        log: where the inputs are.
        mux: their partitions.
        first: inputs that come before all others.
        settings: when a frame closes and how long a silence may last.
        stop: the wish to end.
    """

    def __init__(
        self, log: Log, mux: Mux, first: list[Input], settings: FlowSettings, stop: Stop
    ) -> None:
        self._log = log
        self._mux = mux
        self._first = first
        self._frame_s = settings.frame_ms / 1000
        self._rows = settings.frame_rows
        self._clock_s = settings.clock_ms / 1000
        self._stop = stop
        self._heard_at = self._closed_at = time.monotonic()

    def poll(self) -> list[Poll]:
        """Wait for an input, then for the frame to fill, and give out what belongs into it."""
        HEALTH.beat()
        if self._stop.now:
            raise StopIteration
        if self._first:
            inputs, self._first = self._first, []
        else:
            inputs = self._read()
        now_ns = clock.now_ns()
        if inputs:
            self._heard_at = time.monotonic()
        elif self._stop.drained and at_end(self._log, self._mux.positions()):
            raise StopIteration
        elif self._clock_s and time.monotonic() - self._heard_at >= self._clock_s:
            self._heard_at = time.monotonic()
            inputs = [_clock(now_ns)]
        return [Poll(inputs, now_ns)] if inputs else []

    def close(self) -> None:
        """Close the readers."""
        self._mux.close()

    def _read(self) -> list[Input]:
        waiting = self._mux.fetch(BLOCK_S)
        if not waiting:
            return []
        # After a pause, or when it is behind, a frame goes out at once; else it is filled.
        left = self._closed_at + self._frame_s - time.monotonic()
        if waiting < self._rows and left > 0:
            time.sleep(left)
            self._mux.fetch()
        self._closed_at = time.monotonic()
        return self._mux.take()


class _JournalPart(StatefulSinkPartition[Sequenced, None]):
    def __init__(
        self, writer: JournalWriter, written: AbstractSet[Place], done: Callable[[Ends], None]
    ) -> None:
        self._writer = writer
        self._written = written
        self._done = done
        self._ends: Ends = {}

    def write_batch(self, values: list[Sequenced]) -> None:
        for done in values:
            self._writer.append(done, self._written)
            self._ends = {name: end for name, (_, end) in done.frame.sources.items()}

    def snapshot(self) -> None:
        with metrics.EPOCH_STALL.time():
            self._writer.flush()
        self._done(self._ends)

    def close(self) -> None:
        """Leave closing to whoever opened it."""


class JournalSink(FixedPartitionedSink[Sequenced, None]):
    """Writes frames and dead letters through the one writer of the journal."""

    def __init__(
        self, writer: JournalWriter, written: AbstractSet[Place], done: Callable[[Ends], None]
    ) -> None:
        self._part = _JournalPart(writer, written, done)

    def list_parts(self) -> list[str]:
        """Name the one partition."""
        return [JOURNAL]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,  # noqa: ARG002
        resume_state: None,  # noqa: ARG002
    ) -> StatefulSinkPartition[Sequenced, None]:
        """Return the writer, which was opened before the journal was read."""
        return self._part


class _Progress:
    """Tells operators' tools how far each input is read, and measures how far it is not."""

    def __init__(self, mux: Mux) -> None:
        self._mux = mux

    def __call__(self, ends: Ends) -> None:
        self._mux.note(ends)
        for name, lag in self._mux.lags(ends).items():
            metrics.LAG.labels(name).set(lag)


class _Sequencing:
    """The pure sequencer, and what operators want to know of it."""

    def __init__(self, sequencer: Sequencer, share_max: int) -> None:
        logger = get_logger(flow=FLOW)
        self._sequencer = sequencer
        self._share = DeadLetterShare(share_max)
        self._rejected = Tally(logger, "message.rejected", "code")
        self._repeated = Tally(logger, "event.repeated", "topic")

    def __call__(self, poll: Poll) -> tuple[str, Sequenced]:
        done = self._sequencer.take(poll.inputs, poll.now_ns)
        reach("sequence.read")
        _count(done)
        for item in done.letters:
            self._rejected.add(item.letter.code, item.letter.message)
        for event_id in done.repeated:
            self._repeated.add(ACCOUNT_EVENTS, event_id)
        self._share.add(len(poll.inputs), len(done.letters))
        return JOURNAL, done


def _count(done: Sequenced) -> None:
    metrics.FRAMES.inc()
    metrics.FRAME_ENTRIES.observe(done.frame.n)
    metrics.TICKS.inc(len(done.frame.tick_at))
    metrics.REPEATED.inc(len(done.repeated))
    for letter in done.letters:
        metrics.DEAD_LETTERS.labels(letter.letter.code).inc()
    for item in done.frame.events:
        metrics.EVENTS.labels(item.event.type).inc()


def sequence_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow; from here on no other sequencer can write this journal.

    Args:
        log: where the topics are.
        settings: of frames, clock and so on.
        stop: the wish to end.
        stack: closes what is opened here.

    Raises:
        LogError: another one is running, or the log does not answer.
    """
    ensure_topics(log, settings.output_partitions)
    writer = stack.enter_context(closing(JournalWriter(log)))
    events = [
        Source(topic, partition)
        for topic in (RULESETS, CALENDAR, ACCOUNT_EVENTS)
        for partition in range(log.partitions(topic))
    ]
    ticks = [Source(TICKS, partition) for partition in range(log.partitions(TICKS))]
    known = resume(log, (*events, *ticks), settings.dedup_window_days * _DAY_NS)
    files = read_genesis(settings.instruments, settings.rulesets)
    if not known.begun:
        writer.begin(files, known.offsets)
        known = known._replace(instruments=files.instruments)
    first = additions(files, known) if known.begun else []
    _log_start(known)

    def opened(sources: list[Source]) -> list[tuple[Source, LogReader]]:
        return [(s, log.reader(*s, known.offsets[s.name], _GROUP)) for s in sources]

    mux = Mux(
        opened(events),
        opened(ticks),
        ts=known.ts,
        rows=settings.frame_rows,
        ends={source: log.end_offset(*source) for source in (*events, *ticks)},
    )
    stack.callback(mux.close)

    sequencer = Sequencer(
        known.offsets,
        known.seen,
        position=known.position,
        ts=known.ts,
        instruments=known.instruments,
        ahead_ns=settings.ahead_s * 1_000_000_000 or None,
        refused=known.written,
    )
    wired = Dataflow(FLOW)
    polls = op.input(
        INPUTS, wired, PolledSource(INPUTS, lambda: InputPoller(log, mux, first, settings, stop))
    )
    step = _Sequencing(sequencer, settings.dead_letter_share_max)
    frames = op.map(SEQUENCE, polls, step)
    op.output(JOURNAL, frames, JournalSink(writer, known.written, _Progress(mux)))
    rarely_collect()
    metrics.LEADER.set(1)
    HEALTH.ready = True
    return wired


def _clock(now_ns: int) -> Input:
    name = f"clock-{now_ns}"
    event: dict[str, object] = {"event_id": name, "type": "clock", "ts": str(now_ns)}
    return own_input(event, now_ns, now_ns // 1_000_000)


def _log_start(known: Resumed) -> None:
    logger = get_logger(flow=FLOW)
    if not known.begun:
        logger.info("flow.started", position=1, instruments=len(known.instruments))
        return
    logger.info(
        "flow.resumed",
        position=known.position,
        ts=instant_text(known.ts),
        offsets=known.offsets,
        event_ids=len(known.seen),
    )


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.sequence`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return sequence_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
