"""Bind an account's legs to the tape and to the band pool, and fold its rules into its record."""

from typing import Any

import numpy as np

from rules.engine.columns import CONVERTED, EXACT, MID, PRESENT, QUEUED, QUIET, REAL
from rules.engine.jit import inlined, kernel
from rules.engine.rows import arm_rows

_FLOAT_EXACT = 9007199254740992.0


@inlined
def _measure(book: Any, account: Any) -> Any:
    # Set the slack of the account's bounds; returns whether all its money stays in range.
    gross = abs(np.float64(account["base"]))
    error, exact = 0.0, True
    start = account["leg_start"]
    for i in range(account["leg_count"]):
        leg = book.legs[start + i]
        gross += np.float64(leg["gross"])
        error += np.float64(leg["error"])
        exact = exact and leg["kind"] & EXACT != 0
    account["slack"] = 0.0 if exact and gross < _FLOAT_EXACT else error + gross * 2.0**-46 + 1.0
    return gross + abs(np.float64(account["balance"])) < np.float64(REAL)


@kernel
def arm(book: Any, queue: Any, size: Any, accounts: Any, at: Any) -> Any:
    """Make accounts ready after their balance, legs or rows were written, and queue them.

    Args:
        book: BookColumns.
        queue: int32[accounts], accounts to visit.
        size: entries in use.
        accounts: int32[k].
        at: int64[k], tick index from which each account is as written.

    Returns:
        (new size, accounts that are out of range: they are dropped).
    """
    refused = 0
    for i in range(accounts.shape[0]):
        account = book.accounts[accounts[i]]
        arm_rows(account, book.rows)
        account["settled"] = at[i]
        account["checked"] = at[i]
        account["flags"] = (account["flags"] | PRESENT) & ~QUIET
        if not _measure(book, account):
            account["flags"] = account["flags"] & QUEUED
            refused = refused + 1
            continue
        if account["flags"] & QUEUED == 0:
            account["flags"] = account["flags"] | QUEUED
            queue[size] = accounts[i]
            size = size + 1
    return size, refused


@inlined
def _add_entry(bands: Any, series: Any, account: Any, slot: Any) -> Any:
    if bands.used[series] == bands.room[series]:
        return -1
    entry = np.int64(bands.start[series] + bands.used[series])
    bands.used[series] += 1
    bands.account[entry] = account
    bands.slot[entry] = slot
    bands.low[entry] = np.float32(-np.inf)
    bands.high[entry] = np.float32(np.inf)
    return entry


@inlined
def _remove_entry(book: Any, bands: Any, series: Any, entry: Any) -> None:
    # The last entry of the region takes the free place.
    bands.used[series] -= 1
    last = np.int64(bands.start[series] + bands.used[series])
    bands.account[entry] = bands.account[last]
    bands.slot[entry] = bands.slot[last]
    bands.low[entry] = bands.low[last]
    bands.high[entry] = bands.high[last]
    book.bands[bands.slot[entry]] = entry


@kernel
def link(book: Any, bands: Any, account: Any) -> Any:
    """Give every leg of an account its entries in the band pool.

    Returns:
        The first series without room (nothing is linked then), or -1.
    """
    start = book.accounts[account]["leg_start"]
    count = book.accounts[account]["leg_count"]
    for i in range(count):
        slot = start + i
        leg = book.legs[slot]
        series = np.int64(leg["symbol"]) * 4 + leg["series"]
        book.bands[2 * slot] = _add_entry(bands, series, account, 2 * slot)
        book.bands[2 * slot + 1] = -1
        full = series if book.bands[2 * slot] < 0 else -1
        if full < 0 and leg["kind"] & CONVERTED:
            series = np.int64(leg["rate"]) * 4 + MID
            book.bands[2 * slot + 1] = _add_entry(bands, series, account, 2 * slot + 1)
            full = series if book.bands[2 * slot + 1] < 0 else -1
        if full >= 0:
            _unlink(book, bands, start, i + 1)
            return full
    return -1


@inlined
def _unlink(book: Any, bands: Any, start: Any, count: Any) -> None:
    for i in range(count):
        slot = start + i
        leg = book.legs[slot]
        entry = np.int64(book.bands[2 * slot])
        if entry >= 0:
            _remove_entry(book, bands, np.int64(leg["symbol"]) * 4 + leg["series"], entry)
        entry = np.int64(book.bands[2 * slot + 1])
        if entry >= 0:
            _remove_entry(book, bands, np.int64(leg["rate"]) * 4 + MID, entry)
        book.bands[2 * slot] = -1
        book.bands[2 * slot + 1] = -1


@kernel
def unlink(book: Any, bands: Any, accounts: Any) -> None:
    """Take the entries of accounts' legs out of the band pool: int32[k]."""
    for i in range(accounts.shape[0]):
        account = book.accounts[accounts[i]]
        _unlink(book, bands, account["leg_start"], account["leg_count"])


@kernel
def measure(book: Any, accounts: Any, refused: Any) -> None:
    """Compute the slack of accounts after their legs changed; sets uint8[k] where out of range."""
    for i in range(accounts.shape[0]):
        if not _measure(book, book.accounts[accounts[i]]):
            refused[i] = 1


@kernel
def count_entries(book: Any, counts: Any) -> None:
    """Add how many band entries each series needs to int64[series]."""
    for index in range(book.accounts.shape[0]):
        account = book.accounts[index]
        for i in range(account["leg_start"], account["leg_start"] + account["leg_count"]):
            leg = book.legs[i]
            counts[np.int64(leg["symbol"]) * 4 + leg["series"]] += 1
            if leg["kind"] & CONVERTED:
                counts[np.int64(leg["rate"]) * 4 + MID] += 1


@inlined
def _move_entry(book: Any, old: Any, new: Any, series: Any, account: Any, slot: Any) -> None:
    before = np.int64(book.bands[slot])
    entry = _add_entry(new, series, account, slot)
    if before >= 0:
        new.low[entry] = old.low[before]
        new.high[entry] = old.high[before]
    book.bands[slot] = entry


@kernel
def relink(book: Any, old: Any, new: Any) -> None:
    """Move all entries into a new pool that has room for them."""
    for i in range(book.accounts.shape[0]):
        account = book.accounts[i]
        for slot in range(account["leg_start"], account["leg_start"] + account["leg_count"]):
            leg = book.legs[slot]
            series = np.int64(leg["symbol"]) * 4 + leg["series"]
            _move_entry(book, old, new, series, i, 2 * slot)
            if leg["kind"] & CONVERTED:
                series = np.int64(leg["rate"]) * 4 + MID
                _move_entry(book, old, new, series, i, 2 * slot + 1)
