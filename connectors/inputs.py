"""Raw records of the input topics, read as far as their place in the journal needs."""

from typing import TYPE_CHECKING, NamedTuple

from connectors.log.abstract import Record
from connectors.plain_tick import plain_tick
from schemas.errors import InputError
from schemas.instants import parse_instant
from schemas.json_text import loads
from schemas.readers import clean_text
from schemas.topics import TICKS

if TYPE_CHECKING:
    from connectors.tick_columns import TickColumns

INPUT_BYTES_MAX = 256 * 1024
"""A larger record is refused: a frame, which holds whole events, must fit into one record."""

_COLUMNAR = (b"\xff\xff\xff\xff", b"ARROW1")  # how an Arrow stream and an Arrow file begin
_ROW_BYTES = 80  # of a row in a frame, when it is late

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


class Place(NamedTuple):
    """Where an input stands: the row is -1 where a record is one input."""

    source: str
    offset: int
    row: int

    @classmethod
    def of_letter(cls, source: str, offset: int, path: str) -> "Place":
        """Return the place that a dead letter is about."""
        name, _, rest = path.partition(".")
        number = rest.partition(".")[0]
        return cls(source, offset, int(number) if name == "rows" and number.isdigit() else -1)


class TickRow(NamedTuple):
    """One row of a columnar message."""

    columns: "TickColumns"
    row: int

    @property
    def path(self) -> str:
        """Name it in a dead letter."""
        return f"rows.{self.row}"


class Input(NamedTuple):
    """One record on its way into the journal, or one row of a columnar one.

    Attributes:
        source: where it was read; `None` for what the sequencer itself adds.
        offset: its offset there.
        ts: its own time, ns, `None` when that cannot be read.
        value: its JSON value, a `PlainTick` or `TickRow` of it, or why it is none.
        raw: the original bytes; of a row none.
        arrived_ms: wall clock of its append, for metrics.
        more: whether other rows of the same record follow: they go into the same frame.
    """

    source: Source | None
    offset: int
    ts: int | None
    value: object
    raw: bytes
    arrived_ms: int
    more: bool = False

    @property
    def size(self) -> int:
        """About how many bytes it takes in a frame, at most."""
        return len(self.raw) or _ROW_BYTES

    @property
    def place(self) -> Place | None:
        """Where it stands, None for what the sequencer itself adds."""
        if self.source is None:
            return None
        row = self.value.row if isinstance(self.value, TickRow) else -1
        return Place(self.source.name, self.offset, row)

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


def read_inputs(source: Source, record: Record) -> list[Input]:
    """Read a record that may hold many ticks in columns."""
    if source.topic != TICKS:
        return [read_input(source, record)]
    raw = record.value
    plain = plain_tick(raw)
    if plain is not None:
        return [Input(source, record.offset, plain.ts, plain, raw, record.timestamp_ms)]
    if not raw.startswith(_COLUMNAR):
        return [read_input(source, record)]
    # Arrow takes its time and memory, which a sequencer of JSON does not need.
    from connectors.tick_columns import TickColumns  # noqa: PLC0415

    try:
        if len(record.value) > INPUT_BYTES_MAX:
            raise _too_large()
        columns = TickColumns(record.value)
    except InputError as error:
        return [Input(source, record.offset, None, error, record.value, record.timestamp_ms)]
    last = columns.count - 1
    return [
        Input(
            source, record.offset, ts, TickRow(columns, row), b"", record.timestamp_ms, row < last
        )
        for row, ts in enumerate(columns.times())
    ]


def own_input(value: dict[str, object], ts: int, arrived_ms: int) -> Input:
    """Make an input of an event the sequencer itself adds."""
    return Input(None, 0, ts, value, b"", arrived_ms)


def _json(raw: bytes) -> object:
    if len(raw) > INPUT_BYTES_MAX:
        return _too_large()
    try:
        return loads(raw)
    except InputError as error:
        return error


def _too_large() -> InputError:
    return InputError("bad_format", f"larger than {INPUT_BYTES_MAX} bytes")


def _instant(value: object) -> int | None:
    try:
        return parse_instant(value)
    except InputError:
        return None
