"""Which accounts must be visited: one compare per holder of a series the new ticks touched."""

from typing import Any

import numpy as np

from rules.engine.columns import COUNT, PRESENT, QUEUED, QUIET, SYMBOLS
from rules.engine.jit import inlined, kernel
from rules.engine.tape_kernels import above, below
from rules.engine.value import equity_at

_BLOCK = 16


@inlined
def _enqueue(book: Any, queue: Any, size: Any, account: Any, scanned: Any) -> Any:
    # An account that is not quiet is in the queue already.
    record = book.accounts[account]
    if record["flags"] & QUIET == 0:
        return size
    record["flags"] = (record["flags"] | QUEUED) & ~QUIET
    record["checked"] = scanned
    queue[size] = account
    return size + 1


@inlined
def _spread(tape: Any, frame: Any, scanned: Any) -> Any:
    # Lowest and highest price of every series since `scanned`; returns the number of symbols
    # touched.
    touched = 0
    for tick in range(scanned, tape.shape[COUNT]):
        symbol = np.int64(tape.symbol[tick])
        row = (tape.shape[SYMBOLS] + tick) * 4
        if frame.seen[symbol] == 0:
            frame.seen[symbol] = 1
            frame.touched[touched] = symbol
            touched = touched + 1
            for j in range(4):
                frame.low[symbol * 4 + j] = tape.prices[row + j]
                frame.high[symbol * 4 + j] = tape.prices[row + j]
            continue
        for j in range(4):
            price = tape.prices[row + j]
            frame.low[symbol * 4 + j] = min(frame.low[symbol * 4 + j], price)
            frame.high[symbol * 4 + j] = max(frame.high[symbol * 4 + j], price)
    return touched


@inlined
def _learn_move(bands: Any, frame: Any, series: Any, price: Any) -> None:
    # The usual move only shares room between legs; it never decides anything.
    if price < 0:
        return
    moved = np.float64(price - frame.close[series])
    if bands.moved[series] == 0.0:
        moved = np.float64(price) * 1e-5
    frame.close[series] = price
    bands.moved[series] += moved * moved
    bands.move[series] = np.sqrt(bands.moved[series]) + np.float64(price) * 1e-9


@inlined
def _ask_holders(
    book: Any, bands: Any, frame: Any, queue: Any, size: Any, series: Any, scanned: Any
) -> Any:
    # Sixteen at a time: most blocks hold nobody whose band was left.
    low, high = below(frame.low[series]), above(frame.high[series])
    entry = np.int64(bands.start[series])
    end = entry + bands.used[series]
    while entry < end:
        stop = min(entry + _BLOCK, end)
        if stop - entry == _BLOCK:
            left = np.int32(0)
            for i in range(_BLOCK):
                place = np.uint64(entry + i)
                left |= np.int32(low < bands.low[place]) | np.int32(high > bands.high[place])
            if left == 0:
                entry = stop
                continue
        for at in range(entry, stop):
            if low < bands.low[at] or high > bands.high[at]:
                size = _enqueue(book, queue, size, np.int64(bands.account[at]), scanned)
        entry = stop
    return size


@kernel
def due(tape: Any, book: Any, bands: Any, frame: Any, queue: Any, size: Any, scanned: Any) -> Any:
    """Add to the queue every account whose band was left by ticks [scanned, count).

    Args:
        tape: TapeColumns.
        book: BookColumns.
        bands: BandColumns.
        frame: FrameColumns, scratch.
        queue: int32[accounts], accounts to visit.
        size: entries in use; those no longer QUEUED are dropped first.
        scanned: ticks that were scanned before.

    Returns:
        The new size.
    """
    kept = 0
    for i in range(size):
        account = book.accounts[queue[i]]
        if account["flags"] & (QUIET | PRESENT) == PRESENT:
            queue[kept] = queue[i]
            kept = kept + 1
        else:
            account["flags"] = account["flags"] & ~QUEUED
    touched = _spread(tape, frame, scanned)
    for i in range(touched):
        symbol = np.int64(frame.touched[i])
        frame.seen[symbol] = 0
        row = np.int64(tape.last_row[symbol]) * 4
        for series in range(symbol * 4, symbol * 4 + 4):
            kept = _ask_holders(book, bands, frame, queue, kept, series, scanned)
            _learn_move(bands, frame, series, tape.prices[row + (series & 3)])
    return kept


@kernel
def unsettled(book: Any, to: Any, scanned: Any, out: Any) -> Any:
    """Find the accounts that are not exact at tick `to`: out is int32[accounts].

    Those that are exact without a search are marked so. Returns how many are not.

    An account that rests below a ceiling no higher than its maximum is exact as it is.
    """
    size = 0
    for i in range(book.accounts.shape[0]):
        account = book.accounts[i]
        if account["flags"] & PRESENT == 0:
            continue
        resting = account["flags"] & QUIET and scanned >= to
        if resting and account["ceiling"] <= account["high"]:
            account["settled"] = max(account["settled"], to)
        if account["settled"] < to:
            out[size] = i
            size = size + 1
    return size


@kernel
def restart(book: Any, count: Any) -> None:
    """Carry settled accounts over to an empty tape; one that is not would lose its past."""
    for i in range(book.accounts.shape[0]):
        account = book.accounts[i]
        if account["flags"] & PRESENT and account["settled"] < count:
            raise AssertionError("an account is not settled at the end of its tape")
        account["settled"] = 0
        account["checked"] = 0


@kernel
def equities(tape: Any, book: Any, accounts: Any, at: Any, out: Any) -> None:
    """Write the exact equity of accounts, each after ticks [0, at): int32[k], int64[k] twice."""
    for i in range(accounts.shape[0]):
        out[i] = equity_at(tape, book, book.accounts[accounts[i]], at[i])
