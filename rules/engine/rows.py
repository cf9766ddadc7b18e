"""Rule rows: where a rule must be looked at, as a function of the running maximum of equity.

The stop level of a row is the highest metric at which something happens: the floor (one unit below
    it under `lt`), or
the floor plus the room of the next unfired warning level. It never falls as the maximum H rises,
percent rows
included: when H grows by one unit, pct <= 1 makes round(H * pct) grow by 0 or 1 (two neighbours
    differ by less than
2), so H - allowance does not fall, and the room (1 - L) * allowance grows only when the allowance
does, by at most as much. `seek.py` relies on it.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.engine.columns import BALANCE, EQUITY, FAR, MANY, REAL, ROW
from rules.engine.jit import called, inlined
from rules.engine.wide import share, share_down


class Percent(NamedTuple):
    """An allowance that follows H: max(0, round(H * numerator / denominator) - reduction)."""

    numerator: int
    denominator: int
    reduction: int = 0


class Row(NamedTuple):
    """One rule as the kernel sees it; amounts in units, FAR for none.

    floor = max(start, min(H - allowance, cap)) - shift for a peak row, start - shift for a fixed
    one. `high` is the H a peak row starts from. `warn` is the room at which its next unfired
    warning level fires; a percent row gives the level itself as (numerator, denominator). A row
    that is not judged only keeps the running maximum.
    """

    metric: int = EQUITY
    start: int = -FAR
    peak: bool = False
    high: int = 0
    allowance: int | Percent = 0
    cap: int = FAR
    shift: int = 0
    touch: bool = False
    judged: bool = True
    warn: int | None = None
    warn_level: tuple[int, int] | None = None

    def fields(self) -> tuple[Any, ...] | None:
        """Return the fields of `columns.ROW`, or None when one is out of range."""
        metric, start, peak, high, allowance, cap, shift, touch, judged, room, level = self
        numerator = denominator = reduction = 0
        if isinstance(allowance, Percent):
            numerator, denominator, reduction = allowance
            allowance = 0
        warn = -1 if room is None else room
        part, whole = level or (0, 0)
        amounts = (high, allowance, reduction, shift, warn, numerator, denominator, part, whole)
        if max(amounts) >= REAL or min(amounts) <= -REAL:
            return None
        for open_ended in (start, cap):
            if not -REAL < open_ended < REAL and abs(open_ended) != FAR:
                return None
        if denominator and not 0 <= numerator <= denominator:
            return None
        if denominator and high < 0:
            return None  # a share of less than nothing: families differ in what it allows
        if room is not None and room < 0:
            return None
        if whole and not 0 <= part <= whole:
            return None
        return (
            start, high, allowance, numerator, denominator, reduction, cap, shift, warn, part,
            whole, metric, peak, touch, judged,
        )  # fmt: skip


def records(rows: list[Row]) -> NDArray[Any] | None:
    """Return rows as ROW[n], or None when a number is out of range."""
    fields = [row.fields() for row in rows]
    if None in fields:
        return None
    return np.array(fields, dtype=ROW)


@called
def row_level(row: Any, high: Any) -> Any:
    """Return the stop level of a row at a running maximum, both int64 units."""
    floor = row["start"]
    allowance = row["allowance"]
    if row["denominator"] > 0:
        allowance = share(high, row["numerator"], row["denominator"]) - row["reduction"]
        allowance = max(allowance, 0)
    if row["peak"]:
        floor = max(floor, min(high - allowance, row["cap"]))
    floor = floor - row["shift"]
    level = floor if row["touch"] else floor - 1
    if row["warn"] >= 0:
        level = max(level, floor + row["warn"])
    if row["level_denominator"] > 0:
        left = row["level_denominator"] - row["level_numerator"]
        level = max(level, floor + share_down(allowance, left, row["level_denominator"]))
    return level


@inlined
def stop_level(account: Any, rows: Any, high: Any) -> Any:
    """Return the equity at or below which an account must be looked at, FAR for any."""
    level = max(account["fixed"], min(high - account["allowance"], account["cap"]))
    return _highest(account, rows, high, level) if account["flags"] & MANY else level


@called
def _highest(account: Any, rows: Any, high: Any, level: Any) -> Any:
    # The stop level over all peak rows.
    start = account["row_start"]
    for i in range(account["row_count"]):
        row = rows[start + i]
        if row["judged"] == 0 or row["peak"] == 0:
            continue
        at = row_level(row, high)
        if row["metric"] & EQUITY:
            level = max(level, at)
        if row["metric"] & BALANCE and account["balance"] <= at:
            level = FAR
    return level


@inlined
def arm_rows(account: Any, rows: Any) -> None:
    """Fold an account's rows into its fields: `high` (the seed), `fixed`, `allowance`, `cap`."""
    high, fixed, singles, many = FAR, -FAR, 0, False
    account["allowance"] = 0
    account["cap"] = -FAR
    start = account["row_start"]
    for i in range(account["row_count"]):
        row = rows[start + i]
        if row["peak"]:
            high = min(high, row["high"])
        if row["judged"] == 0:
            continue
        level = row_level(row, row["high"])
        if row["metric"] & EQUITY:
            fixed = max(fixed, level)
        if row["metric"] & BALANCE and account["balance"] <= level:
            fixed = FAR
        if not row["peak"]:
            continue
        if singles == 0 and row["denominator"] == 0 and row["metric"] == EQUITY:
            singles = 1
            _keep_single(account, row)
        else:
            many = True
    account["high"] = high
    account["high_tick"] = -1
    account["fixed"] = fixed
    account["flags"] = (account["flags"] & ~MANY) | (MANY if many else 0)


@inlined
def _keep_single(account: Any, row: Any) -> None:
    # The stop level of a peak row with a fixed allowance is min(H - allowance, cap) + a constant.
    extra = -row["shift"] - (0 if row["touch"] else 1)
    if row["warn"] >= 0:
        extra = max(extra, row["warn"] - row["shift"])
    account["allowance"] = row["allowance"] - extra
    account["cap"] = FAR if row["cap"] == FAR else row["cap"] + extra
