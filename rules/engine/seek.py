"""The crossing search of one account over a range of ticks.

Two walks over the tick tree. `settle` finds the exact maximum of equity in a range, best child
first, skipping nodes whose upper bound cannot beat what it has. `seek` goes through a range in time
order and skips a node when its lower bound stays above the stop level that even its upper bound
would imply. It does not need the exact maximum for that: it carries `pending`, an upper bound of
equity since `settled`, and settles only when that bound is in the way, so a rising account is
settled once per range and not once per new high.

A node may reach beyond the range asked for; its bounds hold for the part inside, so nothing is cut
at the edges but leaves.
"""

from typing import Any

import numpy as np

from rules.engine.bounds import group_high, group_low
from rules.engine.columns import GROUP, LEAF_BITS
from rules.engine.jit import inlined
from rules.engine.rows import stop_level
from rules.engine.walk import walk_high, walk_stop

_NEVER = -np.inf


@inlined
def _root(tape: Any, first: Any, last: Any) -> Any:
    # The lowest level on which one group covers ticks first to last, and that group: a range of a
    # few ticks is found from near the leaves, not from the top of a long tape.
    level, shift = 0, tape.shape[LEAF_BITS] + 3
    while first >> shift != last >> shift:
        level = level + 1
        shift = shift + 3
    return level, first >> shift


@inlined
def ceiling(bound: Any) -> Any:
    """Return the least int64 that is not below a float."""
    whole = np.int64(bound)
    return whole + 1 if np.float64(whole) < bound else whole


@inlined
def _peaks(tape: Any, work: Any, terms: Any, level: Any, group: Any, span: Any) -> None:
    # Upper bounds of a group's nodes; those outside the span never win.
    at = level * 8
    offset = tape.offsets[level] + group * GROUP
    group_high(tape.nodes, work, terms[0], terms[1], offset, work.peak, at)
    shift = tape.shape[LEAF_BITS] + 3 * level
    for child in range(8):
        begin = (group * 8 + child) << shift
        if begin >= span[1] or begin + (1 << shift) <= span[0]:
            work.peak[at + child] = _NEVER


@inlined
def settle(
    tape: Any, book: Any, work: Any, account: Any, terms: Any, span: Any, high: Any, high_tick: Any
) -> Any:
    """Return the running maximum after the ticks of span and the first tick that set it.

    Args:
        tape: TapeColumns.
        book: BookColumns.
        work: Scratch after `load_terms`.
        account: ACCOUNT record.
        terms: what `load_terms` returned: (number of legs, base of equity).
        span: (first tick, tick after the last).
        high: int64, the maximum before the span.
        high_tick: int64, the tick that set it, -1 when it is older than the tape.

    Returns:
        (maximum, tick on the tape that set it or `high_tick`).
    """
    terms = (terms[0], terms[1] + account["slack"])
    best, best_tick = high, np.int64(-1)
    top, group = _root(tape, span[0], span[1] - 1)
    level = top
    work.peak_node[level] = group
    entered = False
    while True:
        at = level * 8
        if not entered:
            _peaks(tape, work, terms, level, work.peak_node[level], span)
            entered = True
        child = 0
        bound = work.peak[at]
        for i in range(1, 8):
            if work.peak[at + i] > bound:
                child, bound = i, work.peak[at + i]
        known = np.float64(best)
        if bound < known or (best_tick < 0 and bound <= known):
            if level == top:
                break
            level = level + 1
            continue
        work.peak[at + child] = _NEVER
        node = work.peak_node[level] * 8 + child
        begin = node << (tape.shape[LEAF_BITS] + 3 * level)
        if best_tick >= 0 and begin > best_tick and bound <= known:
            continue  # it can only equal the best, and later
        if level > 0:
            level = level - 1
            work.peak_node[level] = node
            entered = False
        else:
            best, best_tick = walk_high(tape, book, work, account, node, span, best, best_tick)
    return best, best_tick if best_tick >= 0 else high_tick


