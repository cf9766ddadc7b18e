"""What every shard refused, as far as it is known: without it nobody can number decisions.

`seq` counts accepted inputs of all accounts. So a shard tells the others, for each frame that had
an event for one of its accounts, which of them it refused; a decision waits until that is known of
every shard with an event before it. Frames of ticks wait for nobody, and with one shard nothing is
told at all.

Source: docs/decisions/0026.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing

import orjson

from connectors.log.abstract import Log, LogReader, LogWriter, Record
from rules.api import NEVER, Outcome, Rejection
from schemas.events import AccountEvent
from schemas.frames import Frame
from schemas.ids import key_group
from schemas.topics import REFUSALS

_RECORDS = 512
_PATIENCE_S = 0.5
_TAIL = 8  # a record or two would do: they ascend


def concerned(frame: Frame, shards: int) -> frozenset[int]:
    """Return the shards that have an account event in the frame."""
    return frozenset(
        key_group(item.event.account_id, shards)
        for item in frame.events
        if isinstance(item.event, AccountEvent)
    )


class Refusals:
    """Collects what shards say about frames, by the frame's offset in the journal.

    Args:
        through: by shard, the offset of the last frame it has spoken about.
    """

    def __init__(self, through: Mapping[int, int]) -> None:
        self.through = dict(through)
        self._refused: dict[tuple[int, int], tuple[int, ...]] = {}

    def tell(self, shard: int, offset: int, refused: Iterable[int]) -> None:
        """Take what a shard says about a frame with events of its accounts."""
        if offset > self.through.get(shard, -1):
            self.through[shard] = offset
            if positions := tuple(refused):
                self._refused[shard, offset] = positions

    def known(self, shards: Iterable[int], offset: int) -> bool:
        """Tell whether all these shards have spoken about the frame."""
        return all(self.through.get(shard, -1) >= offset for shard in shards)

    def of(self, shards: Iterable[int], offset: int) -> Outcome:
        """Return what these shards refused of a frame, as an outcome without decisions."""
        positions = [at for shard in shards for at in self._refused.get((shard, offset), ())]
        return Outcome([], [Rejection(at, "", "", "") for at in positions], NEVER)

    def forget(self, before: int) -> None:
        """Drop what nobody asks for any more: frames before an offset."""
        for key in [key for key in self._refused if key[1] < before]:
            del self._refused[key]


class RefusalTopic:
    """Tells other processes about one's own shards, and hears about theirs.

    Args:
        log: where the topic is.
        mine: shards to speak for, once this process leads.
        others: shards to listen to.
        stack: closes what is opened.
    """

    def __init__(
        self, log: Log, mine: Iterable[int], others: Iterable[int], stack: ExitStack
    ) -> None:
        self._log, self._stack = log, stack
        self._heard: dict[int, LogReader] = {}
        self._own: dict[int, LogReader] = {}
        self._writers: dict[int, LogWriter] = {}
        self._told = dict.fromkeys(mine, -1)
        self._untold: dict[int, deque[tuple[int, list[int]]]] = {one: deque() for one in mine}
        for shard in others:
            self._heard[shard] = self._open(shard, log.start_offset(REFUSALS, shard))
        for shard in mine:
            start, end = log.start_offset(REFUSALS, shard), log.end_offset(REFUSALS, shard)
            self._own[shard] = self._open(shard, max(start, end - _TAIL))

    def hear(self, into: Refusals) -> None:
        """Read what other processes have told."""
        for shard, reader in self._heard.items():
            for record in reader.read(_RECORDS, 0):
                said = orjson.loads(record.value)
                into.tell(shard, said["record"], said["refused"])

    def lead(self) -> None:
        """Begin to speak: what nobody has told so far is told."""
        for shard, reader in self._own.items():
            writer = self._log.writer(REFUSALS, shard)
            self._writers[shard] = self._stack.enter_context(closing(writer))
            end = self._log.end_offset(REFUSALS, shard)
            while reader.position < end:
                self._follow(shard, reader.read(_RECORDS, _PATIENCE_S))
            untold, self._untold[shard] = self._untold[shard], deque()
            for offset, refused in untold:
                self.tell(shard, offset, refused)

    def tell(self, shard: int, offset: int, refused: list[int]) -> None:
        """Say what a shard of one's own refused of a frame, unless it was said before."""
        if offset <= self._told[shard]:
            return
        if shard not in self._writers:
            self._untold[shard].append((offset, refused))
            return
        self._told[shard] = offset
        value = orjson.dumps({"record": offset, "refused": refused})
        self._writers[shard].append(value)

    def flush(self) -> None:
        """Return when all that was told is durable; on standby, forget what others told."""
        for writer in self._writers.values():
            writer.flush()
        if not self._writers:
            for shard, reader in self._own.items():
                self._follow(shard, reader.read(_RECORDS, 0))

    def _follow(self, shard: int, records: Iterable[Record]) -> None:
        for record in records:
            self._told[shard] = max(self._told[shard], orjson.loads(record.value)["record"])
        untold = self._untold[shard]
        while untold and untold[0][0] <= self._told[shard]:
            untold.popleft()

    def _open(self, shard: int, offset: int) -> LogReader:
        return self._stack.enter_context(closing(self._log.reader(REFUSALS, shard, offset)))
