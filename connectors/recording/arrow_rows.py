"""Rows in Arrow columns as ticks: in bulk where they are plainly fine, else one by one.

What a recording in Parquet and a columnar message have in common.
"""

from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from connectors.recording import arrow_values
from connectors.recording.batch import Bools, Columns, Tick
from connectors.recording.csv_file import NEEDED, WANTED
from connectors.recording.listing import Listing
from connectors.recording.row import read_tick
from schemas.dead_letters import raw_text
from schemas.errors import InputError

_PER_UNIT = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


class BadColumns(Exception):  # noqa: N818 - named after what they are
    """A column is missing, or of a type without meaning."""


class ArrowRows:
    """Some rows.

    Args:
        columns: arrays of equal length, by name; those of `wanted_columns`.
    """

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = {name: _plain(column, name) for name, column in columns.items()}
        self.count = len(columns["ts"])

    def in_bulk(self, listing: Listing) -> tuple[Columns, Bools]:
        """Read all rows; return them, and which of them are surely read right."""
        data = self._columns
        columns = Columns.empty(self.count)
        columns.ts[:], sure = self.instants()
        columns.symbol[:], known = arrow_values.symbols(data["symbol"], listing)
        sure &= known
        if not len(listing.digits):
            return columns, np.zeros(self.count, np.bool_)
        digits = listing.digits[columns.symbol]
        for name, column in (("bid", columns.bid), ("ask", columns.ask), ("last", columns.last)):
            if name in data:
                values, fine = arrow_values.prices(data[name], digits)
                if name == "last":  # it may be missing
                    absent = arrow_values.missing(data[name])
                    values, fine = np.where(absent, -1, values), fine | absent
                column[:], sure = values, sure & fine
        return columns, sure & (columns.bid <= columns.ask)

    def instants(self) -> arrow_values.Values:
        """Read the times alone."""
        return arrow_values.instants(self._columns["ts"])

    def values(self, row: int) -> dict[str, Any]:
        """Return one row as plain values; text is bytes."""
        return {name: _value(column, row) for name, column in self._columns.items()}

    def read(self, row: int, listing: Listing) -> Tick:
        """Read one row.

        Raises:
            InputError: what is wrong with it.
        """
        decoded = {}
        for name, value in self.values(row).items():
            try:
                decoded[name] = value.decode() if isinstance(value, bytes) else value
            except UnicodeDecodeError:
                raise InputError("bad_format", "not UTF-8 text", name) from None
        return read_tick(listing, **decoded)

    def shown(self, row: int) -> str:
        """Return one row as text, for whoever wants to know what was refused."""
        plain = {
            name: raw_text(value) if isinstance(value, bytes) else str(value)
            for name, value in self.values(row).items()
            if value is not None
        }
        return orjson.dumps(plain).decode()


def wanted_columns(schema: pa.Schema) -> list[str]:
    """Return which columns are to be read.

    Raises:
        BadColumns: they do not make ticks.
    """
    for column in NEEDED:
        if column not in schema.names:
            raise BadColumns(f"column `{column}` is missing, it has {', '.join(schema.names)}")
    wanted = [column for column in WANTED if column in schema.names]
    for column in wanted:
        if schema.names.count(column) > 1:
            raise BadColumns(f"column `{column}` is there twice")
        kind = schema.field(column).type
        problem = _problem(column, kind.value_type if pa.types.is_dictionary(kind) else kind)
        if problem:
            raise BadColumns(f"column `{column}` is {kind}: {problem}")
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


def first_line(error: Exception) -> str:
    """Return the first line of what Arrow says: the others are its own source places."""
    return (str(error).splitlines() or [type(error).__name__])[0]
