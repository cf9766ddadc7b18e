"""Instruments that are listed during a journal, found before it is read.

Ticks are checked against their instrument at the door, so the door must know what the event files
will list, and from when on: a first look at those files, only if they list anything.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from connectors.event_file import EventFile
from connectors.files import ByteSource
from connectors.recording.listing import Listing
from schemas.errors import InputError
from schemas.events import InstrumentListed
from schemas.instruments import Instrument, InstrumentTable

_MARKS = (b"instrument.listed", b"\\u")  # the second might spell the first in another way


class _Listed(NamedTuple):
    ts: int
    instrument: Instrument


def listing_of(
    table: InstrumentTable, event_files: Sequence[Path]
) -> tuple[Listing, InstrumentTable]:
    """Return what ticks may name, and the table of all instruments the journal will list.

    A listing that the engine will refuse lists nothing: other content under a known symbol, or a
    conversion through a symbol that is not listed.

    Raises:
        BadFile: an event file cannot be read.
    """
    files = [path for path in event_files if path.is_file() and _mentions_listing(path)]
    if not files:
        return Listing(table), table
    # First every instrument there might be, so that no event seems to name an unknown symbol and
    # loses its place in time; then, with the times known, the listings in the journal's order.
    wide = table.copy()
    for listed in (found for path in files for found in _listings(path, wide)):
        _try_add(wide, listed.instrument)
    timed = [found for path in files for found in _listings(path, wide)]
    complete, since = table.copy(), dict[str, int]()
    for listed in sorted(timed, key=lambda found: found.ts):
        if _try_add(complete, listed.instrument):
            since[listed.instrument.symbol] = listed.ts
    return Listing(complete, since), complete


def _mentions_listing(path: Path) -> bool:
    source = ByteSource(path)
    found = any(mark in block.data for block in source.blocks() for mark in _MARKS)
    source.close()
    return found


def _listings(path: Path, table: InstrumentTable) -> Iterator[_Listed]:
    for batch in EventFile(ByteSource(path), table).batches():
        for ts, read in zip(batch.ts.tolist(), batch.events, strict=True):
            if isinstance(read.event, InstrumentListed):
                yield _Listed(ts, read.event.instrument)


def _try_add(table: InstrumentTable, instrument: Instrument) -> bool:
    """Tell whether this listing is new."""
    known = instrument.symbol in table
    try:
        table.add(instrument)
    except InputError:
        return False
    return not known
