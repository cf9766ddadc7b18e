"""Leaves, tick by tick and exactly: the only place where an account meets a single tick."""

from typing import Any

import numpy as np

from rules.engine.columns import CONVERTED, LEAF_BITS, SYMBOLS
from rules.engine.jit import inlined
from rules.engine.rows import stop_level
from rules.engine.value import leg_value_at


@inlined
def enter_leaf(tape: Any, book: Any, work: Any, account: Any, leaf: Any) -> Any:
    """Set each leg to the prices a leaf begins with; return the account's equity there."""
    opens = leaf * tape.shape[SYMBOLS]
    start = account["leg_start"]
    equity = account["base"]
    for i in range(account["leg_count"]):
        leg = book.legs[start + i]
        work.mark_at[i] = tape.opens[opens + np.int64(leg["symbol"])]
        if leg["kind"] & CONVERTED:
            work.rate_at[i] = tape.opens[opens + np.int64(leg["rate"])]
        work.value[i] = leg_value_at(tape, leg, work.mark_at[i], work.rate_at[i])
        equity = equity + work.value[i]
    return equity


@inlined
def apply_tick(tape: Any, book: Any, work: Any, account: Any, tick: Any, equity: Any) -> Any:
    """Move the legs that a tick touches; return the equity after it."""
    symbol = tape.symbol[tick]
    row = tape.shape[SYMBOLS] + tick
    start = account["leg_start"]
    for i in range(account["leg_count"]):
        leg = book.legs[start + i]
        touched = False
        if leg["symbol"] == symbol:
            work.mark_at[i] = row
            touched = True
        if leg["kind"] & CONVERTED and leg["rate"] == symbol:
            work.rate_at[i] = row
            touched = True
        if touched:
            value = leg_value_at(tape, leg, work.mark_at[i], work.rate_at[i])
            equity = equity + (value - work.value[i])
            work.value[i] = value
    return equity


@inlined
def walk_high(
    tape: Any, book: Any, work: Any, account: Any, leaf: Any, span: Any, best: Any, best_tick: Any
) -> Any:
    """Raise the best equity, and the first tick that had it, over the part of a leaf inside span.

    `best_tick` is -1 while nothing on the tape has passed `best`; an equal equity counts only
    before it.
    """
    first = leaf << tape.shape[LEAF_BITS]
    begin = max(first, span[0])
    end = min(first + (1 << tape.shape[LEAF_BITS]), span[1])
    equity = enter_leaf(tape, book, work, account, leaf)
    for tick in range(first, end):
        touched = work.watched[tape.symbol[tick]] != 0
        if touched:
            equity = apply_tick(tape, book, work, account, tick, equity)
        if tick != begin and (not touched or tick < begin):
            continue
        if equity > best or (equity == best and tick < best_tick):
            best, best_tick = equity, tick
    return best, best_tick


@inlined
def walk_stop(
    tape: Any, book: Any, work: Any, account: Any, leaf: Any, span: Any, high: Any, high_tick: Any
) -> Any:
    """Walk a leaf in time order under the rules.

    Returns (first tick to look at or -1, running maximum before it, the tick that set it or -1). At
    each tick the maximum rises first, then the stop level, then equity is compared.
    """
    first = leaf << tape.shape[LEAF_BITS]
    begin = max(first, span[0])
    end = min(first + (1 << tape.shape[LEAF_BITS]), span[1])
    equity = enter_leaf(tape, book, work, account, leaf)
    level = stop_level(account, book.rows, high)
    for tick in range(first, end):
        touched = work.watched[tape.symbol[tick]] != 0
        if touched:
            equity = apply_tick(tape, book, work, account, tick, equity)
        if tick == begin or (touched and tick > begin):
            if equity > high:
                level = stop_level(account, book.rows, equity)
                if equity <= level:
                    return tick, high, high_tick
                high, high_tick = equity, tick
            elif equity <= level:
                return tick, high, high_tick
    return -1, high, high_tick
