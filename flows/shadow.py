"""The shadow flow: the journal in, decisions under other ruleset versions out.

    journal → shadow → the shadow's topic

It reads what the risk flow reads and writes a topic of its own: the live decisions, and the flow
that makes them, never hear of it. A restart replays the journal and leaves out what the topic
holds; under another version than before it stops at the first decision that differs.

Source: decision 0033.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.journal import Entry
from connectors.log.abstract import Lease, Log
from flows.engines import warm_up
from flows.inputs import Rulebook
from flows.journal_polling import JournalPoller
from flows.logging import get_logger
from flows.options import FlowSettings
from flows.outlet import Outlet
from flows.polling import PolledSource
from flows.shadowing import Shadow, load_recast
from flows.shard import Output
from flows.stopping import Stop
from flows.topics import ensure_topics
from rules.ruleset import load_ruleset
from schemas import topics

FLOW = "shadow"
JOURNAL = "journal"
JUDGE = "judge"
DECISIONS = "decisions"
SHADOW_TOPIC = "shadow-decisions"

_ALL = "all"
_KEPT = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}


class Judge:
    """The step: what other versions would have decided about each frame."""

    def __init__(self, settings: FlowSettings, files: Sequence[Path], topic: str) -> None:
        self._settings = settings
        self._files = files
        self._topic = topic
        self._shadow: Shadow | None = None

    def __call__(self, entry: Entry) -> Iterable[tuple[str, Output]]:
        """Judge a frame."""
        if self._shadow is None:
            self._shadow = self._begin(entry)
        for made in self._shadow.take(entry.frame):
            key = str(made.decision["account_id"]).encode()
            yield _ALL, Output(self._topic, key, made.line, ())

    def _begin(self, entry: Entry) -> Shadow:
        genesis = entry.genesis
        assert genesis is not None, "the journal's first record tells what holds before its entries"
        rulesets = [load_ruleset(document) for document in genesis.rulesets]
        rulebook = Rulebook(genesis.instruments, rulesets)
        recast = load_recast(self._files, rulebook)
        settings = self._settings
        return Shadow(settings.engine, rulebook, recast, settings.progress, live=True)


class ShadowPart(StatefulSinkPartition[Output, None]):
    """The one partition of the shadow's topic."""

    def __init__(self, outlet: Outlet, lease: Lease) -> None:
        self._outlet = outlet
        self._lease = lease

    def write_batch(self, values: list[Output]) -> None:
        """Write what is not there yet."""
        self._lease.check()
        for value in values:
            self._outlet.write(value)

    def snapshot(self) -> None:
        """Make everything written durable."""
        self._outlet.flush()

    def close(self) -> None:
        """Leave closing to the stack."""


class ShadowSink(FixedPartitionedSink[Output, None]):
    """Where shadow decisions go."""

    def __init__(self, part: ShadowPart) -> None:
        self._part = part

    def list_parts(self) -> list[str]:
        """Name the one partition."""
        return [_ALL]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,  # noqa: ARG002
        resume_state: None,  # noqa: ARG002
    ) -> ShadowPart:
        """Return the open partition."""
        return self._part


Wire = Callable[[Log, FlowSettings, Stop, ExitStack], Dataflow]


def shadow_flow(files: Sequence[Path], topic: str = SHADOW_TOPIC) -> Wire:
    """Return how to wire the flow for these ruleset versions.

    Args:
        files: a ruleset version each; accounts of the same ruleset are bound to it.
        topic: where decisions go; made when it does not exist.
    """
    return partial(_wire, files, topic)


def _wire(  # noqa: PLR0917 - what every flow takes, behind what this one is for
    files: Sequence[Path],
    topic: str,
    log: Log,
    settings: FlowSettings,
    stop: Stop,
    stack: ExitStack,
) -> Dataflow:
    load_recast(files, Rulebook.empty())  # a bad file is told before anything is made
    ensure_topics(log, settings.output_partitions)
    log.create(topic, 1, _KEPT)
    name = f"{FLOW}/{topic}"
    lease = stack.enter_context(closing(log.lease(topics.LEASES, [name])))
    outlet = Outlet(log, topic, 0, None, stack)
    outlet.lead(lease.epochs[name])
    warm_up(settings.engine)
    get_logger(flow=FLOW).info(
        "flow.resumed" if outlet.left else "flow.started", topic=topic, written=outlet.left
    )
    wired = Dataflow(FLOW)
    entries = op.input(
        JOURNAL, wired, PolledSource(JOURNAL, partial(JournalPoller, log, FLOW, stop))
    )
    judged = op.flat_map(JUDGE, entries, Judge(settings, files, topic))
    op.output(DECISIONS, judged, ShadowSink(ShadowPart(outlet, lease)))
    return wired
