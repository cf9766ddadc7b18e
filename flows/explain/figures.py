"""Figures and times as people read them."""

from decimal import Decimal
from typing import Any

from schemas.instants import DAY, instant_text, parse_instant

_MINUS = "−"


def amount(value: str | None) -> str:
    """Group the digits of an amount: `-1234567.5` reads `−1,234,567.5`."""
    if value is None:
        return "–"
    return f"{Decimal(value):,}".replace("-", _MINUS)


def clock(ts: str) -> str:
    """Return the time of day of an instant: `2024-03-05T09:20:00.25Z` reads `09:20:00.25`."""
    return ts[11:].removesuffix("Z")


def day(ts: str) -> str:
    """Return the day of an instant."""
    return ts[:10]


def time_of(ts: str, breach: str) -> str:
    """Return the time of day, with the day where that is another than the breach's."""
    return clock(ts) if day(ts) == day(breach) else f"{ts[5:10]} {clock(ts)}"


def moment(ts: str) -> str:
    """Return day and time, UTC."""
    return f"{day(ts)} {clock(ts)} UTC"


def ticks(low: Decimal, high: Decimal, count: int) -> list[Decimal]:
    """Return about `count` round values between two, for an axis."""
    if low == high:
        return [low]
    rough = (high - low) / count
    power = Decimal(1).scaleb(rough.adjusted())
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = -(-low // step) * step
    if first < low:
        first += step
    found = []
    while first <= high:
        found.append(first)
        first += step
    return found


def times(start: int, end: int, count: int) -> list[tuple[int, str]]:
    """Return about `count` round instants between two (ns), with what an axis says of them."""
    second = 10**9
    steps = [10**6 * factor for factor in (1, 2, 5, 10, 20, 50, 100, 200, 500)]
    steps += [second * factor for factor in (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800)]
    steps += [3600 * second * factor for factor in (1, 2, 4, 6, 12)] + [DAY * n for n in (1, 7, 30)]
    step = next((one for one in steps if (end - start) // one <= count), steps[-1])
    first = -(-start // step) * step
    return [(at, _axis_text(at, step)) for at in range(first, end + 1, step)]


def _axis_text(at: int, step: int) -> str:
    ts = instant_text(at)
    if step >= DAY:
        return day(ts)
    shown = clock(ts)
    return shown[:5] if step >= 60 * 10**9 else shown


def series(points: list[list[str]]) -> list[tuple[int, Decimal]]:
    """Read the points of a chart."""
    return [(int(at), Decimal(value)) for at, value in points]


def close_up(chart: dict[str, Any], around: int) -> dict[str, Any]:
    """Cut a chart down to the moments around the breach."""
    at = chart["breach"]
    low, high = max(0, at - around), min(len(chart["equity"]), at + around + 1)
    start, end = chart["equity"][low][0], chart["equity"][high - 1][0]
    floors = {
        name: [point for point in points if int(start) <= int(point[0]) <= int(end)]
        for name, points in chart["floors"].items()
    }
    mark = chart["mark"]
    inside = mark is not None and low <= mark < high
    return {
        "equity": chart["equity"][low:high],
        "metric": chart["metric"],
        "observed": chart["observed"][low:high],
        "floors": floors,
        "rule": chart["rule"],
        "breach": at - low,
        "mark": mark - low if inside else None,
    }


def span(ts: str, other: str) -> str:
    """Say how long before another an instant was."""
    ns = parse_instant(other) - parse_instant(ts)
    if ns <= 0:
        return "at the same instant"
    for unit, length in (("d", DAY), ("h", 3600 * 10**9), ("min", 60 * 10**9), ("s", 10**9)):
        if ns >= 2 * length:
            return f"{ns // length} {unit} before"
    return f"{ns // 10**6} ms before"
