"""The feed flow: venues' prices become ticks.

    venues → ticks, quarantine

Every push of a venue is written as it was said; stale quotes and lone spikes go to the quarantine
with the reason. Nothing is kept between runs: a feed that starts asks for the prices of now.
"""

from collections.abc import Sequence
from contextlib import ExitStack, closing
from queue import Empty

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.outputs import DynamicSink, StatelessSinkPartition

from connectors.log.abstract import Log, LogWriter
from connectors.venues.abstract import Definite
from connectors.venues.settings import VenueSettings, load_venues
from flows.failures import Failure
from flows.feeding.desk import Message
from flows.feeding.streams import Streams
from flows.health import HEALTH
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.polling import BLOCK_S, PolledSource, Poller
from flows.stopping import Stop
from flows.topics import ensure_topics
from schemas.topics import QUARANTINE, TICKS

FLOW = "feed"
QUOTES = "quotes"
WRITTEN = "written"

_BATCH_MAX = 1_000


class QuotePoller(Poller[list[Message]]):
    """Takes what the streams have brought."""

    def __init__(self, streams: Streams, stop: Stop) -> None:
        self._streams = streams
        self._stop = stop

    def poll(self) -> list[list[Message]]:
        """Return what has come.

        Raises:
            Failure: a venue lacks what was asked of it.
            StopIteration: the flow was asked to end.
        """
        HEALTH.beat()
        try:
            self._streams.check()
        except Definite as refused:
            raise Failure(str(refused)) from None
        found = self._taken()
        if found:
            HEALTH.ready = True
            return [found]
        if self._stop.now or self._stop.drained:
            raise StopIteration
        return []

    def close(self) -> None:
        """End the streams."""
        self._streams.close()

    def _taken(self) -> list[Message]:
        found: list[Message] = []
        messages = self._streams.messages
        try:
            found.append(messages.get(timeout=BLOCK_S))
            while len(found) < _BATCH_MAX:
                found.append(messages.get_nowait())
        except Empty:
            pass
        return found


class _TopicsPart(StatelessSinkPartition[list[Message]]):
    def __init__(self, writers: dict[str, LogWriter]) -> None:
        self._writers = writers

    def write_batch(self, items: list[list[Message]]) -> None:
        for messages in items:
            for message in messages:
                self._writers[message.topic].append(message.value, message.key)
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


class TopicSink(DynamicSink[list[Message]]):
    """Writes ticks and what was kept back."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def build(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        worker_index: int,  # noqa: ARG002
        worker_count: int,  # noqa: ARG002
    ) -> _TopicsPart:
        """Return the one partition."""
        return _TopicsPart({topic: self._log.writer(topic) for topic in (TICKS, QUARANTINE)})


class FeedWire:
    """Wires the flow for venues named on the command line; else those of the file are followed."""

    def __init__(self, named: Sequence[VenueSettings] = ()) -> None:
        self._named = named

    def __call__(self, log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
        """Wire the flow.

        Raises:
            Failure: no venues are named, or one has no symbols.
            BadFile: the file of venues is wrong.
            LogError: the log does not answer.
        """
        venues = list(self._named) or _followed(settings)
        ensure_topics(log, settings.output_partitions)
        logger = get_logger(flow=FLOW)
        logger.info("flow.started", venues=sorted(venue.id for venue in venues))
        streams = stack.enter_context(closing(Streams(venues, logger)))
        streams.start()
        wired = Dataflow(FLOW)
        read = op.input(QUOTES, wired, PolledSource(QUOTES, lambda: QuotePoller(streams, stop)))
        op.output(WRITTEN, read, TopicSink(log))
        return wired


def _followed(settings: FlowSettings) -> list[VenueSettings]:
    if settings.venues is None:
        raise Failure("no venues: give --venues FILE, or --venue and --symbols")
    all_of_them = load_venues(settings.venues, secrets=False)
    found = [venue for venue in all_of_them if venue.adapter == "ccxt"]
    silent = [venue.id for venue in found if not venue.symbols]
    if silent or not found:
        raise Failure(f"no symbols to follow at {', '.join(silent) or settings.venues}")
    return found


def flow() -> Dataflow:
    """Return the flow for `python -m bytewax.run flows.feed`."""
    settings = FlowSettings()
    configure_logging(settings.log_level)
    return FeedWire()(settings.open_log(), settings, Stop().listen(), ExitStack())
