r"""What a batch writes: the rows of each table as lines of `COPY`, made before the server is asked.

Whole lines of its text format cost much less than value by value in the driver.

>>> copy_line((1, None, "t", "it's", "a\\b"))
"1\t\\N\tt\tit's\ta\\\\b\n"
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sinks.moves import Moves
from sinks.tables import STATE_CHANGES, Record, Row, Table, tables_of

LINES = 1_000
"""So many lines go to the driver at once."""

# Hardly any value holds one of these, so whole lines are looked at, not their values.
_BETWEEN = "\x1f"
_NOTHING = "\x00"


class Lines(NamedTuple):
    """What goes into a table, or into one month of it; `month` is `YYYY-MM` or empty."""

    table: Table
    month: str
    lines: list[str]

    @property
    def partition(self) -> str:
        """The month's partition."""
        return f"{self.table.name}_{self.month.replace('-', '_')}"


class Staging:
    """Rows by table, in the order of its key where records come in the order of the log.

    Attributes:
        moves: how accounts moved.
    """

    def __init__(self) -> None:
        self.moves = Moves()
        self._rows: dict[tuple[str, str], Lines] = {}
        self._newest: dict[str, tuple[Table, dict[str, Record]]] = {}

    @property
    def rows(self) -> list[Lines]:
        """The rows of tables that hold all of them."""
        return list(self._rows.values())

    def newest(self) -> list[Lines]:
        """Make the rows of tables that hold the newest of each account; the older never are."""
        return [
            Lines(table, "", [_line(table, found[account_id]) for account_id in sorted(found)])
            for table, found in self._newest.values()
        ]

    def add(self, record: Record) -> None:
        """Take a record in.

        Raises:
            BrokenMove: an account moves from where it is not.
        """
        for table in tables_of(record.value):
            if table.current:
                newest = self._newest.setdefault(table.name, (table, {}))[1]
                account_id = record.value.account_id
                if account_id not in newest or _age(newest[account_id]) < _age(record):
                    newest[account_id] = record
                continue
            month = record.value.ts[:7] if table.monthly else ""
            held = self._rows.get((table.name, month))
            if held is None:
                held = self._rows[table.name, month] = Lines(table, month, [])
            held.lines.append(_line(table, record))
            if table is STATE_CHANGES:
                self.moves.add(record)


def chunks(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines some at a time."""
    for at in range(0, len(lines), LINES):
        yield "".join(lines[at : at + LINES])


def copy_line(row: Row) -> str:
    """Return one row; its values are text, integers or nothing."""
    values = [
        value if type(value) is str else _NOTHING if value is None else str(value) for value in row
    ]
    line = _BETWEEN.join(values)
    if line.count(_BETWEEN) != len(row) - 1 or line.count(_NOTHING) != row.count(None):
        shown = [r"\N" if value is None else _escaped(str(value)) for value in row]
        return "\t".join(shown) + "\n"
    return _escaped(line).replace(_BETWEEN, "\t").replace(_NOTHING, r"\N") + "\n"


def _line(table: Table, record: Record) -> str:
    return copy_line(table.row(record))


def _age(record: Record) -> tuple[int, int]:
    return record.value.seq, record.offset


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", r"\\")
    return text.replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
