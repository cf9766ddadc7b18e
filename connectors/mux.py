"""Several input partitions read as one, in the order in which their records came.

No order is known between two partitions but this: whoever appends a tick after an event does so
later. So events are read before and after the ticks: every event that came before a tick just read
is then known, and an event of the second reading waits for the next round, unless a later tick
proves that nothing is missing before it. A partition with more to come holds back what is later
than the last record known of it. Inside what is known, order is by time, then the other topics
before ticks.

Source: contract section 2, "Order".
"""

from collections import deque
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from connectors.inputs import Input, Source, read_inputs
from connectors.log.abstract import LogReader

BATCH_BYTES = 512 * 1024
"""Inputs of more bytes than this are not given out at once: a frame must fit into a record."""


_COLUMNAR_RECORDS = 8


class _Waiting(NamedTuple):
    ts: int
    rank: int
    item: Input


class _Feed:
    """One partition, and what is read of it ahead."""

    def __init__(self, source: Source, reader: LogReader, rank: int, ts: int, end: int) -> None:
        self.waiting: deque[_Waiting] = deque()
        self.ripe = 0  # so many of the waiting were there before the ticks were read
        self.more = False  # whether the partition has more than was read
        self.begun = False  # whether a record was given out in part
        self.latest = ts  # highest time read: an earlier record keeps its place behind it
        self.rank = rank
        self.source = source
        self._reader = reader
        self._end = end
        self._columnar = False  # whether records hold many inputs each

    def read(self, rows: int, wait_s: float = 0.0) -> None:
        """Fetch what is there, until `rows` records are waiting; wait for the first."""
        while (wanted := rows - len(self.waiting)) > 0:
            most = min(wanted, _COLUMNAR_RECORDS) if self._columnar else wanted
            records = self._reader.read(most, wait_s)  # perhaps fewer than there are
            wait_s = 0.0
            if not records:
                self.more = self._reader.position < self._end
                return
            for record in records:
                items = read_inputs(self.source, record)
                self._columnar = len(items) > 1
                for item in items:
                    self.latest = max(self.latest, item.ts or 0)
                    self.waiting.append(_Waiting(self.latest, self.rank, item))
        self.more = True

    def take(self) -> Input:
        """Give out the next input."""
        item = self.waiting.popleft().item
        self.ripe = max(0, self.ripe - 1)
        self.begun = item.more
        return item

    @property
    def position(self) -> int:
        """Offset of the next record to be read."""
        return self._reader.position

    @property
    def known_end(self) -> int:
        """Where the partition ends, as far as is known."""
        return self._reader.known_end

    def note(self, offset: int) -> None:
        """Let operators' tools know how far it is."""
        self._reader.note(offset)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


class Mux:
    """Reads partitions together.

    Args:
        events: readers of all topics but ticks, in the order in which they break ties.
        ticks: readers of the ticks.
        ts: time of the last journal entry.
        rows: most inputs given out at once.
        ends: up to where the partitions are known to go: a reader that returns nothing before
            that is only slow, as Kafka's may be when it begins.
    """

    def __init__(
        self,
        events: Sequence[tuple[Source, LogReader]],
        ticks: Sequence[tuple[Source, LogReader]],
        *,
        ts: int,
        rows: int,
        ends: Mapping[Source, int] = MappingProxyType({}),
    ) -> None:
        feeds = [
            _Feed(source, reader, rank, ts, ends.get(source, 0))
            for rank, (source, reader) in enumerate((*events, *ticks))
        ]
        self._events, self._ticks = feeds[: len(events)], feeds[len(events) :]
        self._feeds = feeds
        self._rows = rows

    def fetch(self, wait_s: float = 0.0) -> int:
        """Read what has come; return how many inputs wait to be taken.

        Args:
            wait_s: wait so long for a tick where nothing is there, and look for events then.
        """
        for feed in self._events:
            feed.read(self._rows)
            feed.ripe = len(feed.waiting)
        wait_s = 0.0 if any(feed.waiting for feed in self._feeds) else wait_s / len(self._ticks)
        for feed in self._ticks:
            feed.read(self._rows, wait_s)
            feed.ripe = len(feed.waiting)
            wait_s = 0.0 if feed.waiting else wait_s
        for feed in self._events:
            if not feed.more:
                feed.read(self._rows)
        return sum(len(feed.waiting) for feed in self._feeds)

    def take(self) -> list[Input]:
        """Give out what has its place by now, in order; call after `fetch`."""
        ends = [(feed.latest, feed.rank) for feed in self._feeds if feed.more]
        known_to = min(ends, default=None)
        last_tick_ts = max((feed.latest for feed in self._ticks), default=0)
        taken: list[Input] = []
        size = 0
        while len(taken) < self._rows and size < BATCH_BYTES:
            feed = self._first()
            if feed is None:
                break
            ts, rank, item = feed.waiting[0]
            if known_to is not None and (ts, rank) > known_to:
                break
            if feed.ripe == 0 and ts > last_tick_ts:
                break
            taken.append(feed.take())
            size += item.size
        # A record counts as read or not: whatever of it is left goes into the same frame.
        for feed in self._ticks:
            while feed.begun:
                taken.append(feed.take())
        return taken

    def positions(self) -> dict[Source, int]:
        """Return the offset of the next record of each partition."""
        return {feed.source: feed.position for feed in self._feeds}

    def lags(self, ends: Mapping[str, int]) -> dict[str, int]:
        """Return how far inputs are behind their partitions' ends, as far as is known."""
        return {
            feed.source.name: feed.known_end - ends[feed.source.name]
            for feed in self._feeds
            if feed.source.name in ends
        }

    def note(self, ends: Mapping[str, int]) -> None:
        """Let operators' tools know up to where inputs are in the journal, by source name."""
        for feed in self._feeds:
            if feed.source.name in ends:
                feed.note(ends[feed.source.name])

    def close(self) -> None:
        """Close the readers."""
        for feed in self._feeds:
            feed.close()

    def _first(self) -> _Feed | None:
        first = None
        for feed in self._feeds:  # a comprehension and `min` take twice as long, for every input
            if feed.waiting and (first is None or _place(feed) < _place(first)):
                first = feed
        return first


def _place(feed: _Feed) -> tuple[int, int]:
    head = feed.waiting[0]
    return head.ts, head.rank
