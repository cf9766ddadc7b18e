"""The exact P/L of a leg, and an account's equity, at given prices."""

from typing import Any

import numpy as np

from rules.engine import wide
from rules.engine.columns import (
    CONVERTED,
    COUNT,
    DIVIDE,
    GROWN,
    INVERSE,
    LEAF_BITS,
    MULTIPLY,
    SCALED,
    SYMBOLS,
    WIDE,
)
from rules.engine.jit import called, inlined


@inlined
def leg_value(leg: Any, mark: Any, rate: Any) -> Any:
    """Return the P/L of a leg in units at a mark and a doubled conversion mid, both int64."""
    kind = leg["kind"]
    if kind & (INVERSE | WIDE):
        return _rare_value(leg, kind, mark, rate)
    profit = leg["factor"] * mark + leg["low"]
    if kind & (CONVERTED | SCALED) == 0:
        return profit
    divisor = leg["scale"]
    if kind & DIVIDE:
        divisor = divisor * rate
    if kind & MULTIPLY:
        profit = profit * rate
    return wide.divide_narrow(profit, divisor)


@called
def _rare_value(leg: Any, kind: Any, mark: Any, rate: Any) -> Any:
    if kind & INVERSE:
        return _inverse(leg, kind, mark, rate)
    high, low = wide.multiply(leg["factor"], mark)
    high, low = wide.add(high, low, leg["high"], leg["low"])
    if kind & MULTIPLY:
        high, low = wide.scale(high, low, rate)
    divisor = leg["scale"]
    if kind & DIVIDE:
        divisor = divisor * rate
    return wide.divide(high, low, divisor)


@inlined
def _inverse(leg: Any, kind: Any, mark: Any, rate: Any) -> Any:
    if kind & WIDE:
        value = wide.divide(leg["high"], np.uint64(leg["low"]), mark)
    else:
        value = wide.divide_narrow(leg["low"], mark)
    profit = leg["factor"] - value
    divisor = np.int64(1)
    if kind & GROWN:
        profit = profit * leg["scale"]
    else:
        divisor = leg["scale"]
    if kind & DIVIDE:
        divisor = divisor * rate
    if kind & MULTIPLY:
        high, low = wide.multiply(profit, rate)
        return wide.divide(high, low, divisor)
    return wide.divide_narrow(profit, divisor)


@inlined
def leg_value_at(tape: Any, leg: Any, mark_at: Any, rate_at: Any) -> Any:
    """Return the P/L of a leg at two rows of `tape.prices` (the second only if converted)."""
    mark = tape.prices[mark_at * 4 + leg["series"]]
    rate = np.int64(1)
    if leg["kind"] & CONVERTED:
        rate = tape.prices[rate_at * 4 + 2]
    return leg_value(leg, mark, rate)


@inlined
def row_at(tape: Any, symbol: Any, at: Any) -> Any:
    """Return the row of `tape.prices` that prevails for a symbol after ticks [0, at)."""
    if at >= tape.shape[COUNT]:
        return np.int64(tape.last_row[symbol])
    leaf = at >> tape.shape[LEAF_BITS]
    row = np.int64(tape.opens[leaf * tape.shape[SYMBOLS] + symbol])
    for tick in range(leaf << tape.shape[LEAF_BITS], at):
        if tape.symbol[tick] == symbol:
            row = tape.shape[SYMBOLS] + tick
    return row


@inlined
def equity_at(tape: Any, book: Any, account: Any, at: Any) -> Any:
    """Return an account's exact equity after ticks [0, at), in units."""
    equity = account["base"]
    start = account["leg_start"]
    for i in range(account["leg_count"]):
        leg = book.legs[start + i]
        mark_at = row_at(tape, np.int64(leg["symbol"]), at)
        rate_at = np.int64(0)
        if leg["kind"] & CONVERTED:
            rate_at = row_at(tape, np.int64(leg["rate"]), at)
        equity = equity + leg_value_at(tape, leg, mark_at, rate_at)
    return equity
