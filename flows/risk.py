"""The risk flow: the journal in, decisions out.

    journal → decide (every shard of this process) → decision topics

Every frame goes to every shard. A restart continues from the newest base of each shard, or else
replays the journal from its start; the sinks leave out what their topics hold already.
"""

import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from connectors.crash import reach
from connectors.journal import JournalReader, journal_id
from connectors.log.abstract import Log
from flows import metrics
from flows.bases import Bases, Identity
from flows.deciding import Batch, Decided, Deciding
from flows.engines import warm_up
from flows.health import HEALTH
from flows.leadership import Leadership
from flows.logging import configure_logging, get_logger
from flows.manifest import FRESH, Restored
from flows.options import FlowSettings
from flows.outlet import Mark
from flows.polling import BLOCK_S, LONG_BLOCK_S, PolledSource, Poller, at_end
from flows.shard import Shard
from flows.shard_sink import ShardPart, ShardSink, lease_name, open_outlets, shard_key
from flows.shards import Assignment, Owner, assign
from flows.state_file import code_digest
from flows.stopping import Stop
from flows.succession import Succession
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
        leadership: asked to look whether it is time to lead.
        base_s: so often a base is written.
        stop: the wish to end.
    """

    def __init__(  # noqa: PLR0917 - what following a journal takes
        self,
        log: Log,
        reader: JournalReader,
        deciding: Deciding,
        bases: Bases | None,
        leadership: Leadership,
        base_s: float,
        stop: Stop,
    ) -> None:
        self._log = log
        self._reader = reader
        self._deciding = deciding
        self._bases = bases
        self._leadership = leadership
        self._base_s = base_s
        self._stop = stop
        self._ended = False

    def poll(self) -> list[Batch]:
        """Return the next frames."""
        HEALTH.beat()
        if self._stop.now:
            raise StopIteration
        if self._ended:
            return self._end()
        self._leadership.look()
        entries = self._reader.read(LONG_BLOCK_S if self._deciding.waits_long else BLOCK_S)
        waits = self._deciding.waits
        if not entries and not waits and self._stop.drained and self._drained():
            self._ended = True
            return [Batch((), self._reader.place, last=True)]
        if not entries and not waits and not self._base_due():
            return []
        return [Batch(entries, self._reader.place)]

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _base_due(self) -> bool:
        """See to the bases while nothing comes."""
        if self._bases is None or not self._leadership.leads:
            return False
        self._bases.poll()
        return self._bases.due(self._reader.next_offset, self._base_s)

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

    def __init__(
        self, deciding: Deciding, bases: Bases | None, base_s: float, leadership: Leadership
    ) -> None:
        self._deciding = deciding
        self._bases = bases
        self._base_s = base_s
        self._leadership = leadership

    def __call__(self, batch: Batch) -> Iterable[tuple[str, Decided]]:
        with metrics.FRAME_SECONDS.time():
            decided = self._decided(batch)
        metrics.WAITING.set(self._deciding.waits)
        if self._bases is not None and self._leadership.leads:
            number = self._base(self._bases, batch)
            if number is not None:
                decided = decided or self._deciding.nothing()
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
        offset = batch.place.offset
        due = bases.due(offset, 0 if batch.last else self._base_s)
        if not due or not self._deciding.settled(offset):
            return None
        self._deciding.flush()
        with metrics.FORK_SECONDS.time():
            return bases.write(self._deciding.shards, batch.place)


def risk_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow; from here on no other one decides about the same key groups.

    On standby it follows, and writes when the one that does is gone.

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
    names = [lease_name(shard) for shard in assignment.mine]
    lease = None
    if not settings.standby:
        lease = stack.enter_context(closing(log.lease(topics.LEASES, names)))
        reach("risk.leased")
    bases = _bases(log, settings, assignment, stack)
    restored = restore(log, bases, assignment.mine, standby=settings.standby)
    made = {
        shard: found.shard or Shard(Owner(shard, shards), settings)
        for shard, found in restored.items()
    }
    reach("risk.restored")
    warm_up(settings.engine)
    first = min((found.place for found in restored.values()), key=lambda place: place.offset)
    group = f"highwater-{FLOW}-{assignment.mine[0]}" + ("-standby" if settings.standby else "")
    reader = stack.enter_context(closing(JournalReader(log, first, group)))
    starts = {shard: found.place.offset for shard, found in restored.items()}
    deciding = Deciding(log, assignment, made, starts, stack)
    sink = _sink(log, restored, (reader, deciding), bases, stack)
    leadership = Leadership(deciding, sink, bases, restored)
    if lease is None:
        succession = Succession(log, topics.LEASES, names)
        stack.enter_context(closing(succession))
        leadership.await_turn(succession)
    else:
        leadership.lead(lease)
    get_logger(flow=FLOW).info(
        "flow.resumed" if sink.left or first.offset else "flow.started",
        shards=assignment.mine,
        of=shards,
        engine=settings.engine,
        standby=settings.standby,
        sample_share=settings.sample_share,
        record=first.offset,
        written=sink.left,
    )
    wired = Dataflow(FLOW)
    poller = partial(JournalPoller, log, reader, deciding, bases, leadership, settings.base_s, stop)
    batches = op.input(JOURNAL, wired, PolledSource(JOURNAL, poller))
    step = _Decide(deciding, bases, settings.base_s, leadership)
    op.output(DECISIONS, op.flat_map(DECIDE, batches, step), sink)
    return wired


def _bases(
    log: Log, settings: FlowSettings, assignment: Assignment, stack: ExitStack
) -> Bases | None:
    if settings.recovery is None:
        return None
    settings.recovery.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = Identity(
        journal_id(log), code_digest(), settings.engine, settings.progress, list(STEPS)
    )
    bases = Bases(settings.recovery, assignment, identity, rebuild=settings.rebuild)
    stack.callback(bases.close)
    return bases


def restore(
    log: Log, bases: Bases | None, shards: Iterable[int], *, standby: bool
) -> dict[int, Restored]:
    """Return every shard as its base holds it; a standby may begin without one.

    Raises:
        BadBase: one of them cannot continue.
    """
    restored = {}
    for shard in shards:
        found = restored[shard] = FRESH
        if bases is not None:
            decided = not standby and log.end_offset(topics.PROGRESS, shard) > 0
            found = restored[shard] = bases.restore(shard, decided=decided)
        if found.shard is not None:
            get_logger(flow=FLOW).info("snapshot.restored", shard=shard, record=found.place.offset)
    return restored


def _sink(
    log: Log,
    restored: Mapping[int, Restored],
    upstream: tuple[JournalReader, Deciding],
    bases: Bases | None,
    stack: ExitStack,
) -> ShardSink:
    reader, deciding = upstream
    through = dict.fromkeys(restored, -1)
    goal = log.end_offset(topics.JOURNAL)

    def done(shard: int, offset: int) -> None:
        through[shard] = offset
        for state, count in deciding.shards[shard].states.items():
            metrics.ACCOUNTS.labels(shard, state).set(count)
        left = max(0, goal - reader.next_offset)
        metrics.REPLAY.set(left)
        metrics.LAG.labels(JOURNAL).set(reader.known_end - reader.next_offset)
        metrics.FENCED.set(reader.hearing.fenced)
        HEALTH.ready = not left
        deciding.flush()
        if (least := min(through.values())) >= 0:
            reader.note(least + 1)

    def sunk(number: int, shard: int, ends: dict[str, Mark]) -> None:
        if bases is not None:
            bases.sunk(number, shard, ends)
            bases.poll()

    parts = [
        ShardPart(shard, open_outlets(log, shard, found.marks, stack), done, sunk)
        for shard, found in restored.items()
    ]
    return ShardSink(parts)


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.risk`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return risk_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
