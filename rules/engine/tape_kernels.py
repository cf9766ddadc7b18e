"""Fill a tape: the prices tick by tick, then the tree over them series by series.

Nodes of one series lie side by side, so a series is filled in one sweep over its own ticks: leaves
first, with the price carried into each, then each level from the one below it. A price never seen
is negative; it counts for nothing in the nodes above.
"""

from typing import Any

import numpy as np

from rules.engine import lanes
from rules.engine.columns import (
    COUNT,
    GROUP,
    LEAF_BITS,
    LEVELS,
    STRIDE,
    SYMBOLS,
)
from rules.engine.jit import inlined, kernel
from rules.engine.value import row_at

# Whole numbers up to here are exact in float32.
_EXACT = 16777216.0
_DOWN = 1.0 - 2.0**-23
_UP = 1.0 + 2.0**-23
_BLOCK = 4096


@inlined
def below(price: Any) -> Any:
    """Return a float32 that is not above a positive price."""
    p = np.float64(price)
    return np.float32(p if p <= _EXACT else p * _DOWN)


@inlined
def above(price: Any) -> Any:
    """Return a float32 that is not below a positive price."""
    p = np.float64(price)
    return np.float32(p if p <= _EXACT else p * _UP)


@inlined
def _leaf_at(tape: Any, row: Any, leaf: Any) -> Any:
    return row * tape.shape[STRIDE] + (leaf >> 3) * GROUP + (leaf & 7)


@inlined
def _fill_leaves(tape: Any, work: Any, series: Any, mine: Any, span: Any, price: Any) -> None:
    # Fill the leaves of ticks [span[0], span[1]), the series' own ticks being
    # work.order[mine[0]:mine[1]] after span[0]; `price` prevailed before them.
    row, kind = np.int64(tape.row_of[series]), series & 3
    bits, prices = tape.shape[LEAF_BITS], tape.shape[SYMBOLS] + span[0]
    leaf, last = span[0] >> bits, (span[1] - 1) >> bits
    at = _leaf_at(tape, row, leaf)
    low, high = below(price), above(price)
    if leaf << bits < span[0]:
        low, high = tape.nodes[at], tape.nodes[at + 8]
    for i in range(mine[0], mine[1]):
        tick = np.int64(work.order[i])
        own = (span[0] + tick) >> bits
        while leaf < own:
            tape.nodes[at] = low
            tape.nodes[at + 8] = high
            leaf = leaf + 1
            at = _leaf_at(tape, row, leaf)
            low, high = below(price), above(price)
        before, price = price, tape.prices[(prices + tick) * 4 + kind]
        if before < 0:
            low, high = below(price), above(price)
        else:
            low, high = min(low, below(price)), max(high, above(price))
    while True:
        tape.nodes[at] = low
        tape.nodes[at + 8] = high
        if leaf == last:
            break
        leaf = leaf + 1
        at = _leaf_at(tape, row, leaf)
        low, high = below(price), above(price)


@inlined
def _raise_nodes(tape: Any, row: Any, first: Any, last: Any) -> None:
    # Every node above leaves first to last, from its children.
    base = row * tape.shape[STRIDE]
    for level in range(1, tape.shape[LEVELS]):
        below_at = base + tape.offsets[level - 1]
        level_at = base + tape.offsets[level]
        children = last + 1
        first, last = first >> 3, last >> 3
        for node in range(first, last + 1):
            group = below_at + node * GROUP
            if children - node * 8 >= 8:
                low = lanes.least_seen(lanes.pick(tape.nodes, group))
                high = lanes.greatest(lanes.pick(tape.nodes, group + 8))
            else:
                low, high = np.float32(np.inf), np.float32(-1.0)
                for child in range(children - node * 8):
                    low = min(low, lanes.seen(tape.nodes[group + child]))
                    high = max(high, tape.nodes[group + 8 + child])
            at = level_at + (node >> 3) * GROUP + (node & 7)
            tape.nodes[at] = low
            tape.nodes[at + 8] = high


@inlined
def _fill_series(tape: Any, work: Any, series: Any, mine: Any, span: Any, before: Any) -> None:
    if tape.row_of[series] < 0:
        return
    bits = tape.shape[LEAF_BITS]
    price = tape.prices[before * 4 + (series & 3)]
    _fill_leaves(tape, work, series, mine, span, price)
    row = np.int64(tape.row_of[series])
    _raise_nodes(tape, row, span[0] >> bits, (span[1] - 1) >> bits)


@inlined
def _check_limits(tape: Any, symbol: Any, low: Any, high: Any) -> Any:
    # The first price sets the limits, a later one outside them widens them; returns whether it did.
    at = symbol * 2
    if tape.limits[at + 1] == 0:
        tape.limits[at] = max(low >> 3, 1)
        tape.limits[at + 1] = high << 3
        return 0
    outside = 0
    if low < tape.limits[at]:
        tape.limits[at] = max(low >> 3, 1)
        outside = 1
    if high > tape.limits[at + 1]:
        tape.limits[at + 1] = high << 3
        outside = 1
    return outside


@kernel
def use_series(tape: Any, work: Any, series: Any, row: Any) -> None:
    """Give a series a row of nodes, over all ticks the tape already holds."""
    tape.row_of[series] = row
    symbol, count = np.int64(series >> 2), tape.shape[COUNT]
    mine = 0
    for tick in range(count):
        if tape.symbol[tick] == symbol:
            work.order[mine] = tick
            mine = mine + 1
    if count > 0:
        _fill_series(tape, work, np.int64(series), (0, mine), (0, count), symbol)


