"""From what the key groups reported to the records of the output topics."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

import orjson
from bytewax.operators import StatefulBatchLogic

from connectors.journal import REJECTIONS_PARTITION, Entry
from connectors.sequencer import RAW_BYTES_MAX
from flows.key_group import Reported
from flows.sampler import Sampler
from rules.api import Outcome, Rejection
from rules.finish import Finished, Finisher
from schemas.dead_letters import DeadLetter
from schemas.errors import Code, InputError
from schemas.events import event_json
from schemas.frames import FrameEvent
from schemas.ids import key_group
from schemas.json_text import dumps
from schemas.topics import DEAD_LETTERS, DECISION_TOPICS, JOURNAL


class Output(NamedTuple):
    """A record for one partition of an output topic."""

    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


Routed = tuple[str, Output]


def part_name(topic: str, partition: int) -> str:
    """Name a partition so that names sort as partitions do."""
    return f"{topic}/{partition:05d}"


class Finishing(StatefulBatchLogic[Reported, Routed, None]):
    """Finishes a frame as soon as every key group has reported it.

    Args:
        groups: how many key groups there are.
        partitions: of each output topic.
        sampler: judges some accounts again.
    """

    def __init__(
        self, groups: int, partitions: Mapping[str, int], sampler: Sampler | None = None
    ) -> None:
        self._groups = groups
        self._partitions = partitions
        self._sampler = sampler
        self._finisher = Finisher()
        self._pending: dict[int, list[Outcome]] = {}

    def on_batch(self, values: list[Reported]) -> tuple[list[Routed], bool]:
        """Take reports; those of one group come in the order of the journal, so frames do, too."""
        made: list[Routed] = []
        for entry, outcome in values:
            outcomes = self._pending.setdefault(entry.offset, [])
            outcomes.append(outcome)
            if len(outcomes) == self._groups:
                del self._pending[entry.offset]
                made += self._finish(entry, outcomes)
                if self._sampler is not None:
                    self._sampler.check(entry, outcomes)
        return made, False

    def snapshot(self) -> None:
        """Keep nothing: a restart replays the journal."""
        return

    def _finish(self, entry: Entry, outcomes: Iterable[Outcome]) -> Iterable[Routed]:
        finished, rejections = self._finisher.add(outcomes, entry.frame.end)
        headers = (("arrived_ms", b"%d" % entry.arrived_ms),)
        for rejection in rejections:
            yield _rejected(entry, rejection)
        for item in finished:
            yield self._routed(item, headers)

    def _routed(self, item: Finished, headers: tuple[tuple[str, bytes], ...]) -> Routed:
        account_id = item.decision["account_id"]
        topic = DECISION_TOPICS[item.decision["type"]]
        partition = key_group(account_id, self._partitions[topic])
        return part_name(topic, partition), Output(account_id.encode(), item.line, headers)


def _rejected(entry: Entry, rejection: Rejection) -> Routed:
    event = _event_at(entry, rejection.position)
    raw = dumps(event.original if event.original is not None else event_json(event.event))
    error = InputError(cast("Code", rejection.code), rejection.message, rejection.path)
    letter = DeadLetter.from_error(error, raw[:RAW_BYTES_MAX], JOURNAL, offset=rejection.position)
    headers = (
        ("code", rejection.code.encode()),
        ("record", b"%d" % entry.offset),
        ("sources", orjson.dumps(entry.frame.sources)),
    )
    return part_name(DEAD_LETTERS, REJECTIONS_PARTITION), Output(None, letter.to_json(), headers)


def _event_at(entry: Entry, position: int) -> FrameEvent:
    index = position - entry.frame.first
    return next(item for item in entry.frame.events if item.at == index)
