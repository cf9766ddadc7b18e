"""Every shard of this process over every frame of the journal, and when decisions may leave."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from connectors.crash import reach
from connectors.journal import Entry, Place
from connectors.log.abstract import Log
from flows.refusals import Refusals, RefusalTopic, concerned
from flows.shard import Output, Shard
from flows.shards import Assignment
from rules.api import Outcome

_NOBODY: frozenset[int] = frozenset()
_LONG_S = 1.0


class Batch(NamedTuple):
    """Frames that follow each other, perhaps none, and the place in the journal behind them.

    After the `last` one the flow ends.
    """

    entries: Sequence[Entry]
    place: Place
    last: bool = False


class Decided(NamedTuple):
    """What a shard wants written.

    Attributes:
        outputs: records, in order.
        arrived_ms: wall clock when the first input of the oldest frame came.
        through: offset of the last frame these are about.
        base: number of the base file that holds the shard as it is behind these.
    """

    outputs: Sequence[Output]
    arrived_ms: int
    through: int
    base: int | None = None


class _Waiting(NamedTuple):
    entry: Entry
    outcomes: dict[int, Outcome]
    concerned: frozenset[int]


class Deciding:
    """Evaluates frames and lets decisions go when they can be numbered.

    Args:
        log: where shards tell each other what they refused.
        assignment: which shards are this process's.
        shards: these, by number.
        starts: by shard, the offset of the first frame it has not decided yet.
        stack: closes what is opened.
    """

    def __init__(
        self,
        log: Log,
        assignment: Assignment,
        shards: Mapping[int, Shard],
        starts: Mapping[int, int],
        stack: ExitStack,
    ) -> None:
        self.shards = shards
        self._starts = starts
        self._count = assignment.shards
        first = min(starts.values())
        self._refusals = Refusals(dict.fromkeys(range(self._count), first - 1))
        self._topic: RefusalTopic | None = None
        if self._count > 1:
            ahead = [shard for shard in assignment.mine if starts[shard] > first]
            listen = [*assignment.others, *ahead]
            self._topic = RefusalTopic(log, assignment.mine, listen, stack)
        self._waiting: deque[_Waiting] = deque()
        self._through = first - 1
        self._moved_at = time.monotonic()

    def settled(self, offset: int) -> bool:
        """Tell whether every shard is as it should be before the journal's record `offset`."""
        return not self._waiting and offset >= max(self._starts.values())

    @property
    def waits(self) -> int:
        """How many frames wait for what another process has to say."""
        return len(self._waiting)

    @property
    def waits_long(self) -> bool:
        """Whether another process has been silent for so long that nobody need look so often."""
        return bool(self._waiting) and time.monotonic() - self._moved_at > _LONG_S

    def __call__(self, entries: Sequence[Entry]) -> dict[int, Decided]:
        """Evaluate frames; return by shard what may leave now."""
        for entry in entries:
            self._evaluate(entry)
        if self._topic is not None and self._waiting:
            self._topic.hear(self._refusals)
        return self._release()

    def nothing(self) -> dict[int, Decided]:
        """Return, for every shard, that it has nothing more to write."""
        return {number: Decided((), 0, self._through) for number in self.shards}

    def lead(self) -> None:
        """Begin to tell other processes about these shards."""
        if self._topic is not None:
            self._topic.lead()

    def flush(self) -> None:
        """Return when the other processes can know what was told to them."""
        if self._topic is not None:
            self._topic.flush()

    def _evaluate(self, entry: Entry) -> None:
        spoken = concerned(entry.frame, self._count) if self._topic is not None else _NOBODY
        outcomes = {}
        for number, shard in self.shards.items():
            if entry.offset < self._starts[number]:
                continue
            outcome = outcomes[number] = shard.evaluate(entry)
            reach("risk.evaluated")
            if number in spoken and self._topic is not None:
                refused = [rejection.position for rejection in outcome.rejections]
                self._refusals.tell(number, entry.offset, refused)
                self._topic.tell(number, entry.offset, refused)
                reach("risk.told")
        self._waiting.append(_Waiting(entry, outcomes, spoken))

    def _release(self) -> dict[int, Decided]:
        made: dict[int, list[Output]] = {number: [] for number in self.shards}
        arrived_ms = 0
        before = self._through
        while self._waiting and self._refusals.known(
            self._waiting[0].concerned, self._waiting[0].entry.offset
        ):
            entry, outcomes, spoken = self._waiting.popleft()
            arrived_ms = arrived_ms or entry.arrived_ms
            self._through = entry.offset
            for number, outcome in outcomes.items():
                others = self._refusals.of(spoken - {number}, entry.offset)
                made[number] += self.shards[number].finish(entry, outcome, others)
        if self._through == before:
            return {}
        self._moved_at = time.monotonic()
        self._refusals.forget(self._through)
        return {number: Decided(made[number], arrived_ms, self._through) for number in made}
