"""The risk flow: the journal in, decisions out.

    journal → decide (every shard of this process) → decision topics

Every frame goes to every shard. A restart continues from the newest base of each shard, or else
replays the journal from its start; the sinks leave out what their topics hold already.
"""

import time
from collections.abc import Iterable
from contextlib import ExitStack, closing
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from connectors.crash import reach
from connectors.journal import JournalReader, journal_id
from connectors.log.abstract import Lease, Log
from flows import metrics
from flows.bases import Bases, Identity
from flows.deciding import Batch, Decided, Deciding
from flows.engines import warm_up
from flows.health import HEALTH
from flows.logging import configure_logging, get_logger
from flows.manifest import FRESH, BadBase, Restored
from flows.options import FlowSettings
from flows.outlet import Mark
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.shard import Shard
from flows.shard_sink import ShardPart, ShardSink, open_outlets, shard_key
from flows.shards import Assignment, Owner, assign
from flows.state_file import code_digest
from flows.stopping import Stop
from flows.topics import ensure_topics
from schemas import topics

FLOW = "risk"
JOURNAL = "journal"
DECIDE = "decide"
DECISIONS = "decisions"
STEPS = [JOURNAL, DECIDE, DECISIONS]


class JournalPoller(Poller[Batch]):
    """Follows the journal from a place.

    Args:
        log: where it is.
        reader: at the place.
        deciding: asked whether frames wait for other processes.
        bases: a drained flow leaves a base behind.
        stop: the wish to end.
    """

    def __init__(
        self,
        log: Log,
        reader: JournalReader,
        deciding: Deciding,
        bases: Bases | None,
        stop: Stop,
    ) -> None:
        self._log = log
        self._reader = reader
        self._deciding = deciding
        self._bases = bases
        self._stop = stop
        self._ended = False

    def poll(self) -> list[Batch]:
        """Return the next frames."""
        HEALTH.beat()
        if self._stop.now:
            raise StopIteration
        if self._ended:
            return self._end()
        entries = self._reader.read(BLOCK_S)
        waits = self._deciding.waits
        if not entries and not waits and self._stop.drained and self._drained():
            self._ended = True
            return [Batch((), self._reader.place, last=True)]
        return [Batch(entries, self._reader.place)] if entries or waits else []

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _end(self) -> list[Batch]:
        if self._bases is None or not self._bases.busy:
            raise StopIteration
        self._bases.poll()
        time.sleep(BLOCK_S)
        return []

    def _drained(self) -> bool:
        return at_end(self._log, {(topics.JOURNAL, 0): self._reader.next_offset})


class _Decide:
    """The step: decisions of all shards, and now and then a base of them."""

    def __init__(self, deciding: Deciding, bases: Bases | None, base_s: float) -> None:
        self._deciding = deciding
        self._bases = bases
        self._base_s = base_s

    def __call__(self, batch: Batch) -> Iterable[tuple[str, Decided]]:
        with metrics.FRAME_SECONDS.time():
            decided = self._decided(batch)
        metrics.WAITING.set(self._deciding.waits)
        if self._bases is not None and decided:
            number = self._base(self._bases, batch)
            decided = {shard: made._replace(base=number) for shard, made in decided.items()}
        return [(shard_key(shard), made) for shard, made in decided.items()]

    def _decided(self, batch: Batch) -> dict[int, Decided]:
        if batch.last:
            return self._deciding.nothing()
        for entry in batch.entries:
            metrics.FRAMES.inc()
            metrics.FRAME_ENTRIES.observe(entry.frame.n)
        return self._deciding(batch.entries)

    def _base(self, bases: Bases, batch: Batch) -> int | None:
        bases.poll(wait=batch.last)
        due = batch.last or time.monotonic() - bases.written_at >= self._base_s
        if bases.busy or not due or not self._deciding.settled(batch.place.offset):
            return None
        self._deciding.flush()
        with metrics.FORK_SECONDS.time():
            return bases.write(self._deciding.shards, batch.place)


