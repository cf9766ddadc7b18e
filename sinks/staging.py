r"""What goes into the staging tables: records of a batch as lines of `COPY`, by table.

Whole lines of its text format cost much less than value by value in the driver.

>>> copy_line((1, None, True, "it's", "a\\b"))
"1\t\\N\tt\tit's\ta\\\\b\n"
"""

from collections.abc import Iterator

from sinks.tables import Record, Row, Table, tables_of

LINES = 200
"""So many lines go to the driver at once; the server takes them in while the next are sent."""

# Hardly any value holds one of these, so whole lines are looked at, not their values.
_BETWEEN = "\x1f"
_NOTHING = "\x00"


class Staging:
    """Rows by table, in the order of its key where records come in the order of the log.

    Attributes:
        months: those of the rows of monthly tables, as `YYYY-MM`.
    """

    def __init__(self) -> None:
        self.months: set[str] = set()
        self._lines: dict[str, list[str]] = {}
        self._newest: dict[str, dict[str, Record]] = {}
        self._tables: dict[str, Table] = {}

    @property
    def tables(self) -> list[Table]:
        """The tables that get rows."""
        return list(self._tables.values())

    def add(self, record: Record) -> None:
        """Take a record in; of an account whose newest row is kept, the older are never made."""
        for table in tables_of(record.value):
            self._tables[table.name] = table
            if table.monthly:
                self.months.add(record.value["ts"][:7])
            if table.current:
                newest = self._newest.setdefault(table.name, {})
                account_id = record.value["account_id"]
                if account_id not in newest or _age(newest[account_id]) < _age(record):
                    newest[account_id] = record
            else:
                self._lines.setdefault(table.name, []).append(copy_line(table.row(record)))

    def chunks(self, table: Table) -> Iterator[str]:
        """Yield the lines of a table, some at a time."""
        newest = self._newest.get(table.name, {})
        rows = (copy_line(table.row(newest[account_id])) for account_id in sorted(newest))
        lines = list(rows) if table.current else self._lines[table.name]
        for at in range(0, len(lines), LINES):
            yield "".join(lines[at : at + LINES])


def copy_line(row: Row) -> str:
    """Return one row; its values are text, integers, truths or nothing."""
    values = [value if type(value) is str else _plain(value) for value in row]
    line = _BETWEEN.join(values)
    if line.count(_BETWEEN) != len(row) - 1 or line.count(_NOTHING) != row.count(None):
        shown = [r"\N" if value is None else _escaped(_plain(value)) for value in row]
        return "\t".join(shown) + "\n"
    return _escaped(line).replace(_BETWEEN, "\t").replace(_NOTHING, r"\N") + "\n"


def _age(record: Record) -> tuple[int, int]:
    return record.value["seq"], record.offset


def _plain(value: object) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value)


def _escaped(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", r"\\")
    return text.replace("\t", r"\t").replace("\n", r"\n").replace("\r", r"\r")
