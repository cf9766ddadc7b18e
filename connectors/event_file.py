"""Account events from JSON Lines: one object a line, plain or compressed.

What an event says wrongly by itself is refused here (form, precision, unknown symbols), and takes
no part; what its account may refuse comes later. An event earlier than the one before it takes
that one's time and is late. The same ``event_id`` again is counted and has no effect.

Source: contract sections 1.3 and 2, "Order" and "Bad input".
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from connectors.bad_file import BadFile
from connectors.files import Block, ByteSource
from connectors.recording.batch import Int64s, Letter
from schemas import json_text
from schemas.dead_letters import DeadLetter
from schemas.errors import InputError
from schemas.events import Event, InstrumentListed, parse_event
from schemas.instruments import InstrumentTable
from schemas.readers import clean_text

BLOCK_BYTES = 1 << 20
_BOM = b"\xef\xbb\xbf"
_OBJECT = re.compile(rb"^(?:%s)?[ \t]*\{" % _BOM, re.MULTILINE)  # a line that might be an event
_clean_id = clean_text(128)


class ReadEvent(NamedTuple):
    """A good event with where it came from.

    ``late_ts`` is its own time when that was earlier than the one before it.
    """

    event: Event
    late_ts: int | None
    original: Mapping[str, object]
    line: int
    raw: bytes


class EventBatch(NamedTuple):
    """Good events at their effective times (int64, ns), and the lines refused among them."""

    ts: Int64s
    events: list[ReadEvent]
    letters: list[Letter]


class EventFile:
    """A file of account events, read once.

    Args:
        source: the open file.
        table: every instrument listed before or during the journal.
    """

    def __init__(self, source: ByteSource, table: InstrumentTable) -> None:
        self.name, self.size = source.name, source.size
        self._source = source
        self._table = table
        self._seen: set[str] = set()
        self._now = 0
        self.duplicates = 0
        """Events whose id was there before."""

    @property
    def done(self) -> int:
        """Bytes read so far, as they lie on disk."""
        return self._source.done

    def batches(self) -> Iterator[EventBatch]:
        """Yield the events.

        Raises:
            BadFile: the file is damaged, or something else altogether.
        """
        for block in self._source.blocks(BLOCK_BYTES):
            if block.line == 1 and not _OBJECT.search(block.data) and not _is_blank(block.data):
                raise BadFile(self.name, "is not JSON Lines: no line begins an object", 1)
            yield self._batch(block)

    def _batch(self, block: Block) -> EventBatch:
        times: list[int] = []
        events: list[ReadEvent] = []
        letters: list[Letter] = []
        for line, raw in enumerate(block.data.split(b"\n"), block.line):
            text = (raw.removeprefix(_BOM) if line == 1 else raw).removesuffix(b"\r")
            if not text.strip():
                continue
            try:
                read = self._read(text, line)
            except InputError as error:
                letter = DeadLetter.from_error(error, text, self.name, line=line)
                letters.append(Letter(len(events), letter))
                continue
            if read is not None:
                times.append(self._now)
                events.append(read)
        return EventBatch(np.array(times, np.int64), events, letters)

    def _read(self, text: bytes, line: int) -> ReadEvent | None:
        value = json_text.loads(text)
        if isinstance(value, dict) and self._is_duplicate(value.get("event_id")):
            self.duplicates += 1
            return None
        event = parse_event(value)
        assert isinstance(value, dict)
        check_instrument(event, self._table)
        late_ts = event.ts if event.ts < self._now else None
        self._now = max(self._now, event.ts)
        return ReadEvent(event, late_ts, value, line, text)

    # The id of a bad event counts as seen, if it is an id at all.
    def _is_duplicate(self, event_id: object) -> bool:
        try:
            name = _clean_id(event_id)
        except InputError:
            return False
        if name in self._seen:
            return True
        self._seen.add(name)
        return False


def _is_blank(data: bytes) -> bool:
    return not data.removeprefix(_BOM).strip()


def check_instrument(event: Event, table: InstrumentTable) -> None:
    """Check an event's symbol, and the decimals of its prices and quantity.

    Raises:
        InputError: ``unknown_symbol`` or ``over_precise``, with the path of the field.
    """
    symbol = getattr(event, "symbol", None)
    if symbol is None or isinstance(event, InstrumentListed):
        return
    instrument = table.get(symbol)
    if instrument is None:
        raise InputError("unknown_symbol", f"`{symbol}` is not listed", "symbol")
    instrument.check_decimals(event)
