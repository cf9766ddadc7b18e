"""The sequence flow: everything that comes in becomes one journal.

    inputs (ticks, account-events, rulesets, calendar) → sequence → journal, dead letters

A restart reads back from the journal where it ended: all of it, or from a base on. Writing the
journal takes its lease, so there is one sequencer at a time; a standby waits for it.
"""

import time
from contextlib import ExitStack, closing
from typing import NamedTuple

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from connectors import clock
from connectors.crash import reach
from connectors.inputs import Input, Source, own_input
from connectors.journal import JournalWriter
from connectors.log.abstract import Log, LogReader
from connectors.mux import Mux
from connectors.resume import Resumed, Tail
from connectors.sequencer import Sequenced, Sequencer
from flows import metrics
from flows.dead_letter_share import DeadLetterShare
from flows.engines import rarely_collect
from flows.health import HEALTH
from flows.journal_sink import JOURNAL, Framed, JournalPart, JournalSink, Offsets
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.seeding import additions, read_genesis
from flows.sequencer_bases import SequencerBases
from flows.sequencer_turn import ended, take_turn
from flows.stopping import Stop
from flows.tally import Tally
from flows.topics import ensure_topics
from schemas.events import RulesetPublished
from schemas.instants import instant_text
from schemas.topics import ACCOUNT_EVENTS, CALENDAR, RULESETS, TICKS

FLOW = "sequence"
INPUTS = "inputs"
SEQUENCE = "sequence"

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


class _Progress:
    """Tells operators' tools how far each input is read, and measures how far it is not."""

    def __init__(self, mux: Mux) -> None:
        self._mux = mux

    def __call__(self, ends: Offsets) -> None:
        self._mux.note(ends)
        for name, lag in self._mux.lags(ends).items():
            metrics.LAG.labels(name).set(lag)


class _Sequencing:
    """The pure sequencer, its bases, and what operators want to know of it."""

    def __init__(
        self, sequencer: Sequencer, known: Resumed, bases: SequencerBases | None, share_max: int
    ) -> None:
        logger = get_logger(flow=FLOW)
        self._sequencer = sequencer
        self._rulesets, self._written = dict(known.rulesets), set(known.written)
        self._bases = bases
        self._share = DeadLetterShare(share_max)
        self._rejected = Tally(logger, "message.rejected", "code")
        self._repeated = Tally(logger, "event.repeated", "topic")

    def __call__(self, poll: Poll) -> tuple[str, Framed]:
        done = self._sequencer.take(poll.inputs, poll.now_ns)
        reach("sequence.read")
        _count(done)
        for item in done.letters:
            self._rejected.add(item.letter.code, item.letter.message)
        for event_id in done.repeated:
            self._repeated.add(ACCOUNT_EVENTS, event_id)
        self._share.add(len(poll.inputs), len(done.letters))
        return JOURNAL, Framed(done, self._base(done))

    def _base(self, done: Sequenced) -> bool:
        for item in done.frame.events:
            if isinstance(item.event, RulesetPublished):
                document = item.event.document
                self._rulesets.setdefault(str(document.ref), document.hash)
        if self._bases is None:
            return False
        offsets = self._sequencer.offsets
        self._written = {one for one in self._written if one.offset >= offsets[one.source]}
        # A base knows of no dead letter whose input is still to come.
        return not self._written and self._bases.write(self._sequencer, self._rulesets)


def _count(done: Sequenced) -> None:
    metrics.FRAMES.inc()
    metrics.FRAME_ENTRIES.observe(done.frame.n)
    metrics.TICKS.inc(len(done.frame.tick_at))
    metrics.REPEATED.inc(len(done.repeated))
    for letter in done.letters:
        metrics.DEAD_LETTERS.labels(letter.letter.code).inc()
    for item in done.frame.events:
        metrics.EVENTS.labels(item.event.type).inc()


def _sources(log: Log, *names: str) -> list[Source]:
    return [Source(name, part) for name in names for part in range(log.partitions(name))]


def _begin(
    known: Resumed, writer: JournalWriter, settings: FlowSettings
) -> tuple[Resumed, list[Input]]:
    """Begin a journal that is not; return what is known then, and what the files add."""
    files = read_genesis(settings.instruments, settings.rulesets)
    if known.begun:
        return known, additions(files, known)
    writer.begin(files, known.offsets)
    rulesets = {str(one.ref): one.hash for one in files.rulesets}
    return known._replace(instruments=files.instruments, rulesets=rulesets), []


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
    bases, base = None, None
    if settings.recovery is not None:
        bases = SequencerBases(settings.recovery, log, settings.base_s)
        stack.callback(bases.close)
        base = bases.restore()
    tail = Tail(log, settings.dedup_window_days * _DAY_NS, base)
    stack.callback(tail.close)
    lease = take_turn(log, tail, stop, stack, standby=settings.standby)
    if lease is None:
        return ended(FLOW)
    if bases is not None:
        bases.clean()
    writer = stack.enter_context(closing(JournalWriter(log, lease)))
    events = _sources(log, RULESETS, CALENDAR, ACCOUNT_EVENTS)
    ticks = _sources(log, TICKS)
    known = tail.resumed((*events, *ticks))
    known, first = _begin(known, writer, settings)
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
    step = _Sequencing(sequencer, known, bases, settings.dead_letter_share_max)
    frames = op.map(SEQUENCE, polls, step)
    part = JournalPart(writer, known.written, bases, _Progress(mux))
    op.output(JOURNAL, frames, JournalSink(part))
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
