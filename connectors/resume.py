"""Where a sequencer continues: everything it must know, read back from what it wrote.

A base spares it all but the tail: it holds what was known at a place of the journal.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple

import orjson

from connectors.inputs import Place as InputPlace
from connectors.inputs import Source
from connectors.journal import (
    BEGINNING,
    SEQUENCER_PARTITION,
    Entry,
    JournalReader,
    Place,
)
from connectors.log.abstract import Log, LogReader, Record
from connectors.seen import SeenIds
from schemas.errors import InputError
from schemas.events import InstrumentListed, RulesetPublished
from schemas.instruments import InstrumentTable
from schemas.topics import DEAD_LETTERS

_PATIENCE_S = 0.5
_RECORDS = 256
_MANY_IDS = 100_000


class Resumed(NamedTuple):
    """The end of a journal.

    Attributes:
        begun: whether there is a journal at all.
        offsets: by source name, the next record to read.
        position: of the next entry.
        ts: time of the last entry.
        instruments: those listed.
        rulesets: versions published, by `id@version`, with the hash of their content.
        seen: event ids of the window.
        written: dead letters, by their inputs' places, of inputs no frame has covered yet.
    """

    begun: bool
    offsets: dict[str, int]
    position: int
    ts: int
    instruments: InstrumentTable
    rulesets: dict[str, str]
    seen: SeenIds
    written: set[InputPlace]


class Known(NamedTuple):
    """What a sequencer knows at a place of the journal.

    Attributes:
        place: where that is.
        letters: offset behind the dead letters of the frames before it.
        ts: time of the last entry.
        instruments: those listed.
        rulesets: versions published, with the hash of their content.
        ids: event ids of the window, and the time from which each is known, ascending.
    """

    place: Place
    letters: int
    ts: int
    instruments: InstrumentTable
    rulesets: Mapping[str, str]
    ids: list[tuple[int, str]]


class Tail:
    """Follows a journal and its dead letters from a place on.

    Args:
        log: where they are.
        window_ns: so long event ids are remembered, in journal time.
        known: what is known there; from the beginning, when left out.
    """

    def __init__(self, log: Log, window_ns: int, known: Known | None = None) -> None:
        if known is None:
            start = log.start_offset(DEAD_LETTERS, SEQUENCER_PARTITION)
            known = Known(BEGINNING, start, 0, InstrumentTable(), {}, [])
        self._log, self._window_ns = log, window_ns
        self._begun = known.place.offset > 0
        self._ts = known.ts
        self._instruments = known.instruments
        self._rulesets = dict(known.rulesets)
        self._ids = list(known.ids)
        self._reader = JournalReader(log, known.place)
        self._letters: LogReader = log.reader(DEAD_LETTERS, SEQUENCER_PARTITION, known.letters)
        self._uncovered: dict[InputPlace, tuple[int, str | None]] = {}

    def follow(self) -> None:
        """Read what is there now."""
        # Frames first: their dead letters were durable before them, so then all of those are there.
        for entry in self._reader.rest():
            self._take(entry)
        end = self._log.end_offset(DEAD_LETTERS, SEQUENCER_PARTITION)
        while self._letters.position < end:
            for record in self._letters.read(_RECORDS, _PATIENCE_S):
                told = dict(record.headers)
                event_id = told["event_id"].decode() if "event_id" in told else None
                self._uncovered[_about(record)] = (int(told["ts"]), event_id)
        for place in [one for one in self._uncovered if self._covers(one)]:
            ts, event_id = self._uncovered.pop(place)
            if event_id is not None:
                self._ids.append((ts, event_id))
        if len(self._ids) > _MANY_IDS:
            self._ids = [one for one in self._ids if one[0] >= self._ts - self._window_ns]

    def resumed(self, sources: Iterable[Source]) -> Resumed:
        """Return what is known at the end; the caller is the only one who may write by now."""
        self.follow()
        offsets = {source.name: self._log.start_offset(*source) for source in sources}
        offsets |= self._reader.sources
        seen = SeenIds(self._window_ns)
        for at, event_id in sorted(self._ids):
            seen.first_time(event_id, at)
        return Resumed(
            self._begun,
            offsets,
            self._reader.position,
            self._ts,
            self._instruments,
            self._rulesets,
            seen,
            set(self._uncovered),  # read again, and then their ids are seen
        )

    def close(self) -> None:
        """Close the readers."""
        self._reader.close()
        self._letters.close()

    def _covers(self, place: InputPlace) -> bool:
        return place.offset < self._reader.sources.get(place.source, 0)

    def _take(self, entry: Entry) -> None:
        if entry.genesis is not None:
            self._begun = True
            self._instruments = entry.genesis.instruments.copy()
            self._rulesets = {str(one.ref): one.hash for one in entry.genesis.rulesets}
        for item in entry.frame.events:
            self._ids.append((int(entry.frame.ts[item.at]), item.event.event_id))
            if isinstance(item.event, InstrumentListed):
                with suppress(InputError):  # refused by every engine
                    self._instruments.add(item.event.instrument)
            elif isinstance(item.event, RulesetPublished):
                document = item.event.document
                self._rulesets.setdefault(str(document.ref), document.hash)
        self._ts = int(entry.frame.ts[-1]) if entry.frame.n else self._ts


def _about(letter: Record) -> InputPlace:
    """Return the place of the input that a dead letter of the sequencer is about."""
    told = orjson.loads(letter.value)
    source = Source(told["source"], told["partition"]).name
    return InputPlace.of_letter(source, told["offset"], told["path"])
