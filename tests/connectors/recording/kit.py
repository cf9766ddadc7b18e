"""Small recordings, and all that a reader makes of one."""

from pathlib import Path
from typing import Any, NamedTuple

from connectors.files import ByteSource
from connectors.recording.batch import TickFile
from connectors.recording.csv_file import CsvTicks
from connectors.recording.listing import Listing
from connectors.recording.open import open_recording
from schemas.instruments import InstrumentTable

HEADER = "ts,symbol,bid,ask"
TABLE = InstrumentTable.parse(
    [
        {"symbol": "EURUSD", "base": "EUR", "quote": "USD", "price_digits": "5", "qty_digits": "2"},
        {"symbol": "XAUUSD", "base": "XAU", "quote": "USD", "price_digits": "3", "qty_digits": "2"},
        {"symbol": "JPN225", "base": "JPN", "quote": "JPY", "price_digits": "0", "qty_digits": "1"},
        {"symbol": "PEPE", "base": "PEPE", "quote": "USD", "price_digits": "8", "qty_digits": "0"},
    ]
)
LISTING = Listing(TABLE)


class Tick(NamedTuple):
    ts: int
    symbol: str
    bid: int
    ask: int
    last: int


class Content(NamedTuple):
    """A recording as read: good ticks, late ones by index, dead letters as (line, code, path)."""

    ticks: list[Tick]
    late: dict[int, int]
    letters: list[tuple[int, str, str]]
    raws: list[str]


def read(file: TickFile, listing: Listing = LISTING) -> Content:
    """Read a whole recording."""
    names = list(listing.ids)
    content = Content([], {}, [], [])
    for batch in file.batches():
        start = len(content.ticks)
        content.late.update({start + at: own for at, own in batch.late.items()})
        columns = (batch.ts, batch.symbol, batch.bid, batch.ask, batch.last)
        for ts, symbol, bid, ask, last in zip(*(c.tolist() for c in columns), strict=True):
            content.ticks.append(Tick(ts, names[symbol], bid, ask, last))
        for _, letter in batch.letters:
            content.letters.append((letter.line, letter.code, letter.path))
            content.raws.append(letter.raw)
    return content


def read_path(path: Path, listing: Listing = LISTING) -> Content:
    """Read a whole recording from its file."""
    return read(open_recording(path, listing), listing)


def read_csv(folder: Path, data: bytes | str, **options: Any) -> Content:
    """Read a recording from the bytes of its CSV."""
    path = folder / "ticks.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read(CsvTicks(ByteSource(path), LISTING, **options))
