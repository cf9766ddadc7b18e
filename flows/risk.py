"""The risk flow: the journal in, decisions out.

    journal → broadcast → evaluate (one key per key group) → gather → finish → decision topics

Every frame goes to every key group. What they say about a frame is put into the contract's order
when all have spoken. There is no recovery store yet: a restart replays the journal from its start,
and the sinks leave out what their topics hold already.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow

from connectors.journal import REJECTIONS_PARTITION, Entry, JournalReader
from connectors.log.abstract import Log
from flows.finishing import Finishing, Routed
from flows.key_group import Addressed, KeyGroup, Reported, warm_up
from flows.log_sink import LogSink
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller, at_end
from flows.sampler import make_sampler
from flows.stopping import Stop
from flows.topics import ensure_topics
from schemas import topics

FLOW = "risk"
JOURNAL = "journal"
BROADCAST = "broadcast"
EVALUATE = "evaluate"
GATHER = "gather"
FINISH = "finish"
ROUTE = "route"
DECISIONS = "decisions"

_ALL = "all"


class JournalPoller(Poller[Entry]):
    """Follows the journal from its start."""

    def __init__(self, log: Log, stop: Stop) -> None:
        self._log = log
        self._reader = JournalReader(log)
        self._stop = stop

    def poll(self) -> list[Entry]:
        """Return the next frames."""
        if self._stop.now:
            raise StopIteration
        entries = self._reader.read(BLOCK_S)
        if not entries and self._stop.drained and self._drained():
            raise StopIteration
        return entries

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _drained(self) -> bool:
        return at_end(self._log, {(topics.JOURNAL, 0): self._reader.next_offset})


def risk_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow; from here on no other one can write the decision topics of a local log.

    Args:
        log: where the topics are.
        settings: key groups, engine and so on.
        stop: the wish to end.
        stack: closes what is opened here.

    Raises:
        LogError: another one is running, or the log does not answer.
    """
    ensure_topics(log, settings.output_partitions)
    names: list[str] = sorted(set(topics.DECISION_TOPICS.values()))
    partitions = {name: log.partitions(name) for name in names}
    parts = {topic: range(count) for topic, count in partitions.items()}
    parts[topics.DEAD_LETTERS] = range(REJECTIONS_PARTITION, REJECTIONS_PARTITION + 1)
    sink = LogSink(log, parts, stack)
    warm_up(settings)
    groups = [(f"{group:04d}", group) for group in range(settings.key_groups)]
    get_logger(flow=FLOW).info(
        "flow.resumed" if sink.left else "flow.started",
        key_groups=len(groups),
        engine=settings.engine,
        sample_share=settings.sample_share,
        written=sink.left,
    )

    def broadcast(entries: list[Entry]) -> Iterable[tuple[str, Addressed]]:
        return [(key, Addressed(group, entry)) for entry in entries for key, group in groups]

    wired = Dataflow(FLOW)
    entries = op.input(JOURNAL, wired, PolledSource(JOURNAL, partial(JournalPoller, log, stop)))
    keyed = op.flat_map_batch(BROADCAST, entries, broadcast)
    reports = op.stateful_batch(EVALUATE, keyed, lambda _: KeyGroup(settings))
    gathered = op.map(GATHER, reports, _gather)
    finished = op.stateful_batch(
        FINISH, gathered, lambda _: Finishing(len(groups), partitions, make_sampler(settings))
    )
    routed = op.map(ROUTE, finished, _route)
    op.output(DECISIONS, routed, sink)
    return wired


def _gather(item: tuple[str, Reported]) -> tuple[str, Reported]:
    return _ALL, item[1]


def _route(item: tuple[str, Routed]) -> Routed:
    return item[1]


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.risk`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return risk_flow(settings.open_log(), settings, Stop().listen(), ExitStack())
