"""Safe bands: prices inside which nothing can happen to an account, remembered across frames.

For each leg a band for its mark and one for its rate, such that while all of them hold, equity
stays above the stop level and at or below the account's `ceiling`. Bands are kept per series, so a
frame asks the holders of the series it touched, one compare each, and never looks at the others. A
band is accepted only after the bounds of the whole box of prices were computed and found safe, so
how it was proposed cannot hurt.

The ceiling may lie above the maximum reached so far: then the maximum is settled later
    (`seek.settle`), and a rising
account is not visited at each new high.
"""

from typing import Any

import numpy as np

from rules.engine.bounds import box_profit
from rules.engine.columns import CONVERTED, DIVIDE, INVERSE, MID, MULTIPLY
from rules.engine.jit import inlined
from rules.engine.rows import stop_level

_TRIES = 6
_INWARD = 2.0**-23


@inlined
def _slopes(leg: Any, mark: Any, rate: Any) -> Any:
    # How fast the leg's P/L moves with its mark and with its rate, in units per price unit.
    slope, profit = leg["slope"], leg["level"]
    if leg["kind"] & INVERSE:
        profit -= slope / mark
        slope = slope / (mark * mark)
    else:
        profit += slope * mark
    if leg["kind"] & MULTIPLY:
        return slope * rate, profit
    if leg["kind"] & DIVIDE:
        return slope / rate, -profit / (rate * rate)
    return slope, 0.0


@inlined
def _measure(tape: Any, book: Any, bands: Any, work: Any, account: Any) -> Any:
    # Note each leg's prices and slopes; return what one usual move of every series at once would
    # cost.
    start, cost = account["leg_start"], 0.0
    for i in range(account["leg_count"]):
        leg = book.legs[start + i]
        symbol = np.int64(leg["symbol"])
        series = symbol * 4 + leg["series"]
        mark = np.float64(tape.prices[np.int64(tape.last_row[symbol]) * 4 + leg["series"]])
        rate, rate_move = 1.0, 0.0
        if leg["kind"] & CONVERTED:
            symbol = np.int64(leg["rate"])
            rate = np.float64(tape.prices[np.int64(tape.last_row[symbol]) * 4 + MID])
            rate_move = bands.move[symbol * 4 + MID]
        slope, rate_slope = _slopes(leg, mark, rate)
        work.mark[i], work.mark_slope[i], work.mark_move[i] = mark, slope, bands.move[series]
        work.rate[i], work.rate_slope[i], work.rate_move[i] = rate, rate_slope, rate_move
        cost += abs(slope) * bands.move[series] + abs(rate_slope) * rate_move
    return cost


@inlined
def _propose(tape: Any, bands: Any, entry: Any, series: Any, room: Any, price: Any) -> None:
    # A band of float32, rounded inward, inside the limits the legs were prepared for.
    rise, fall = room
    twice = 2.0 if series & 3 == MID else 1.0
    low = np.float64(tape.limits[(series >> 2) * 2]) * twice
    high = np.float64(tape.limits[(series >> 2) * 2 + 1]) * twice
    bands.high[entry] = np.float32(min(price + rise, high) * (1.0 - _INWARD))
    bands.low[entry] = np.float32(max(price - fall, low) * (1.0 + _INWARD))


@inlined
def _box(tape: Any, book: Any, bands: Any, work: Any, account: Any, gain: Any, loss: Any) -> Any:
    # Propose bands that share a gain and a loss, in usual moves; return the bounds of equity inside
    # them.
    start = account["leg_start"]
    low = high = np.float64(account["base"])
    for i in range(account["leg_count"]):
        leg = book.legs[start + i]
        kind, slope, level = leg["kind"], leg["slope"], leg["level"]
        entry = np.int64(book.bands[2 * (start + i)])
        move = work.mark_move[i]
        room = (gain * move, loss * move) if slope >= 0.0 else (loss * move, gain * move)
        series = np.int64(leg["symbol"]) * 4 + leg["series"]
        _propose(tape, bands, entry, series, room, work.mark[i])
        rate_low = rate_high = 1.0
        if kind & CONVERTED:
            rate_entry = np.int64(book.bands[2 * (start + i) + 1])
            move = work.rate_move[i]
            room = (gain * move, loss * move)
            if work.rate_slope[i] < 0.0:
                room = (loss * move, gain * move)
            series = np.int64(leg["rate"]) * 4 + MID
            _propose(tape, bands, rate_entry, series, room, work.rate[i])
            rate_low = np.float64(bands.low[rate_entry])
            rate_high = np.float64(bands.high[rate_entry])
        mark_low, mark_high = np.float64(bands.low[entry]), np.float64(bands.high[entry])
        if slope < 0.0:
            mark_low, mark_high = mark_high, mark_low
        if kind & DIVIDE:
            rate_low, rate_high = rate_high, rate_low
        high += box_profit(kind, level, slope, mark_high, rate_high, rate_low)
        low += box_profit(kind, level, slope, mark_low, rate_low, rate_high)
    return low - account["slack"], high + account["slack"]


@inlined
def _close_bands(book: Any, bands: Any, account: Any) -> None:
    # No band could be found: the next tick of any of its series brings the account back.
    start = account["leg_start"]
    for i in range(account["leg_count"]):
        for j in range(2):
            entry = np.int64(book.bands[2 * (start + i) + j])
            if entry >= 0:
                bands.low[entry] = np.float32(np.inf)
                bands.high[entry] = np.float32(-np.inf)


@inlined
def choose_ceiling(account: Any, rows: Any, equity: Any, least: Any) -> Any:
    """Return the maximum to allow for, not below `least`: half of the room goes to rising."""
    room = equity - stop_level(account, rows, least)
    if least - equity >= room >> 1:
        return least
    higher = equity + (room >> 1)
    return higher if stop_level(account, rows, higher) < equity else least


@inlined
def set_bands(
    tape: Any, book: Any, bands: Any, work: Any, account: Any, equity: Any, least: Any
) -> Any:
    """Set an account's bands around the prices at the tape's end.

    Args:
        tape: TapeColumns.
        book: BookColumns.
        bands: BandColumns.
        work: Scratch.
        account: ACCOUNT record.
        equity: int64, exact, at the tape's end.
        least: int64, not below the maximum so far; FAR for an account without one.

    Returns:
        Whether the account may be left alone while its bands hold; its `ceiling` is set then.
    """
    level = stop_level(account, book.rows, least)
    if equity > least or equity <= level:
        return False
    top = choose_ceiling(account, book.rows, equity, least)
    level = stop_level(account, book.rows, top)
    account["ceiling"] = top
    cost = _measure(tape, book, bands, work, account)
    fall = np.float64(equity - level)
    rise = min(np.float64(top - equity), 64.0 * fall)
    gain, loss = 0.0, 0.0
    if cost > 0.0:
        gain, loss = rise / cost, fall / cost * 0.999
    for _ in range(_TRIES):
        low, high = _box(tape, book, bands, work, account, gain, loss)
        if low > np.float64(level) and high <= np.float64(top):
            return True
        gain, loss = gain * 0.5, loss * 0.5
    _close_bands(book, bands, account)
    return True
