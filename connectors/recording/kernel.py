"""Ticks out of raw bytes, compiled. It accepts only what is plainly right.

Every line it is in any doubt about (a bad value, a quote, a byte beyond ASCII, a time written in a
rarer way) it leaves to ``row.read_tick``, which alone says what is wrong. So the two can differ
only by the kernel accepting something it should not, which a property test looks for.

One file, because numba's cache does not see that a compiled function of another file changed. All
functions are also plain Python (``NUMBA_DISABLE_JIT=1``): bytes become ``int`` before arithmetic.
"""
# ruff: noqa: C901, D417, PLR0917, PLR1714 - compiled code takes its arrays one by one

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

ASIDE = 0  # status of a line: row.read_tick must look at it
GOOD = 1
BLANK = 2

DOUBT = -1  # instead of a value
HASH_SLOTS = 1 << 12
_LARGEST = 10**17  # below it, another digit still fits 64 bits
_SECONDS_END = 9_214_646_400  # 2262-01-01
_COMMA, _POINT, _LINE_END, _RETURN, _QUOTE = 44, 46, 10, 13, 34

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function; without the interpreter's lock, and cached on disk."""
    return cast("Function", numba.njit(cache=True, nogil=True)(function))


@compiled
def number(buffer: Any, start: int, end: int) -> int:
    """Return the value of a run of 1 to 17 digits."""
    if start >= end or end - start > 17:
        return DOUBT
    value = 0
    for at in range(start, end):
        digit = int(buffer[at]) - 48
        if digit < 0 or digit > 9:
            return DOUBT
        value = value * 10 + digit
    return value


@compiled
def price(buffer: Any, start: int, end: int, digits: int) -> int:
    """Return a price in 10^-digits; zeros beyond its digits are none."""
    value, point = 0, DOUBT
    if end - start > 40:
        return DOUBT
    for at in range(start, end):
        char = int(buffer[at])
        if char == _POINT and point == DOUBT and at > start:
            point = at
        elif char < 48 or char > 57:
            return DOUBT
        elif point != DOUBT and at - point > digits:
            if char != 48:
                return DOUBT
        else:
            value = value * 10 + char - 48
            if value >= _LARGEST:
                return DOUBT
    if point == end - 1:
        return DOUBT
    given = 0 if point == DOUBT else min(end - 1 - point, digits)
    for _ in range(digits - given):
        value *= 10
        if value >= _LARGEST:
            return DOUBT
    limit = 10**10
    for _ in range(digits):
        limit *= 10
    return value if 0 < value < limit else DOUBT


