"""What every log promises, whichever backend keeps it.

A topic has a fixed number of partitions; a partition is a sequence of records, numbered by
`offset` from 0. The promises:

* A reader delivers every record from its offset on, in order and whole, or raises. It never skips
  and never jumps. Offsets rise by one, except that Kafka leaves gaps where records were compacted
  away or where it keeps transaction markers.
* A record is durable when the `flush` after its `append` returned. Readers may see it earlier.
* A writer that raised has an unknown tail: close it, open another, read the end again.
* Nothing expires unless an operator says so.

Readers and writers belong to one thread each. `close` may be called at any moment, and twice; it
does not flush. `contextlib.closing` makes any of them a context.
"""

# ruff: noqa: N818 - these are named after what happened, as Kafka names them.

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeAlias

MAX_RECORD_BYTES = 1_000_000
"""Most bytes of key, headers and value together; what a Kafka broker accepts by default."""

FLUSH_TIMEOUT_S = 60.0

GROUP = "highwater"

Headers: TypeAlias = Sequence[tuple[str, bytes]]

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")


class Record(NamedTuple):
    """One record as a reader delivers it; a missing Kafka value is empty bytes."""

    offset: int
    key: bytes | None
    value: bytes
    headers: tuple[tuple[str, bytes], ...]
    timestamp_ms: int
    """Wall clock of the append: for people and metrics, never for a decision."""


class LogError(Exception):
    """A log cannot do what it was asked; subclasses say what to do about it."""


class LogLocked(LogError):
    """Another writer holds the partition, or another process the lease."""


class LeaseLost(LogError):
    """Another process holds what this one held: whatever is written now, that one writes, too."""


class LogCorrupt(LogError):
    """Stored bytes are damaged where a crash cannot damage them; an operator must decide."""


class LogUnavailable(LogError):
    """The disk or the broker does not answer; a restart may help."""


class UnknownTopic(LogError):
    """The topic or the partition does not exist."""


class RecordTooLarge(LogError):
    """A record holds more than `MAX_RECORD_BYTES`; nothing of it was appended."""


class OffsetOutOfRange(LogError):
    """The offset is before the first record kept, or after the end."""


class LogReader(Protocol):
    """Follows one partition."""

    @property
    def position(self) -> int:
        """Offset of the next record to be delivered."""

    @property
    def known_end(self) -> int:
        """The partition's end as far as it is known without asking: for metrics only."""

    def read(self, max_records: int, timeout_s: float) -> list[Record]:
        """Return what is there, at least one record; wait for the first up to `timeout_s`.

        Returns an empty list when the time is over.

        Raises:
            OffsetOutOfRange: the position is no longer in the log.
            LogCorrupt: the next record is damaged.
            LogUnavailable: the backend gave up.
        """

    def seek(self, offset: int) -> None:
        """Continue from `offset`, which may be the end; raises `OffsetOutOfRange`."""

    def note(self, offset: int) -> None:
        """Let the tools of operators know that what is before `offset` is done with.

        Nothing here ever reads it back. A log without such tools does nothing.
        """

    def close(self) -> None:
        """Release files or connections."""


class LogWriter(Protocol):
    """Appends to one partition."""

    def append(self, value: bytes, key: bytes | None = None, headers: Headers = ()) -> None:
        """Take one record; raises `RecordTooLarge`, or whatever an earlier append came to."""

    def flush(self, timeout_s: float = FLUSH_TIMEOUT_S) -> None:
        """Return when every record appended so far is durable, else raise."""

    def end_offset(self) -> int:
        """Offset the next record will get; exact after `flush`, if this is the only writer."""

    def close(self) -> None:
        """Release files or connections without flushing."""


class Lease(Protocol):
    """The right to be the only one who does something, as long as it lasts."""

    @property
    def epochs(self) -> Mapping[str, int]:
        """By name, how many have held it, this one included: a later holder has a higher one."""

    @property
    def may_lapse(self) -> bool:
        """Whether it can pass to another while this process lives and has not noticed yet."""

    def check(self) -> None:
        """Return when it is surely held now; call before every write.

        Raises:
            LeaseLost: another process has it.
            LogUnavailable: that cannot be found out.
        """

    def close(self) -> None:
        """Give it back, so that another need not wait."""


class Log(Protocol):
    """Topics of one place: a directory or a Kafka cluster."""

    def create(
        self, topic: str, partitions: int = 1, settings: Mapping[str, str] = _NO_SETTINGS
    ) -> None:
        """Create the topic; no effect if it exists with as many partitions, else `LogError`.

        Args:
            topic: its name.
            partitions: how many.
            settings: of a Kafka topic, such as `retention.ms`; a directory keeps everything.
        """

    def partitions(self, topic: str) -> int:
        """Number of partitions; raises `UnknownTopic`."""

    def start_offset(self, topic: str, partition: int = 0) -> int:
        """Offset of the first record kept."""

    def end_offset(self, topic: str, partition: int = 0) -> int:
        """Offset after the last record a reader can see."""

    def reader(
        self, topic: str, partition: int = 0, offset: int = 0, group: str = GROUP
    ) -> LogReader:
        """Open a reader whose first record is `offset`; raises `OffsetOutOfRange`.

        Args:
            topic: what to read.
            partition: of it.
            offset: of the first record.
            group: under what name `note` says how far it has come.
        """

    def writer(self, topic: str, partition: int = 0) -> LogWriter:
        """Open the writer; the local log raises `LogLocked` if there is one."""

    def lease(self, topic: str, names: Sequence[str]) -> Lease:
        """Take the leases `names`, of which the log keeps track in `topic` where it needs one.

        Raises:
            LogLocked: one of them is held.
        """

    def close(self) -> None:
        """Release connections; readers and writers are closed by their owners."""


def check_topic(topic: str) -> str:
    """Return `topic` if both backends can name a topic so, else raise `LogError`."""
    if not _TOPIC.fullmatch(topic) or topic in {".", ".."}:
        message = f"bad topic name {topic!r}: 1 to 200 of letters, digits, `.`, `_` and `-`"
        raise LogError(message)
    return topic


def check_size(value: bytes, key: bytes | None, headers: Headers) -> None:
    """Raise `RecordTooLarge` if the record is larger than both backends surely take."""
    size = len(value)
    if key is not None:
        size += len(key)
    if headers:
        # Room for the lengths each backend stores with a header, and for names beyond ASCII.
        size += sum(4 * len(name) + len(content) + 16 for name, content in headers)
    if size > MAX_RECORD_BYTES:
        message = f"a record holds at most {MAX_RECORD_BYTES} bytes, this one has {size}"
        raise RecordTooLarge(message)
