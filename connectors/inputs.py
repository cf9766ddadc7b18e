"""Raw records of the input topics, read as far as their place in the journal needs."""

from typing import NamedTuple

from connectors.log.abstract import Record
from schemas.errors import InputError
from schemas.instants import parse_instant
from schemas.json_text import loads
from schemas.readers import clean_text

INPUT_BYTES_MAX = 256 * 1024
"""A larger record is refused: a frame, which holds whole events, must fit into one record."""

_read_id = clean_text(128)


class Source(NamedTuple):
    """One partition of an input topic."""

    topic: str
    partition: int

    @property
    def name(self) -> str:
        """What frames call it."""
        return f"{self.topic}/{self.partition}"

    @classmethod
    def parse(cls, name: str) -> "Source":
        """Read a name back."""
        topic, _, partition = name.rpartition("/")
        return cls(topic, int(partition))


class Input(NamedTuple):
    """One record on its way into the journal.

    Attributes:
        source: where it was read; `None` for what the sequencer itself adds.
        offset: its offset there.
        ts: its own time, ns, `None` when that cannot be read.
        value: its JSON value, or why it is none.
        raw: the original bytes.
        arrived_ms: wall clock of its append, for metrics.
    """

    source: Source | None
    offset: int
    ts: int | None
    value: object
    raw: bytes
    arrived_ms: int

    @property
    def event_id(self) -> str | None:
        """Its event id, where that can be read: also of an event that is bad otherwise."""
        if not isinstance(self.value, dict):
            return None
        try:
            return _read_id(self.value.get("event_id"))
        except InputError:
            return None


def read_input(source: Source, record: Record) -> Input:
    """Read a record; whatever is wrong with it is found later, in the order of the journal."""
    value = _json(record.value)
    ts = _instant(value.get("ts")) if isinstance(value, dict) else None
    return Input(source, record.offset, ts, value, record.value, record.timestamp_ms)


def own_input(value: dict[str, object], ts: int, arrived_ms: int) -> Input:
    """Make an input of an event the sequencer itself adds."""
    return Input(None, 0, ts, value, b"", arrived_ms)


def _json(raw: bytes) -> object:
    if len(raw) > INPUT_BYTES_MAX:
        return InputError("bad_format", f"larger than {INPUT_BYTES_MAX} bytes")
    try:
        return loads(raw)
    except InputError as error:
        return error


def _instant(value: object) -> int | None:
    try:
        return parse_instant(value)
    except InputError:
        return None