@compiled
def days(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01 of a day the calendar has."""
    if year < 1970 or year > 2261 or month < 1 or month > 12 or day < 1:
        return DOUBT
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month in (4, 6, 9, 11):
        longest = 30
    elif month == 2:
        longest = 29 if leap else 28
    if day > longest:
        return DOUBT
    # Counted from March, so that the leap day comes last (Howard Hinnant, `days_from_civil`).
    shifted = year - 1 if month <= 2 else year
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    past = shifted % 400
    return (shifted // 400 * 146_097 + past * 365 + past // 4 - past // 100 + of_year) - 719_468


@compiled
def clock(buffer: Any, at: int) -> int:
    """Return the seconds of an ``HH:MM`` that starts at ``at``."""
    hours, minutes = number(buffer, at, at + 2), number(buffer, at + 3, at + 5)
    if int(buffer[at + 2]) != 58 or not (0 <= hours <= 23 and 0 <= minutes <= 59):
        return DOUBT
    return hours * 3_600 + minutes * 60


@compiled
def zone(buffer: Any, at: int, end: int) -> int:
    """Return by how many seconds a zone is ahead, shifted by a day so that it is not negative."""
    if at == end - 1 and int(buffer[at]) == 90:
        return 86_400
    sign = int(buffer[at])
    if at != end - 6 or sign not in (43, 45):
        return DOUBT
    ahead = clock(buffer, at + 1)
    if ahead == DOUBT:
        return DOUBT
    return 86_400 + ahead if sign == 43 else 86_400 - ahead


@compiled
def nanoseconds(buffer: Any, start: int, end: int) -> int:
    """Return the instant of 1 to 19 digits."""
    if end - start < 18:
        return number(buffer, start, end)
    high, low = number(buffer, start, end - 9), number(buffer, end - 9, end)
    if high < 0 or low < 0 or high >= _SECONDS_END:
        return DOUBT
    return high * 10**9 + low


@compiled
def instant(buffer: Any, start: int, end: int) -> int:
    """Return a time in ns: digits, or ``YYYY-MM-DDTHH:MM:SS[.fraction]`` with ``Z``, ``±HH:MM``."""
    if end - start < 20:
        return nanoseconds(buffer, start, end)
    if int(buffer[start + 4]) != 45 or int(buffer[start + 7]) != 45:
        return DOUBT
    year, month = number(buffer, start, start + 4), number(buffer, start + 5, start + 7)
    date = days(year, month, number(buffer, start + 8, start + 10))
    time = clock(buffer, start + 11)
    second = number(buffer, start + 17, start + 19)
    if date < 0 or time < 0 or second < 0 or second > 59:
        return DOUBT
    if int(buffer[start + 10]) not in (32, 84) or int(buffer[start + 16]) != 58:
        return DOUBT
    at, fraction = start + 19, 0
    if int(buffer[at]) == _POINT:
        first = at + 1
        at = first
        while at < end and 48 <= int(buffer[at]) <= 57:
            at += 1
        fraction = number(buffer, first, at)
        if fraction == DOUBT or at - first > 9:
            return DOUBT
        for _ in range(9 - (at - first)):
            fraction *= 10
    ahead = zone(buffer, at, end) if at < end else DOUBT
    seconds = date * 86_400 + time + second + 86_400 - ahead
    if ahead == DOUBT or seconds < 0 or seconds >= _SECONDS_END:
        return DOUBT
    return seconds * 10**9 + fraction


@compiled
def hashed(buffer: Any, start: int, end: int) -> int:
    """Return the slot of a symbol."""
    value = 0
    for at in range(start, end):
        value = (value * 31 + int(buffer[at])) % HASH_SLOTS
    return value


@compiled
def symbol_at(buffer: Any, start: int, end: int, names: Any, ends: Any, slots: Any) -> int:
    """Return the number of the listed symbol that is spelled so.

    Args:
        names: uint8[], the symbols' bytes one after the other; ``ends``: int64[symbols].
        slots: int32[HASH_SLOTS + symbols], first symbol of a hash, then the next of each symbol.
    """
    place = int(slots[hashed(buffer, start, end)])
    while place >= 0:
        first = 0 if place == 0 else int(ends[place - 1])
        same = int(ends[place]) - first == end - start
        at = 0
        while same and at < end - start:
            same = int(names[first + at]) == int(buffer[start + at])
            at += 1
        if same:
            return place
        place = int(slots[HASH_SLOTS + place])
    return DOUBT


@compiled
def split(buffer: Any, start: int, end: int, wanted: Any, fields: Any) -> int:
    """Find the wanted fields of a line; return how many fields it has, ``DOUBT`` if unsure.

    Args:
        wanted: int64[columns], for each column which of the five wanted fields it is, or -1.
        fields: int64[5, 2], start and end of each wanted field, written here.
    """
    column, first = 0, start
    for at in range(start, end + 1):
        char = _COMMA if at == end else int(buffer[at])
        if char == _QUOTE or char > 126:
            return DOUBT
        if char == _COMMA:
            if column < len(wanted) and wanted[column] >= 0:
                fields[wanted[column], 0] = first
                fields[wanted[column], 1] = at
            column += 1
            first = at + 1
    return column


@compiled
def read_line(
    buffer: Any, row: int, fields: Any, names: Any, ends: Any, slots: Any, digits: Any,
    ts: Any, symbol: Any, bid: Any, ask: Any, last: Any,
) -> int:  # fmt: skip
    """Read the five fields of a line into its row, if there is no doubt about any of them."""
    when = instant(buffer, fields[0, 0], fields[0, 1])
    place = symbol_at(buffer, fields[1, 0], fields[1, 1], names, ends, slots)
    if when == DOUBT or place == DOUBT:
        return ASIDE
    scale = int(digits[place])
    low = price(buffer, fields[2, 0], fields[2, 1], scale)
    high = price(buffer, fields[3, 0], fields[3, 1], scale)
    traded = DOUBT
    if fields[4, 1] > fields[4, 0]:
        traded = price(buffer, fields[4, 0], fields[4, 1], scale)
        if traded == DOUBT:
            return ASIDE
    if low == DOUBT or high == DOUBT or low > high:
        return ASIDE
    ts[row], symbol[row] = when, place
    bid[row], ask[row], last[row] = low, high, traded
    return GOOD


@compiled
def read_lines(
    buffer: Any, wanted: Any, fields: Any, names: Any, ends: Any, slots: Any, digits: Any,
    ts: Any, symbol: Any, bid: Any, ask: Any, last: Any, starts: Any, status: Any,
) -> int:  # fmt: skip
    """Read every line of a block; return how many lines it has.

    Args:
        buffer: uint8[], whole lines; ``fields``: int64[5, 2], scratch, zeros.
        starts: int64[lines + 1], where each line starts, written here; ``status``: uint8[lines].
        ts, symbol, bid, ask, last: the columns, written where the status is ``GOOD``.
    """
    row, at, size = 0, 0, len(buffer)
    while at < size:
        end = at
        while end < size and int(buffer[end]) != _LINE_END:
            end += 1
        stop = end - 1 if end > at and int(buffer[end - 1]) == _RETURN else end
        starts[row] = at
        status[row] = BLANK if stop == at else ASIDE
        if stop > at and split(buffer, at, stop, wanted, fields) == len(wanted):
            status[row] = read_line(
                buffer, row, fields, names, ends, slots, digits, ts, symbol, bid, ask, last
            )
        row += 1
        at = end + 1
    starts[row] = at
    return row


@compiled
def read_texts(buffer: Any, offsets: Any, kind: int, digits: Any, values: Any, sure: Any) -> None:
    """Read a column of texts: instants (``kind`` 0) or prices (``kind`` 1).

    Args:
        buffer: uint8[]; ``offsets``: int64[rows + 1] into it.
        digits: int64[rows], decimals of a price.
        values: int64[rows], written where there is no doubt; ``sure``: bool[rows], cleared where
            there is.
    """
    for row in range(len(values)):
        start, end = int(offsets[row]), int(offsets[row + 1])
        if kind == 0:
            value = instant(buffer, start, end)
        else:
            value = price(buffer, start, end, int(digits[row]))
        values[row] = value
        if value == DOUBT:
            sure[row] = False