@inlined
def _safe(account: Any, rows: Any, low: Any, bound: Any, high: Any) -> Any:
    # Whether equity >= low cannot reach the stop level while the maximum stays <= max(bound, high).
    if bound > np.float64(high):
        high = ceiling(bound)
    return low > np.float64(stop_level(account, rows, high))


# What to do with a node.
_SKIP = 0
_SETTLE = 1  # the exact maximum before it is needed first
_OPEN = 2


@inlined
def _judge(
    account: Any, rows: Any, low: Any, bound: Any, pending: Any, high: Any, leaf: Any
) -> Any:
    # Settling is worth it where it alone could make the node safe, and needed before a leaf.
    if _safe(account, rows, low, max(pending, bound), high):
        return _SKIP
    if pending > np.float64(high) and (leaf or _safe(account, rows, low, bound, high)):
        return _SETTLE
    return _OPEN


@inlined
def _enter(
    tape: Any, work: Any, account: Any, terms: Any, level: Any, group: Any, start: Any
) -> None:
    # Begin with the child of a group that holds tick `start`, or with its first.
    begin = (start >> (tape.shape[LEAF_BITS] + 3 * level)) - group * 8
    work.child[level] = max(np.int64(0), begin)
    offset = tape.offsets[level] + group * GROUP
    high_base, low_base = terms[1] + account["slack"], terms[1] - account["slack"]
    group_high(tape.nodes, work, terms[0], high_base, offset, work.high, level * 8)
    group_low(tape.nodes, work, terms[0], low_base, offset, work.low, level * 8)


@inlined
def seek(  # noqa: C901, PLR0912 - one loop over one path; its branches are the whole search
    tape: Any, book: Any, work: Any, account: Any, terms: Any, state: Any, stop: Any, exact: Any
) -> Any:
    """Look for the first tick in [checked, stop) at which the account must be looked at.

    `terms` is what `load_terms` returned; `state` is (settled, checked, pending, high, high_tick):
    the maximum is exact before tick `settled`, not above `pending` (float64) in [settled, checked),
    and nothing stops before `checked`. `exact`: the maximum must be exact at the end.

    Returns:
        (tick or -1, settled, pending, high, high_tick); at a stop the maximum is exact before it.
    """
    settled, start, pending, high, high_tick = state
    top, group = _root(tape, start, max(start, stop - 1))
    level = top
    work.node[level] = group
    work.child[level] = 8  # nothing to search
    entered = start >= stop
    while True:
        if not entered:
            _enter(tape, work, account, terms, level, work.node[level], start)
            entered = True
        child = work.child[level]
        node = work.node[level] * 8 + child
        begin = node << (tape.shape[LEAF_BITS] + 3 * level)
        ended = child > 7 or begin >= stop
        if ended and level < top:
            level = level + 1
            work.child[level] += 1
            continue
        at = level * 8 + child
        todo, until = _OPEN, np.int64(stop)
        if ended:
            todo = _SETTLE if exact and pending > np.float64(high) else _SKIP
        else:
            low, bound = work.low[at], work.high[at]
            todo = _judge(account, book.rows, low, bound, pending, high, level == 0)
            until = max(begin, start)
        if todo == _SETTLE:
            if until > settled:
                span = (settled, until)
                high, high_tick = settle(tape, book, work, account, terms, span, high, high_tick)
            settled, pending = until, _NEVER
        elif ended:
            break
        elif todo == _SKIP:
            pending = max(pending, work.high[at])
            work.child[level] = child + 1
        elif level > 0:
            level = level - 1
            work.node[level] = node
            entered = False
        else:
            found, high, high_tick = walk_stop(
                tape, book, work, account, node, (start, stop), high, high_tick
            )
            if found >= 0:
                return np.int64(found), np.int64(found), _NEVER, high, high_tick
            settled = min((node + 1) << tape.shape[LEAF_BITS], np.int64(stop))
            pending = _NEVER
            work.child[level] = child + 1
    if pending <= np.float64(high):
        settled = max(settled, np.int64(stop))
    return np.int64(-1), settled, pending, high, high_tick
