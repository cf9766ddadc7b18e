"""Fill a tape: tick by tick, the prices and the tree over them, in place."""

from typing import Any

import numpy as np

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
def _node_at(tape: Any, row: Any, level: Any, node: Any) -> Any:
    return row * tape.shape[STRIDE] + tape.offsets[level] + (node >> 3) * GROUP + (node & 7)


@inlined
def begin_row(tape: Any, row: Any, leaf: Any, price: Any) -> None:
    """Set every node over a leaf to one price: it is the first the row knows from here on."""
    node = leaf
    for level in range(tape.shape[LEVELS]):
        at = _node_at(tape, row, level, node)
        tape.nodes[at] = below(price)
        tape.nodes[at + 8] = above(price)
        node = node >> 3


@inlined
def _carry_into_leaf(tape: Any, row: Any, leaf: Any, price: Any) -> None:
    # A new leaf, and every node that begins with it, holds the price carried in.
    low, high = below(price), above(price)
    node = leaf
    for level in range(tape.shape[LEVELS]):
        at = _node_at(tape, row, level, node)
        tape.nodes[at] = low
        tape.nodes[at + 8] = high
        if node & 7 != 0:
            break
        node = node >> 3


@inlined
def _open_leaf(tape: Any, leaf: Any) -> None:
    symbols = tape.shape[SYMBOLS]
    for symbol in range(symbols):
        carried = np.int64(tape.last_row[symbol])
        tape.opens[leaf * symbols + symbol] = carried
        for series in range(4):
            row = np.int64(tape.row_of[symbol * 4 + series])
            if row >= 0:
                _carry_into_leaf(tape, row, leaf, tape.prices[carried * 4 + series])


@inlined
def _widen_leaf(tape: Any, row: Any, leaf: Any, price: Any) -> None:
    at = _node_at(tape, row, 0, leaf)
    tape.nodes[at] = min(tape.nodes[at], below(price))
    tape.nodes[at + 8] = max(tape.nodes[at + 8], above(price))


@inlined
def _widen_parents(tape: Any, row: Any, leaf: Any) -> None:
    # Up to the first node that covers the leaf already: those above it do too.
    at = _node_at(tape, row, 0, leaf)
    low, high = tape.nodes[at], tape.nodes[at + 8]
    node = leaf
    for level in range(1, tape.shape[LEVELS]):
        node = node >> 3
        at = _node_at(tape, row, level, node)
        if low >= tape.nodes[at] and high <= tape.nodes[at + 8]:
            break
        tape.nodes[at] = min(tape.nodes[at], low)
        tape.nodes[at + 8] = max(tape.nodes[at + 8], high)


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


@inlined
def _put_price(tape: Any, row: Any, leaf: Any, before: Any, price: Any) -> None:
    if before < 0:
        begin_row(tape, row, leaf, price)
    else:
        _widen_leaf(tape, row, leaf, price)


@kernel
def use_series(tape: Any, series: Any, row: Any) -> None:
    """Give a series a row of nodes, over all ticks the tape already holds."""
    tape.row_of[series] = row
    symbols, bits = tape.shape[SYMBOLS], tape.shape[LEAF_BITS]
    symbol, kind = np.int64(series >> 2), np.int64(series & 3)
    price = tape.prices[series]
    for tick in range(tape.shape[COUNT]):
        leaf = tick >> bits
        if leaf << bits == tick:
            _carry_into_leaf(tape, np.int64(row), leaf, price)
        if tape.symbol[tick] == symbol:
            before, price = price, tape.prices[(symbols + tick) * 4 + kind]
            if price >= 0:
                _put_price(tape, np.int64(row), leaf, before, price)
                _widen_parents(tape, np.int64(row), leaf)


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
def _append_one(tape: Any, tick: Any, s: Any, bid: Any, ask: Any, last: Any) -> Any:
    # Write one tick into its leaf; returns whether it widened the symbol's limits.
    symbols = tape.shape[SYMBOLS]
    leaf = tick >> tape.shape[LEAF_BITS]
    before = np.int64(tape.last_row[s]) * 4
    at = (symbols + tick) * 4
    low, high = min(bid, ask), max(bid, ask)
    tape.symbol[tick] = s
    tape.prices[at] = bid
    tape.prices[at + 1] = ask
    tape.prices[at + 2] = bid + ask
    tape.prices[at + 3] = tape.prices[before + 3]
    if last >= 0:
        tape.prices[at + 3] = last
        low, high = min(low, last), max(high, last)
    for series in range(4):
        row = np.int64(tape.row_of[s * 4 + series])
        price = tape.prices[at + series]
        if row >= 0 and price >= 0:
            _put_price(tape, row, leaf, tape.prices[before + series], price)
    tape.last_row[s] = symbols + tick
    return _check_limits(tape, s, low, high)


@kernel
def append(tape: Any, symbol: Any, bid: Any, ask: Any, last: Any, widened: Any) -> None:
    """Append ticks to the tape.

    Args:
        tape: TapeColumns with room for them.
        symbol: int32[k].
        bid: int64[k].
        ask: int64[k].
        last: int64[k], -1 where the tick has none.
        widened: uint8[symbols], set to 1 where a price passed the symbol's limits.
    """
    bits = tape.shape[LEAF_BITS]
    begin = tape.shape[COUNT]
    end = begin + symbol.shape[0]
    tick = begin
    while tick < end:
        # One leaf at a time: first its own bounds, then those of the nodes above it.
        leaf = tick >> bits
        first, stop = tick, min(end, (leaf + 1) << bits)
        if leaf << bits == tick:
            _open_leaf(tape, leaf)
        while tick < stop:
            i = tick - begin
            s = np.int64(symbol[i])
            if _append_one(tape, tick, s, bid[i], ask[i], last[i]) != 0:
                widened[s] = 1
            tick = tick + 1
        for done in range(first, stop):
            for series in range(4):
                row = np.int64(tape.row_of[np.int64(tape.symbol[done]) * 4 + series])
                if row >= 0:
                    _widen_parents(tape, row, leaf)
    tape.shape[COUNT] = end


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
