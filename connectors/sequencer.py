"""From raw records to one contiguous frame of the journal and what was refused on the way.

The sequencer is where order is made law: entries come in the order given, an entry earlier than
the one before it takes that one's time, what is bad by itself goes to the dead letters, and an
event id seen before has no effect. It is a pure function of its inputs and of where the journal
ends; the flow around it reads, writes and looks at the clock.

Source: contract section 2, "Order" and "Bad input".
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from connectors.event_file import check_instrument
from connectors.inputs import Input, Place, Source, TickRow
from connectors.plain_tick import PlainTick
from connectors.recording.batch import Tick
from connectors.recording.listing import Listing
from connectors.recording.row import read_tick
from connectors.seen import SeenIds
from schemas.dead_letters import DeadLetter
from schemas.errors import BadValue, InputError
from schemas.events import InstrumentListed, parse_event
from schemas.frames import Frame, FrameBuilder
from schemas.instruments import InstrumentTable
from schemas.json_text import loads
from schemas.topics import TICKS

RAW_BYTES_MAX = 64 * 1024
"""A dead letter keeps so much of the original, so that it fits into a record of its own."""

TICK_FIELDS = ("ts", "symbol", "bid", "ask", "last")


class Letter(NamedTuple):
    """A dead letter, what it is about, the journal's time then, and its event id if it has one."""

    letter: DeadLetter
    place: Place
    ts: int
    event_id: str | None


class Sequenced(NamedTuple):
    """What became of some inputs.

    Attributes:
        frame: the accepted ones, perhaps none; its sources cover every input.
        letters: the refused ones.
        repeated: ids of events that were seen before.
        arrived_ms: when the first of the inputs was appended to its topic.
    """

    frame: Frame
    letters: list[Letter]
    repeated: list[str]
    arrived_ms: int


class Sequencer:
    """Continues a journal.

    Args:
        offsets: by source name, the offset of the next record to come.
        position: position of the next entry, from 1.
        ts: time of the last entry.
        instruments: those listed so far; the sequencer adds to them.
        seen: event ids seen so far.
        ahead_ns: an input whose time is further ahead of the clock is refused, because time in
            the journal never goes back.
        refused: places of inputs that have dead letters already and are not in the journal: they
            stay refused, also where the clock would let them in by now.
    """

    def __init__(
        self,
        offsets: Mapping[str, int],
        seen: SeenIds,
        *,
        position: int = 1,
        ts: int = 0,
        instruments: InstrumentTable | None = None,
        ahead_ns: int | None = None,
        refused: AbstractSet[Place] = frozenset(),
    ) -> None:
        self.offsets = dict(offsets)
        """By source name, the offset behind the last input taken."""
        self.position = position
        self.ts = ts
        self.seen = seen
        self.instruments = instruments or InstrumentTable()
        self._know_instruments()
        self._ahead_ns = ahead_ns
        self._refused = refused

    def take(self, inputs: Iterable[Input], now_ns: int) -> Sequenced:
        """Put inputs into the journal, in the order given.

        Args:
            inputs: those of one source follow each other and what was taken before.
            now_ns: the clock; it decides nothing but what is too far ahead of it.
        """
        builder = FrameBuilder(self.position)
        letters: list[Letter] = []
        repeated: list[str] = []
        limit = None if self._ahead_ns is None else now_ns + self._ahead_ns
        before = dict(self.offsets)
        arrived_ms = now_ns // 1_000_000
        for item in inputs:
            arrived_ms = min(arrived_ms, item.arrived_ms)
            if item.source is not None:
                self.offsets[item.source.name] = item.offset + 1
            event_id = None if _is_tick(item) else item.event_id
            if event_id is not None and self.seen.knows(event_id, self.ts):
                repeated.append(event_id)
                continue
            try:
                self._append(builder, item, limit)
            except InputError as error:
                letters.append(_letter(item, error, self.ts, event_id))
            # From the event's own instant: time may have leapt with it, over more than the window.
            if event_id is not None:
                self.seen.remember(event_id, self.ts)
        sources = {name: (before[name], end) for name, end in self.offsets.items()}
        self.position += len(builder)
        return Sequenced(builder.build(sources), letters, repeated, arrived_ms)

    def _append(self, builder: FrameBuilder, item: Input, limit: int | None) -> None:
        if isinstance(item.value, InputError):
            raise item.value
        if self._refused and item.place in self._refused:
            raise InputError("bad_ts", "was refused before", "ts")
        if item.ts is not None and limit is not None and item.ts > limit:
            raise InputError("bad_ts", "too far ahead of the sequencer's clock", "ts")
        if _is_tick(item):
            self._append_tick(builder, item)
        else:
            self._append_event(builder, item.value)

    def _append_tick(self, builder: FrameBuilder, item: Input) -> None:
        tick = self._read_tick(item)
        late_ts = self._move_time(tick.ts)
        builder.append_tick(self.ts, tick.symbol, tick.bid, tick.ask, tick.last, late_ts)

    def _read_tick(self, item: Input) -> Tick:
        value = item.value
        if isinstance(value, PlainTick):
            plain = value.tick(self._listing.ids, self._price_digits)
            if plain is not None:
                return plain
            value = loads(item.raw)
        if isinstance(value, TickRow):
            return value.columns.tick(value.row, self._listing)
        if not isinstance(value, dict):
            raise InputError("bad_format", "must be a JSON object")
        for name in value:
            if name not in TICK_FIELDS:
                raise BadValue("unknown field", name)
        return read_tick(self._listing, *(value.get(name) for name in TICK_FIELDS))

    def _append_event(self, builder: FrameBuilder, value: object) -> None:
        event = parse_event(value)
        check_instrument(event, self.instruments)
        if isinstance(event, InstrumentListed):
            self._list(event)
        late_ts = self._move_time(event.ts)
        assert isinstance(value, dict), "an event that was read is an object"
        builder.append_event(self.ts, event, late_ts, value)

    def _list(self, event: InstrumentListed) -> None:
        try:
            self.instruments.add(event.instrument)
        except InputError:
            return  # every engine refuses it likewise, and says why
        self._know_instruments()

    def _know_instruments(self) -> None:
        self._listing = Listing(self.instruments)
        self._price_digits = {item.symbol: item.price_digits for item in self.instruments}

    # Returns the entry's own time when it comes too late for it.
    def _move_time(self, ts: int) -> int | None:
        if ts < self.ts:
            return ts
        self.ts = ts
        return None


def _is_tick(item: Input) -> bool:
    return item.source is not None and item.source.topic == TICKS


def _letter(item: Input, error: InputError, ts: int, event_id: str | None) -> Letter:
    place = item.place
    assert place is not None, f"the sequencer's own input was refused: {error}"
    raw = item.raw
    if isinstance(item.value, TickRow):
        error = error.under(item.value.path)
        raw = item.value.columns.shown(item.value.row)
    message = error.message
    if len(raw) > RAW_BYTES_MAX:
        message += f" (the original has {len(raw)} bytes and is cut)"
    source = Source.parse(place.source)
    letter = DeadLetter.from_error(
        InputError(error.code, message, error.path),
        raw[:RAW_BYTES_MAX],
        source.topic,
        offset=place.offset,
        partition=source.partition,
    )
    return Letter(letter, place, ts, event_id)
