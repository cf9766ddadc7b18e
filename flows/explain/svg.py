"""A chart as inline SVG: equity and floors as steps, the breach, and what set the floor."""

from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Any, NamedTuple

from flows.explain.figures import amount, series, ticks, times
from flows.explain.plot import bounds
from schemas.instants import instant_text
from schemas.money import text

WIDTH, HEIGHT = 960, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 84, 128, 14, 30


class _Frame(NamedTuple):
    """Where values and times lie on the page."""

    start: int
    end: int
    low: Decimal
    high: Decimal

    def x(self, at: int) -> str:
        room = WIDTH - _LEFT - _RIGHT
        return f"{_LEFT + room * (at - self.start) / (self.end - self.start):.1f}"

    def y(self, value: Decimal) -> str:
        share = (self.high - min(max(value, self.low), self.high)) / (self.high - self.low)
        return f"{_TOP + (HEIGHT - _TOP - _BOTTOM) * share:.1f}"


def svg(chart: dict[str, Any], label: str) -> str:
    """Draw a chart; `label` is for those who cannot see it."""
    equity, observed = series(chart["equity"]), series(chart["observed"])
    floors = {name: series(points) for name, points in chart["floors"].items() if points}
    low, high = bounds([*equity, *observed], list(floors.values()))
    frame = _Frame(equity[0][0], max(equity[-1][0], equity[0][0] + 1), low, high)
    shown = {
        name: points
        for name, points in floors.items()
        if any(low <= value <= high for _, value in points)
    }
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">',
        *_grid(frame),
        *_floors(shown, chart["rule"], frame),
        f'<path class="equity" d="{_steps(equity, frame)}"/>',
        *_metric(chart, observed, frame),
        *_marks(chart, observed, frame),
        *_names(shown, chart, frame),
        "</svg>",
    ]
    return "\n".join(parts)


def _grid(frame: _Frame) -> Iterator[str]:
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    for value in ticks(frame.low, frame.high, 5):
        y = frame.y(value)
        yield f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y}" y2="{y}"/>'
        label = amount(text(value))
        yield f'<text class="axis end" x="{_LEFT - 8}" y="{y}" dy="4">{label}</text>'
    for at, label in times(frame.start, frame.end, 7):
        x = frame.x(at)
        yield f'<line class="tick" x1="{x}" x2="{x}" y1="{bottom}" y2="{bottom + 5}"/>'
        yield f'<text class="axis middle" x="{x}" y="{bottom + 20}">{label}</text>'
    yield f'<line class="base" x1="{_LEFT}" x2="{right}" y1="{bottom}" y2="{bottom}"/>'


def _floors(
    floors: dict[str, list[tuple[int, Decimal]]], rule: str, frame: _Frame
) -> Iterator[str]:
    bottom = HEIGHT - _BOTTOM
    for name, points in sorted(floors.items(), key=lambda item: item[0] == rule):
        path = _steps(points, frame)
        if name == rule:
            left = frame.x(points[0][0])
            yield f'<path class="below" d="{path} V{bottom} H{left} Z"/>'
        kind = "floor" if name == rule else "other"
        title = f"<title>floor of {escape(name)}</title>"
        yield f'<path class="{kind}" d="{path}">{title}</path>'


def _metric(
    chart: dict[str, Any], observed: list[tuple[int, Decimal]], frame: _Frame
) -> Iterator[str]:
    if chart["metric"] is not None:
        yield f'<path class="metric" d="{_steps(observed, frame)}"/>'


def _marks(
    chart: dict[str, Any], observed: list[tuple[int, Decimal]], frame: _Frame
) -> Iterator[str]:
    if chart["mark"] is not None and chart["mark"] != chart["breach"]:
        at, value = series(chart["equity"])[chart["mark"]]
        title = f"set the floor: {amount(text(value))} at {instant_text(at)}"
        place = f'cx="{frame.x(at)}" cy="{frame.y(value)}"'
        yield f'<circle class="mark" {place} r="5"><title>{title}</title></circle>'
    at, value = observed[chart["breach"]]
    x, y = frame.x(at), frame.y(value)
    yield f'<line class="when" x1="{x}" x2="{x}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'
    title = f"breach: {amount(text(value))} at {instant_text(at)}"
    yield f'<circle class="breach" cx="{x}" cy="{y}" r="6"><title>{title}</title></circle>'


# Names stand at the right end of their lines, apart from each other.
def _names(
    floors: dict[str, list[tuple[int, Decimal]]], chart: dict[str, Any], frame: _Frame
) -> Iterator[str]:
    ends = [(float(frame.y(series(chart["equity"])[-1][1])), "equity", "equity")]
    if chart["metric"] is not None:
        value = series(chart["observed"])[-1][1]
        ends.append((float(frame.y(value)), chart["metric"].replace("_", " "), "metric"))
    for name, points in floors.items():
        kind = "floor" if name == chart["rule"] else "other"
        ends.append((float(frame.y(points[-1][1])), name, kind))
    free = float(_TOP)
    for wanted, name, kind in sorted(ends):
        y = max(wanted, free)
        free = y + 15
        shown = escape(name if len(name) <= 16 else name[:15] + "…")
        place = f'x="{WIDTH - _RIGHT + 8}" y="{y:.1f}" dy="4"'
        yield f'<text class="name {kind}-name" {place}>{shown}</text>'


# A value holds until the next one: steps, to the right edge.
def _steps(points: list[tuple[int, Decimal]], frame: _Frame) -> str:
    at, value = points[0]
    drawn = [f"M{frame.x(at)},{frame.y(value)}"]
    for at, value in points[1:]:
        drawn.append(f"H{frame.x(at)}V{frame.y(value)}")
    return "".join([*drawn, f"H{WIDTH - _RIGHT}"])
