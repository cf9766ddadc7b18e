"""What every shard refused, as far as it is known: without it nobody can number decisions.

`seq` counts accepted inputs of all accounts. So a shard tells the others, for each frame that had
an event for one of its accounts, which of them it refused; a decision waits until that is known of
every shard with an event before it. Frames of ticks wait for nobody, and with one shard nothing is
told at all.

Source: docs/decisions/0026.
"""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing

import orjson

from connectors.log.abstract import Log, LogReader, LogWriter
from rules.api import NEVER, Outcome, Rejection
from schemas.events import AccountEvent
from schemas.frames import Frame
from schemas.ids import key_group
from schemas.topics import REFUSALS

_RECORDS = 512


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
        mine: shards to speak for.
        others: shards to listen to.
        stack: closes what is opened.
    """

    def __init__(
        self, log: Log, mine: Iterable[int], others: Iterable[int], stack: ExitStack
    ) -> None:
        self._readers: dict[int, LogReader] = {}
        self._writers: dict[int, LogWriter] = {}
        self._told: dict[int, int] = {}
        for shard in others:
            start = log.start_offset(REFUSALS, shard)
            reader = log.reader(REFUSALS, shard, start)
            self._readers[shard] = stack.enter_context(closing(reader))
        for shard in mine:
            self._writers[shard] = stack.enter_context(closing(log.writer(REFUSALS, shard)))
            self._told[shard] = _last(log, shard)

    def hear(self, into: Refusals) -> None:
        """Read what other processes have told."""
        for shard, reader in self._readers.items():
            for record in reader.read(_RECORDS, 0):
                said = orjson.loads(record.value)
                into.tell(shard, said["record"], said["refused"])

    def tell(self, shard: int, offset: int, refused: list[int]) -> None:
        """Say what a shard of one's own refused of a frame, unless it was said before."""
        if offset <= self._told[shard]:
            return
        self._told[shard] = offset
        value = orjson.dumps({"record": offset, "refused": refused})
        self._writers[shard].append(value)

    def flush(self) -> None:
        """Return when all that was told is durable."""
        for writer in self._writers.values():
            writer.flush()


def _last(log: Log, shard: int) -> int:
    """Return the offset of the last frame that a shard has told about, -1 for none."""
    end = log.end_offset(REFUSALS, shard)
    start = max(log.start_offset(REFUSALS, shard), end - 8)
    last = -1
    with closing(log.reader(REFUSALS, shard, start)) as reader:
        while reader.position < end:
            for record in reader.read(_RECORDS, 0.5):
                last = max(last, orjson.loads(record.value)["record"])
    return last
