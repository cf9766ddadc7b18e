"""Columns of ticks: how quotes travel from a market, or a recording, to the traders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from schemas.errors import InputError
from schemas.instruments import InstrumentTable
from schemas.ticks import TickMessage, scaled_price

Longs: TypeAlias = NDArray[np.int64]
Indexes: TypeAlias = NDArray[np.int32]

# One quote of an external stream: ns, symbol, and bid and ask in units of the last price digit.
Quote: TypeAlias = tuple[int, str, int, int]


@dataclass(frozen=True, slots=True)
class TickColumns:
    """A piece of the tick stream.

    Args:
        ts: int64[n], nanoseconds since the epoch, non-decreasing.
        symbol: int32[n], index into the instruments in listing order.
        bid, ask: int64[n], prices in units of the instrument's last price digit.
        horizon_ns: no later tick of the stream is earlier than this.
    """

    ts: Longs
    symbol: Indexes
    bid: Longs
    ask: Longs
    horizon_ns: int

    def __len__(self) -> int:
        return len(self.ts)


def price_text(points: int, digits: int) -> str:
    """Return an integer price as decimal text.

    >>> price_text(109037, 5), price_text(-5, 2), price_text(36800, 0)
    ('1.09037', '-0.05', '36800')
    """
    if digits == 0:
        return str(points)
    sign = "-" if points < 0 else ""
    padded = str(abs(points)).rjust(digits + 1, "0")
    return f"{sign}{padded[:-digits]}.{padded[-digits:]}"


def from_quotes(quotes: Iterable[Quote], symbols: list[str], rows: int) -> Iterator[TickColumns]:
    """Gather an external stream into columns of at most `rows` ticks.

    Quotes of unlisted symbols, crossed and non-positive ones are left out: nobody could trade on
    them, and whoever feeds the recording to the engine reports them. Times going backwards take
    the time before, as the contract has it.
    """
    index = {symbol: number for number, symbol in enumerate(symbols)}
    batch: list[tuple[int, int, int, int]] = []
    latest = 0
    for ts, symbol, bid, ask in quotes:
        number = index.get(symbol)
        if number is None or not 0 < bid <= ask:
            continue
        latest = max(latest, ts)
        batch.append((latest, number, bid, ask))
        if len(batch) == rows:
            yield _columns(batch, latest)
            batch = []
    if batch:
        yield _columns(batch, latest)


def quotes_of(ticks: Iterable[TickMessage], table: InstrumentTable) -> Iterator[Quote]:
    """Yield read ticks as quotes; unlisted symbols and over-precise prices are left out."""
    for tick in ticks:
        instrument = table.get(tick.symbol)
        if instrument is None:
            continue
        try:
            bid = scaled_price(tick.bid, instrument, "bid")
            ask = scaled_price(tick.ask, instrument, "ask")
        except InputError:
            continue  # whoever feeds the recording to the engine reports it
        yield tick.ts, tick.symbol, bid, ask


def _columns(batch: list[tuple[int, int, int, int]], horizon_ns: int) -> TickColumns:
    table = np.array(batch, dtype=np.int64)
    symbol = table[:, 1].astype(np.int32)
    return TickColumns(table[:, 0], symbol, table[:, 2], table[:, 3], horizon_ns)
