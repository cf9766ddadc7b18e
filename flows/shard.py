"""One shard of the accounts: an engine, a finisher, and how far each output partition has come.

All of it is a pure function of the journal, and all of it is what a base file keeps: engine and
finisher pickle as they are, whatever state the rules have come to hold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

import orjson

from connectors.journal import Entry, JournalGap, rejections_partition
from connectors.sequencer import RAW_BYTES_MAX
from flows.engines import make_engine
from flows.options import FlowSettings
from flows.sampler import Sampler, make_sampler
from flows.shards import Owner
from rules.api import Engine, Outcome, Rejection
from rules.finish import Finished, Finisher
from rules.ruleset import load_ruleset
from schemas.dead_letters import DeadLetter
from schemas.errors import Code, InputError
from schemas.events import AccountEvent, event_json
from schemas.frames import FrameEvent
from schemas.json_text import dumps
from schemas.topics import DEAD_LETTERS, DECISION_TOPICS, JOURNAL


class Output(NamedTuple):
    """A record for the shard's partition of an output topic."""

    topic: str
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Shard:
    """Decides about the accounts of one output partition.

    What the engine starts with is told by the journal's first record.

    Args:
        owner: which accounts these are.
        settings: engine, progress, live check.
    """

    def __init__(self, owner: Owner, settings: FlowSettings) -> None:
        self.number = owner.shard
        self._owner = owner
        self._kind, self._progress = settings.engine, settings.progress
        self._engine: Engine | None = None
        self._finisher = Finisher()
        self._next = 1
        self.states: Counter[str] = Counter()
        """How many accounts are in each state."""
        self._sampler: Sampler | None = make_sampler(settings, owner)

    @property
    def engine(self) -> Engine | None:
        """The engine; None before the journal's first record."""
        return self._engine

    def evaluate(self, entry: Entry) -> Outcome:
        """Evaluate the next frame.

        Raises:
            JournalGap: it is not the next one; a shard that is ahead or behind must not go on.
        """
        if entry.frame.first != self._next:
            message = f"shard {self.number}: position {entry.frame.first}, not {self._next}"
            raise JournalGap(message)
        self._next = entry.frame.end
        if self._engine is None:
            self._engine = self._start(entry)
        return self._engine.process(entry.frame)

    def finish(self, entry: Entry, mine: Outcome, others: Outcome) -> Iterator[Output]:
        """Number, order and chain what can be told after a frame.

        Args:
            entry: the frame.
            mine: what this shard said about it.
            others: what the others refused of it.
        """
        finished, _ = self._finisher.add((mine, others), entry.frame.end)
        if self._sampler is not None:
            self._sampler.check(entry, [mine])
        headers = (("arrived_ms", b"%d" % entry.arrived_ms),)
        for rejection in mine.rejections:
            event = _event_at(entry, rejection.position)
            # An event of the whole market is refused by every shard; the first one says so.
            if isinstance(event.event, AccountEvent) or self.number == 0:
                yield _rejected(entry, rejection, event)
        for item in finished:
            if item.decision["type"] == "state":
                self.states[item.decision["from"]] -= item.decision["from"] != "created"
                self.states[item.decision["to"]] += 1
            yield _decided(item, headers)

    def _start(self, entry: Entry) -> Engine:
        genesis = entry.genesis
        assert genesis is not None, "the journal's first record tells what holds before its entries"
        rulesets = [load_ruleset(document) for document in genesis.rulesets]
        return make_engine(self._kind, genesis.instruments, rulesets, self._owner, self._progress)


def output_partitions(shard: int) -> dict[str, int]:
    """Return the partition of each output topic that a shard writes."""
    partitions: dict[str, int] = dict.fromkeys(sorted(set(DECISION_TOPICS.values())), shard)
    return partitions | {DEAD_LETTERS: rejections_partition(shard)}


def _decided(item: Finished, headers: Iterable[tuple[str, bytes]]) -> Output:
    topic = DECISION_TOPICS[item.decision["type"]]
    return Output(topic, item.decision["account_id"].encode(), item.line, tuple(headers))


def _rejected(entry: Entry, rejection: Rejection, event: FrameEvent) -> Output:
    raw = dumps(event.original if event.original is not None else event_json(event.event))
    error = InputError(cast("Code", rejection.code), rejection.message, rejection.path)
    letter = DeadLetter.from_error(error, raw[:RAW_BYTES_MAX], JOURNAL, offset=rejection.position)
    headers = (
        ("code", rejection.code.encode()),
        ("record", b"%d" % entry.offset),
        ("sources", orjson.dumps(entry.frame.sources)),
    )
    return Output(DEAD_LETTERS, None, letter.to_json(), headers)


def _event_at(entry: Entry, position: int) -> FrameEvent:
    index = position - entry.frame.first
    return next(item for item in entry.frame.events if item.at == index)