def risk_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow; from here on no other one decides about the same key groups.

    Args:
        log: where the topics are.
        settings: key groups, engine and so on.
        stop: the wish to end.
        stack: closes what is opened here.

    Raises:
        LogError: another one is running, or the log does not answer.
        BadBase: a shard cannot continue from what the recovery folder holds.
    """
    ensure_topics(log, settings.output_partitions)
    shards = log.partitions(topics.BREACHES)
    assignment = assign(settings.key_groups, settings.key_group_range, shards)
    names = [f"{FLOW}/{shard_key(shard)}" for shard in assignment.mine]
    lease = stack.enter_context(closing(log.lease(topics.LEASES, names)))
    reach("risk.leased")
    bases, restored = _restore(log, settings, assignment, stack)
    starts = {shard: found.place.offset for shard, found in restored.items()}
    first = min((found.place for found in restored.values()), key=lambda place: place.offset)
    made = {
        shard: found.shard or Shard(Owner(shard, shards), settings)
        for shard, found in restored.items()
    }
    reach("risk.restored")
    warm_up(settings.engine)
    group = f"highwater-{FLOW}-{assignment.mine[0]}"
    reader = stack.enter_context(closing(JournalReader(log, first, group)))
    deciding = Deciding(log, assignment, made, starts, stack)
    marks = {shard: found.marks for shard, found in restored.items()}
    sink = _sink(log, marks, lease, (reader, deciding), bases, stack)
    if bases is not None:
        for shard, found in restored.items():
            if found.shard is None:
                bases.begin(shard)
    get_logger(flow=FLOW).info(
        "flow.resumed" if sink.left or first.offset else "flow.started",
        shards=assignment.mine,
        of=shards,
        engine=settings.engine,
        sample_share=settings.sample_share,
        record=first.offset,
        written=sink.left,
    )
    wired = Dataflow(FLOW)
    poller = partial(JournalPoller, log, reader, deciding, bases, stop)
    batches = op.input(JOURNAL, wired, PolledSource(JOURNAL, poller))
    decided = op.flat_map(DECIDE, batches, _Decide(deciding, bases, settings.base_s))
    op.output(DECISIONS, decided, sink)
    return wired


def _restore(
    log: Log, settings: FlowSettings, assignment: Assignment, stack: ExitStack
) -> tuple[Bases | None, dict[int, Restored]]:
    """Open the recovery folder and return every shard as its base holds it."""
    if settings.recovery is None:
        return None, dict.fromkeys(assignment.mine, FRESH)
    settings.recovery.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = Identity(
        journal_id(log), code_digest(), settings.engine, settings.progress, list(STEPS)
    )
    bases = Bases(settings.recovery, assignment, identity)
    bases.clean()
    stack.callback(bases.close)
    restored = {}
    for shard in assignment.mine:
        try:
            found = bases.restore(shard, decided=log.end_offset(topics.PROGRESS, shard) > 0)
        except BadBase:
            if not settings.rebuild:
                raise
            found = FRESH
        restored[shard] = found
        if found.shard is not None:
            get_logger(flow=FLOW).info("snapshot.restored", shard=shard, record=found.place.offset)
    return bases, restored


def _sink(  # noqa: PLR0917 - what a shard writes needs all of it
    log: Log,
    marks: dict[int, dict[str, Mark]],
    lease: Lease,
    upstream: tuple[JournalReader, Deciding],
    bases: Bases | None,
    stack: ExitStack,
) -> ShardSink:
    reader, deciding = upstream
    through = dict.fromkeys(marks, -1)

    goal = log.end_offset(topics.JOURNAL)

    def done(shard: int, offset: int) -> None:
        through[shard] = offset
        for state, count in deciding.shards[shard].states.items():
            metrics.ACCOUNTS.labels(shard, state).set(count)
        left = max(0, goal - reader.next_offset)
        metrics.REPLAY.set(left)
        metrics.LAG.labels(JOURNAL).set(log.end_offset(topics.JOURNAL) - reader.next_offset)
        metrics.FENCED.set(reader.hearing.fenced)
        HEALTH.ready = not left
        deciding.flush()
        if (least := min(through.values())) >= 0:
            reader.note(least + 1)

    def sunk(number: int, shard: int, ends: dict[str, Mark]) -> None:
        if bases is not None:
            bases.sunk(number, shard, ends)
            bases.poll()

    parts = []
    for shard, at in marks.items():
        epoch = lease.epochs[f"{FLOW}/{shard_key(shard)}"]
        outlets = open_outlets(log, shard, epoch, at, stack)
        parts.append(ShardPart(shard, outlets, lease, done, sunk))
    return ShardSink(parts)


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.risk`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return risk_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
