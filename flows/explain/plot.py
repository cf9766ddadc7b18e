"""A chart in characters: equity in dots of braille, floors as lines of dashes."""

from decimal import Decimal
from typing import Any, NamedTuple

from flows.explain.figures import amount, series, times
from schemas.money import text

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


class Cell(NamedTuple):
    """One character of a chart, and what it shows: a line's or mark's name, or none."""

    character: str
    kind: str


def plot(chart: dict[str, Any], columns: int, rows: int) -> list[list[Cell]]:
    """Draw a chart; each row ends with the axis label it has, if any."""
    equity, observed = series(chart["equity"]), series(chart["observed"])
    lines = {name: series(points) for name, points in chart["floors"].items()}
    low, high = bounds([*equity, *observed], list(lines.values()))
    start, end = equity[0][0], max(equity[-1][0], equity[0][0] + 1)

    def x_of(at: int, width: int) -> int:
        return min(width - 1, (at - start) * (width - 1) // (end - start))

    def y_of(value: Decimal, height: int) -> int:
        return int((high - value) * (height - 1) / (high - low))

    cells = [[Cell(" ", "") for _ in range(columns)] for _ in range(rows)]
    for name in sorted(lines, key=lambda name: name == chart["rule"]):
        cell = Cell("─", "floor") if name == chart["rule"] else Cell("╌", "other")
        for column, value in _steps(lines[name], columns, x_of):
            if low <= value <= high:
                cells[y_of(value, rows)][column] = cell
    drawn = {"equity": equity} | ({"metric": observed} if chart["metric"] else {})
    for kind, points in drawn.items():
        path = [(x, y_of(value, rows * 4)) for x, value in _steps(points, columns * 2, x_of)]
        for (row, column), bits in _braille(path).items():
            cells[row][column] = Cell(chr(_BLANK + bits), kind)
    at, value = observed[chart["breach"]]
    cells[y_of(value, rows)][x_of(at, columns)] = Cell("✖", "breach")
    for row, label in _labels(chart, lines, equity, y_of, rows).items():
        cells[row].append(Cell(label, ""))
    return cells


def axis(chart: dict[str, Any], columns: int) -> str:
    """Return the line of times below a chart."""
    equity = series(chart["equity"])
    start, end = equity[0][0], max(equity[-1][0], equity[0][0] + 1)
    line = [" "] * columns
    for at, label in times(start, end, max(2, columns // 18)):
        column = (at - start) * (columns - 1) // (end - start)
        if column + len(label) <= columns and not "".join(line[column - 1 : column + 9]).strip():
            line[column : column + len(label)] = label
    return "".join(line).rstrip()


def bounds(
    equity: list[tuple[int, Decimal]], lines: list[list[tuple[int, Decimal]]]
) -> tuple[Decimal, Decimal]:
    """Return the lowest and highest value a chart shows, with a little room.

    A floor far away from everything would press the rest flat, and is left out.
    """
    values = [value for _, value in equity]
    low, high = min(values), max(values)
    reach = max(high - low, Decimal(1)) * 3
    for line in lines:
        near = [value for _, value in line if low - reach <= value <= high + reach]
        low, high = min([low, *near]), max([high, *near])
    room = (high - low) / 20 or Decimal(1)
    return low - room, high + room


# The dots of a line, by character: each has two columns and four rows of them.
def _braille(path: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    dots: dict[tuple[int, int], int] = {}
    before = path[0][1]
    for x, y in path:
        for level in range(min(before, y), max(before, y) + 1):
            place = level // 4, x // 2
            dots[place] = dots.get(place, 0) | _DOTS[level % 4][x % 2]
        before = y
    return dots


# A value holds until the next one.
def _steps(points: list[tuple[int, Decimal]], width: int, x_of: Any) -> list[tuple[int, Decimal]]:
    drawn = []
    for index, (at, value) in enumerate(points):
        drawn.append((x_of(at, width), value))
        until = x_of(points[index + 1][0], width) if index + 1 < len(points) else width
        drawn += [(place, value) for place in range(x_of(at, width) + 1, until)]
    return drawn


def _labels(chart: dict[str, Any], lines: Any, equity: Any, y_of: Any, rows: int) -> dict[int, str]:
    labels: dict[int, str] = {}
    at = chart["breach"]
    wanted = [(value, "") for value in (max(v for _, v in equity), min(v for _, v in equity))]
    for name, points in lines.items():
        if points:
            value = next((v for t, v in reversed(points) if t <= equity[at][0]), points[0][1])
            wanted.insert(0, (value, f" {name}"))
    for value, name in wanted:
        row = y_of(value, rows)
        if 0 <= row < rows and row not in labels:
            labels[row] = f" {amount(text(value))}{name}"
    return labels
