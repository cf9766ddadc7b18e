"""Ticks from Parquet, a batch of rows at a time.

Columns become exact integers in bulk; the rows that are not plainly fine go through
``row.read_tick`` one by one, from their plain values.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.bad_file import BadFile
from connectors.recording import arrow_values
from connectors.recording.assemble import Assembler, Origin
from connectors.recording.batch import Bools, Columns, TickBatch
from connectors.recording.csv_file import NEEDED, WANTED
from connectors.recording.listing import Listing
from connectors.recording.row import read_tick
from schemas.dead_letters import raw_text
from schemas.errors import InputError

BATCH_ROWS = 65_536
_PER_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class ParquetTicks:
    """A Parquet recording, read once.

    Raises:
        BadFile: it is not a Parquet file, lacks a column, or has one of a type without meaning.
    """

    def __init__(self, path: Path, listing: Listing) -> None:
        self.name = str(path)
        try:
            self.size = path.stat().st_size
            self._file = pq.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            raise BadFile(self.name, f"is not a Parquet file: {_first_line(error)}") from None
        self._listing = listing
        self._assembler = Assembler(self.name, listing)
        self._columns = _checked_columns(self.name, self._file.schema_arrow)
        self._rows: int = max(1, self._file.metadata.num_rows)
        self._read = 0

    @property
    def done(self) -> int:
        """About how much of the file has been read."""
        return self.size * min(self._read, self._rows) // self._rows

    def batches(self) -> Iterator[TickBatch]:
        """Yield the ticks.

        Raises:
            BadFile: the file is damaged.
        """
        source = self._file.iter_batches(BATCH_ROWS, columns=self._columns, use_threads=False)
        while True:
            try:
                batch = next(source, None)
            except (OSError, pa.ArrowException) as error:
                reason = f"cannot be read: {_first_line(error)}"
                raise BadFile(self.name, reason, self._read + 1) from None
            if batch is None:
                self._file.close()
                return
            yield self._batch({name: _plain(batch.column(name), name) for name in self._columns})

    def _batch(self, data: dict[str, Any]) -> TickBatch:
        first = self._read + 1
        rows = len(data["ts"])
        self._read += rows
        columns, sure = self._in_bulk(data, rows)

        def value_at(row: int) -> dict[str, Any]:
            return {name: _value(column, row) for name, column in data.items()}

        refused = {}
        for row in np.flatnonzero(~sure).tolist():
            try:
                columns.put(row, _read(self._listing, value_at(row)))
            except InputError as error:
                refused[row] = error
        good = np.ones(rows, np.bool_)
        good[list(refused)] = False
        return self._assembler.batch(
            columns, good, refused, lambda row: Origin(first + row, _shown(value_at(row)))
        )

    def _in_bulk(self, data: dict[str, Any], rows: int) -> tuple[Columns, Bools]:
        columns = Columns.empty(rows)
        columns.ts[:], sure = arrow_values.instants(data["ts"])
        columns.symbol[:], known = arrow_values.symbols(data["symbol"], self._listing)
        sure &= known
        if not len(self._listing.digits):
            return columns, np.zeros(rows, np.bool_)
        digits = self._listing.digits[columns.symbol]
        for name, column in (("bid", columns.bid), ("ask", columns.ask), ("last", columns.last)):
            if name in data:
                values, fine = arrow_values.prices(data[name], digits)
                if name == "last":  # it may be missing
                    absent = arrow_values.missing(data[name])
                    values, fine = np.where(absent, -1, values), fine | absent
                column[:], sure = values, sure & fine
        return columns, sure & (columns.bid <= columns.ask)


def _checked_columns(name: str, schema: pa.Schema) -> list[str]:
    for column in NEEDED:
        if column not in schema.names:
            raise BadFile(name, f"column `{column}` is missing, it has {', '.join(schema.names)}")
    wanted = [column for column in WANTED if column in schema.names]
    for column in wanted:
        if schema.names.count(column) > 1:
            raise BadFile(name, f"column `{column}` is there twice")
        kind = schema.field(column).type
        problem = _problem(column, kind.value_type if pa.types.is_dictionary(kind) else kind)
        if problem:
            raise BadFile(name, f"column `{column}` is {kind}: {problem}")
    return wanted


def _problem(column: str, kind: Any) -> str | None:
    types = pa.types
    if arrow_values.is_text(kind):
        return None
    if column == "symbol":
        return "text is needed"
    if column == "ts":
        if types.is_timestamp(kind):
            return None if kind.tz else "a time without a zone says nothing"
        return None if types.is_integer(kind) else "a time with a zone or integer ns is needed"
    if types.is_decimal(kind) or types.is_integer(kind) or types.is_float64(kind):
        return None
    return "decimals, text or float64 are needed"


# One plain array: neither in dictionary form (but for symbols, where that is faster) nor in chunks.
def _plain(column: Any, name: str) -> Any:
    if name != "symbol" and pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return column


def _value(column: Any, row: int) -> Any:
    one = column[row]
    if pa.types.is_timestamp(column.type):
        units = one.cast(pa.int64()).as_py()
        return None if units is None else units * _PER_UNIT[column.type.unit]
    if pa.types.is_dictionary(column.type):
        one = one.value if one.is_valid else pa.scalar(None)
    if arrow_values.is_text(one.type):
        one = one.cast(pa.binary())
    return one.as_py()


def _read(listing: Listing, values: dict[str, Any]) -> Any:
    decoded = {}
    for name, value in values.items():
        try:
            decoded[name] = value.decode() if isinstance(value, bytes) else value
        except UnicodeDecodeError:
            raise InputError("bad_format", "not UTF-8 text", name) from None
    return read_tick(listing, **decoded)


def _shown(values: dict[str, Any]) -> str:
    plain = {
        name: raw_text(value) if isinstance(value, bytes) else str(value)
        for name, value in values.items()
        if value is not None
    }
    return orjson.dumps(plain).decode()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