@kernel
def carry(tape: Any, symbol: Any, bid: Any, ask: Any, last: Any) -> Any:
    """Set the price carried into an empty tape; returns whether it widened the symbol's limits."""
    tape.prices[symbol * 4] = bid
    tape.prices[symbol * 4 + 1] = ask
    tape.prices[symbol * 4 + 2] = bid + ask if bid >= 0 else -1
    tape.prices[symbol * 4 + 3] = last
    tape.last_row[symbol] = symbol
    if bid < 0:
        return 0
    low, high = min(bid, ask), max(bid, ask)
    if last >= 0:
        low, high = min(low, last), max(high, last)
    return _check_limits(tape, symbol, low, high)


@inlined
def _sort(tape: Any, work: Any, span: Any) -> None:
    # work.order: the ticks of span by symbol, in order; those of symbol s end at work.ends[s].
    symbols = tape.shape[SYMBOLS]
    for s in range(symbols):
        work.ends[s] = 0
    for tick in range(span[0], span[1]):
        work.ends[tape.symbol[tick]] += 1
    begin = np.int64(0)
    for s in range(symbols):
        begin, work.ends[s] = np.int64(begin + work.ends[s]), begin
    for tick in range(span[0], span[1]):
        symbol = np.int64(tape.symbol[tick])
        work.order[work.ends[symbol]] = tick - span[0]
        work.ends[symbol] += 1


@inlined
def _fill_nodes(tape: Any, work: Any, span: Any) -> None:
    # All series a tick of span touched; every series when a leaf begins in it.
    bits = tape.shape[LEAF_BITS]
    opened = ((span[1] - 1) >> bits) << bits >= span[0]
    _sort(tape, work, span)
    first = np.int64(0)
    for s in range(tape.shape[SYMBOLS]):
        stop = np.int64(work.ends[s])
        if stop > first or opened:
            before = np.int64(work.before[s])
            for series in range(s * 4, s * 4 + 4):
                _fill_series(tape, work, series, (first, stop), span, before)
        first = stop


@inlined
def _append_one(tape: Any, tick: Any, s: Any, bid: Any, ask: Any, last: Any) -> Any:
    # Write one tick; returns whether it widened the symbol's limits.
    symbols = tape.shape[SYMBOLS]
    at = (symbols + tick) * 4
    low, high = min(bid, ask), max(bid, ask)
    tape.symbol[tick] = s
    tape.prices[at] = bid
    tape.prices[at + 1] = ask
    tape.prices[at + 2] = bid + ask
    if last >= 0:
        tape.prices[at + 3] = last
        low, high = min(low, last), max(high, last)
    else:
        tape.prices[at + 3] = tape.prices[np.int64(tape.last_row[s]) * 4 + 3]
    tape.last_row[s] = symbols + tick
    return _check_limits(tape, s, low, high)


@kernel
def append(tape: Any, work: Any, symbol: Any, bid: Any, ask: Any, last: Any, widened: Any) -> None:
    """Append ticks to the tape.

    Args:
        tape: TapeColumns with room for them.
        work: FillScratch.
        symbol: int32[k].
        bid: int64[k].
        ask: int64[k].
        last: int64[k], -1 where the tick has none.
        widened: uint8[symbols], set to 1 where a price passed the symbol's limits.
    """
    bits, symbols = tape.shape[LEAF_BITS], tape.shape[SYMBOLS]
    begin = tape.shape[COUNT]
    end = begin + symbol.shape[0]
    while tape.shape[COUNT] < end:
        # A block at a time: its prices are still near when the nodes are filled from them.
        first = tape.shape[COUNT]
        stop = min(end, first + _BLOCK)
        for s in range(symbols):
            work.before[s] = tape.last_row[s]
        for tick in range(first, stop):
            if (tick >> bits) << bits == tick:
                leaf_at = (tick >> bits) * symbols
                for s in range(symbols):
                    tape.opens[leaf_at + s] = tape.last_row[s]
            i = tick - begin
            own = np.int64(symbol[i])
            if _append_one(tape, tick, own, bid[i], ask[i], last[i]) != 0:
                widened[own] = 1
        _fill_nodes(tape, work, (first, stop))
        tape.shape[COUNT] = stop


@kernel
def restart(tape: Any) -> None:
    """Empty the tape: its closing prices become those carried in."""
    for symbol in range(tape.shape[SYMBOLS]):
        row = np.int64(tape.last_row[symbol])
        for series in range(4):
            tape.prices[symbol * 4 + series] = tape.prices[row * 4 + series]
        tape.last_row[symbol] = symbol
    tape.shape[COUNT] = 0


@kernel
def find_row(tape: Any, symbol: Any, at: Any) -> Any:
    """Return the row of `tape.prices` that prevails for a symbol after ticks [0, at)."""
    return row_at(tape, symbol, at)


@kernel
def outgrown(tape: Any, symbol: Any, bid: Any, ask: Any, last: Any, out: Any) -> Any:
    """Mark the symbols whose ticks pass the prices their legs are prepared for.

    Args:
        tape: TapeColumns.
        symbol: int32[k].
        bid: int64[k].
        ask: int64[k].
        last: int64[k], -1 where a tick has none.
        out: uint8[symbols], 1 where one does.

    Returns:
        How many ticks do.
    """
    count = 0
    for i in range(symbol.shape[0]):
        low, high = tape.limits[symbol[i] * 2], tape.limits[symbol[i] * 2 + 1]
        lowest, highest = bid[i], ask[i]
        if last[i] >= 0:
            lowest, highest = min(lowest, last[i]), max(highest, last[i])
        if high > 0 and (lowest < low or highest > high):
            out[symbol[i]] = 1
            count = count + 1
    return count
