"""A whole frame in one call, where nothing but its ticks can matter.

Most live frames are a few ticks that reach nobody, and then the call itself is what they cost.
"""

from typing import Any

import numpy as np

from rules.engine.columns import COUNT, SYMBOLS
from rules.engine.due import due
from rules.engine.frame_columns import MANY_DUE, REFUSED
from rules.engine.jit import inlined, kernel
from rules.engine.tape_kernels import append
from rules.engine.visit import visit


@inlined
def _plain(tape: Any, market: Any, ticks: Any, i: Any) -> Any:
    # Whether a tick is neither the first of its instrument nor outside what legs were prepared for.
    symbol, last = np.int64(ticks.symbol[i]), ticks.last[i]
    if symbol >= min(market.latest.shape[0], tape.shape[SYMBOLS]):
        return False
    if market.latest[symbol]["at"] == 0:
        return False
    low, high = tape.limits[symbol * 2], tape.limits[symbol * 2 + 1]
    if ticks.bid[i] < low or ticks.ask[i] > high:
        return False
    return last < 0 or (market.traded[symbol]["at"] > 0 and low <= last <= high)


@inlined
def _note(record: Any, ticks: Any, first: Any, i: Any) -> None:
    record["at"] = first + ticks.at[i]
    record["ts"] = ticks.ts[ticks.at[i]]
    record["bid"] = ticks.bid[i]
    record["ask"] = ticks.ask[i]
    record["last"] = ticks.last[i]


@kernel
def note_latest(market: Any, ticks: Any, first: Any) -> None:
    """Make the ticks of a frame the latest: MarketColumns, TickColumns, its first position."""
    # From the end: what is of this frame already is later.
    for i in range(ticks.symbol.shape[0] - 1, -1, -1):
        symbol = np.int64(ticks.symbol[i])
        if market.latest[symbol]["at"] < first:
            _note(market.latest[symbol], ticks, first, i)
        if ticks.last[i] >= 0 and market.traded[symbol]["at"] < first:
            _note(market.traded[symbol], ticks, first, i)


@kernel
def pass_frame(
    tape: Any,
    fill: Any,
    book: Any,
    bands: Any,
    frame: Any,
    work: Any,
    market: Any,
    ticks: Any,
    out: Any,
    state: Any,
) -> Any:
    """Append ticks, ask who left a band, and visit those accounts up to the tape's end.

    Args:
        tape: TapeColumns with room for the ticks.
        fill: FillScratch.
        book: BookColumns.
        bands: BandColumns.
        frame: FrameColumns, scratch.
        work: Scratch.
        market: MarketColumns; the ticks become the latest where nothing stops.
        ticks: TickColumns.
        out: FoundColumns.
        state: (entries in the queue, ticks scanned, ticks on earlier tapes, first position).

    Returns:
        (accounts that stopped, new size of the queue). `REFUSED`: a tick needs more care, nothing
        was done. `MANY_DUE`: more accounts are due than `out` has room for, none was visited.
    """
    size, scanned, base, first = state
    count = ticks.symbol.shape[0]
    for i in range(count):
        if not _plain(tape, market, ticks, i):
            return REFUSED, size
    for i in range(count):
        out.positions[scanned + i] = first + ticks.at[i]
    append(tape, fill, ticks.symbol, ticks.bid, ticks.ask, ticks.last, out.widened)
    size = due(tape, book, bands, frame, out.queue, size, scanned)
    if size > out.stops.shape[0]:
        return MANY_DUE, size
    end = tape.shape[COUNT]
    visit(tape, book, bands, work, out.queue, size, end, (end, base), False, out.stops)
    hits = 0
    for i in range(size):
        if out.stops[i] >= 0:
            out.stopped[hits] = out.queue[i]
            out.stops[hits] = out.stops[i]
            hits = hits + 1
    if hits == 0:
        note_latest(market, ticks, first)
    return hits, size
