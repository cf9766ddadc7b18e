"""Where a sequencer continues: everything it must know, read back from what it wrote."""

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from connectors.genesis import Genesis
from connectors.inputs import Place, Source
from connectors.journal import JournalReader, letters
from connectors.log.abstract import Log
from connectors.seen import SeenIds
from schemas.errors import InputError
from schemas.events import InstrumentListed, RulesetPublished
from schemas.instruments import InstrumentTable


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
    written: set[Place]


def resume(log: Log, sources: Iterable[Source], window_ns: int) -> Resumed:
    """Read the journal and the dead letters; the caller is the only one who may write them."""
    offsets = {source.name: log.start_offset(*source) for source in sources}
    genesis: Genesis | None = None
    instruments = InstrumentTable()
    rulesets: dict[str, str] = {}
    ids: list[tuple[int, str]] = []
    ts = 0
    reader = JournalReader(log)
    for entry in reader.rest():
        if entry.genesis is not None:
            genesis = entry.genesis
            instruments = genesis.instruments.copy()
            rulesets = {str(document.ref): document.hash for document in genesis.rulesets}
        for item in entry.frame.events:
            ids.append((int(entry.frame.ts[item.at]), item.event.event_id))
            if isinstance(item.event, InstrumentListed):
                with suppress(InputError):  # refused by every engine
                    instruments.add(item.event.instrument)
            elif isinstance(item.event, RulesetPublished):
                document = item.event.document
                rulesets.setdefault(str(document.ref), document.hash)
        ts = int(entry.frame.ts[-1]) if entry.frame.n else ts
    reader.close()
    offsets |= reader.sources
    written: set[Place] = set()
    for record, place in letters(log):
        told = dict(record.headers)
        if place.offset >= offsets.get(place.source, 0):
            written.add(place)  # read again, and then its id is seen
        elif "event_id" in told:
            ids.append((int(told["ts"]), told["event_id"].decode()))
    seen = SeenIds(window_ns)
    for at, event_id in sorted(ids):
        seen.first_time(event_id, at)
    begun = genesis is not None
    return Resumed(begun, offsets, reader.position, ts, instruments, rulesets, seen, written)
