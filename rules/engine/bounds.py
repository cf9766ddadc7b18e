"""Bounds of an account's equity while prices stay inside intervals: for a box, for eight nodes.

Float64, and sound: `slope` and `level` of a leg are its exact numbers within 2^-52, every later
    step adds the same, and
`account.slack` (book.py) covers all of it and the rounding of money. Where every number is a whole
number below 2^53 the slack is zero and the bounds are exact.

A P/L before conversion rises with the mark when its slope is positive, for a linear leg (level +
slope * mark) and for an inverse one (level - slope / mark) alike; a rate is positive, so only the
sign of the P/L picks the end of its interval. That gives the extreme of the four corner products
without computing four.
"""

from typing import Any

import numpy as np

from rules.engine import lanes
from rules.engine.columns import CONVERTED, DIVIDE, INVERSE, MULTIPLY, STRIDE
from rules.engine.jit import inlined


@inlined
def load_terms(book: Any, tape: Any, work: Any, account: Any) -> Any:
    """Copy what bounds need of an account's legs into scratch and mark its symbols.

    Returns (number of legs, the part of equity that prices don't move).
    """
    start, count = account["leg_start"], account["leg_count"]
    base = np.float64(account["base"])
    for i in range(count):
        leg = book.legs[start + i]
        symbol = np.int64(leg["symbol"])
        work.kind[i] = leg["kind"]
        work.slope[i] = leg["slope"]
        work.level[i] = leg["level"]
        work.mark_row[i] = np.int64(tape.row_of[symbol * 4 + leg["series"]]) * tape.shape[STRIDE]
        work.watched[symbol] = 1
        if leg["kind"] & (INVERSE | CONVERTED) == 0:
            base += leg["level"]
        if leg["kind"] & CONVERTED:
            rate = np.int64(leg["rate"])
            work.rate_row[i] = np.int64(tape.row_of[rate * 4 + 2]) * tape.shape[STRIDE]
            work.watched[rate] = 1
    return count, base


@inlined
def forget_terms(book: Any, work: Any, account: Any) -> None:
    """Undo the marks of `load_terms`."""
    start, count = account["leg_start"], account["leg_count"]
    for i in range(count):
        leg = book.legs[start + i]
        work.watched[np.int64(leg["symbol"])] = 0
        if leg["kind"] & CONVERTED:
            work.watched[np.int64(leg["rate"])] = 0


@inlined
def _profit(kind: Any, level: Any, slope: Any, marks: Any) -> Any:
    if kind & INVERSE:
        return lanes.curve(level, slope, marks)
    return lanes.line(lanes.fill(level), slope, marks)


@inlined
def group_high(nodes: Any, work: Any, count: Any, base: Any, group: Any, out: Any, at: Any) -> None:
    """Write upper bounds of equity in the eight nodes of a group to out[at : at + 8].

    `group` is its offset in a row of `nodes`, in floats; `base` is from `load_terms`.
    """
    high = lanes.fill(base)
    for i in range(count):
        kind, slope = work.kind[i], work.slope[i]
        low_at = work.mark_row[i] + group
        high_at = low_at + 8 if slope >= 0.0 else low_at
        marks = lanes.load(nodes, high_at)
        if kind & (INVERSE | CONVERTED) == 0:
            high = lanes.line(high, slope, marks)
            continue
        profit = _profit(kind, work.level[i], slope, marks)
        if kind & CONVERTED:
            rate_at = work.rate_row[i] + group
            rate_low, rate_high = lanes.load(nodes, rate_at), lanes.load(nodes, rate_at + 8)
            if kind & MULTIPLY:
                profit = lanes.times(profit, rate_high, rate_low)
            else:
                profit = lanes.over(profit, rate_low, rate_high)
        high = lanes.add(high, profit)
    lanes.store(out, at, high)


@inlined
def group_low(nodes: Any, work: Any, count: Any, base: Any, group: Any, out: Any, at: Any) -> None:
    """Write lower bounds of equity in the eight nodes of a group to out[at : at + 8]."""
    low = lanes.fill(base)
    for i in range(count):
        kind, slope = work.kind[i], work.slope[i]
        low_at = work.mark_row[i] + group
        if slope < 0.0:
            low_at = low_at + 8
        marks = lanes.load(nodes, low_at)
        if kind & (INVERSE | CONVERTED) == 0:
            low = lanes.line(low, slope, marks)
            continue
        profit = _profit(kind, work.level[i], slope, marks)
        if kind & CONVERTED:
            rate_at = work.rate_row[i] + group
            rate_low, rate_high = lanes.load(nodes, rate_at), lanes.load(nodes, rate_at + 8)
            if kind & MULTIPLY:
                profit = lanes.times(profit, rate_low, rate_high)
            else:
                profit = lanes.over(profit, rate_high, rate_low)
        low = lanes.add(low, profit)
    lanes.store(out, at, low)


@inlined
def box_profit(
    kind: Any, level: Any, slope: Any, mark: Any, if_positive: Any, if_negative: Any
) -> Any:
    """Return one leg's P/L at a mark; the sign of the P/L before conversion picks the rate."""
    profit = level - slope / mark if kind & INVERSE else level + slope * mark
    rate = if_positive if profit > 0.0 else if_negative
    if kind & MULTIPLY:
        profit = profit * rate
    elif kind & DIVIDE:
        profit = profit / rate
    return profit
