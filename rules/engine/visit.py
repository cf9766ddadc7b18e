"""Visit accounts: search, settle where asked, and set new bands."""

from typing import Any

import numpy as np

from rules.engine.bands import set_bands
from rules.engine.bounds import forget_terms, load_terms
from rules.engine.columns import COUNT, PRESENT, QUIET
from rules.engine.jit import inlined, kernel
from rules.engine.rows import stop_level
from rules.engine.seek import ceiling, seek
from rules.engine.value import equity_at

_NEVER = -np.inf


@inlined
def _begin(account: Any, scanned: Any) -> Any:
    # What is known of an account when a visit starts: see `seek`.
    settled = np.int64(account["settled"])
    checked = np.int64(account["checked"])
    if account["flags"] & QUIET:
        checked = np.int64(scanned)
    pending = np.float64(account["ceiling"]) if settled < checked else _NEVER
    return settled, max(checked, settled), pending, account["high"], np.int64(-1)


@inlined
def _keep(account: Any, base: Any, settled: Any, high: Any, high_tick: Any) -> None:
    account["settled"] = settled
    if high_tick >= 0:
        account["high"] = high
        account["high_tick"] = base + high_tick


@inlined
def _rest(tape: Any, book: Any, bands: Any, work: Any, account: Any, state: Any, exact: Any) -> Any:
    # Whether the account could be left alone from the tape's end on, while its bands hold. Where a
    # maximum that is not settled would take more than half of the room, it is not left like that.
    pending, high = state[2], account["high"]
    least = high
    equity = equity_at(tape, book, account, tape.shape[COUNT])
    if pending > np.float64(high):
        least = ceiling(pending)
        room = equity - stop_level(account, book.rows, high)
        if not exact and equity - stop_level(account, book.rows, least) < room >> 1:
            return False
    if not set_bands(tape, book, bands, work, account, equity, least):
        return False
    account["flags"] = account["flags"] | QUIET
    return True


@inlined
def _forward(
    tape: Any, book: Any, bands: Any, work: Any, account: Any, to: Any, now: Any, exact: Any
) -> Any:
    state = _begin(account, now[0])
    terms = load_terms(book, tape, work, account)
    at = np.int64(-1)
    while True:
        at, settled, pending, high, high_tick = seek(
            tape, book, work, account, terms, state, to, exact
        )
        _keep(account, now[1], settled, high, high_tick)
        if at >= 0:
            account["checked"] = at
            account["flags"] = account["flags"] & ~QUIET
            break
        state = (settled, max(state[1], to), pending, account["high"], np.int64(-1))
        if to == tape.shape[COUNT] and _rest(tape, book, bands, work, account, state, exact):
            break
        if account["flags"] & QUIET == 0:
            account["checked"] = state[1]
            account["ceiling"] = ceiling(max(pending, np.float64(account["high"])))
        if exact or to < tape.shape[COUNT]:
            break
        exact = True
    forget_terms(book, work, account)
    return at


@kernel
def visit(
    tape: Any,
    book: Any,
    bands: Any,
    work: Any,
    accounts: Any,
    count: Any,
    to: Any,
    now: Any,
    exact: Any,
    stops: Any,
) -> None:
    """Take accounts forward, each to its first tick that must be looked at or to its `to`.

    Args:
        tape: TapeColumns.
        book: BookColumns.
        bands: BandColumns.
        work: Scratch.
        accounts: int32[k or more].
        count: k.
        to: tick after the last.
        now: (ticks already scanned against the bands, ticks on earlier tapes).
        exact: whether the running maximum must be exact at the end; where it need not and is not,
            bands are kept that leave it for later.
        stops: int32[k or more], out: the tick to look at, or -1.
    """
    for i in range(count):
        account = book.accounts[accounts[i]]
        stops[i] = -1
        if account["flags"] & PRESENT:
            stops[i] = _forward(tape, book, bands, work, account, np.int64(to), now, exact)
