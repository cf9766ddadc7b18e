"""Many ticks in one message: columns as an Arrow IPC stream or file, beside JSON per tick.

The columns are those of a recording. A message is read as a whole or refused as a whole; a bad row
is refused alone, under the path `rows.N`.
"""

import numpy as np
import pyarrow as pa

from connectors.recording.arrow_rows import ArrowRows, BadColumns, first_line, wanted_columns
from connectors.recording.batch import Bools, Columns, Tick
from connectors.recording.listing import Listing
from schemas.errors import InputError
from schemas.instants import parse_instant

ROWS_MAX = 4096
"""All rows of a message go into one frame, and a frame must fit into a record."""

_FILE = b"ARROW1"


class TickColumns:
    """The rows of one message.

    Args:
        raw: the message.

    Raises:
        InputError: ``bad_format``: it is no Arrow, lacks a column, or has no rows or too many.
    """

    def __init__(self, raw: bytes) -> None:
        opened = pa.ipc.open_file if raw.startswith(_FILE) else pa.ipc.open_stream
        try:
            with opened(pa.BufferReader(raw)) as reader:
                wanted = wanted_columns(reader.schema)
                table = reader.read_all().select(wanted)
            table.validate(full=True)  # offsets in foreign buffers may point anywhere
            columns = {name: _joined(table.column(name)) for name in wanted}
        except (BadColumns, pa.ArrowException, OSError, ValueError, KeyError) as error:
            raise InputError("bad_format", f"Arrow: {first_line(error)}") from None
        self.count = table.num_rows
        if not 1 <= self.count <= ROWS_MAX:
            message = f"a message holds 1 to {ROWS_MAX} ticks, this one has {self.count}"
            raise InputError("bad_format", message)
        self._rows = ArrowRows(columns)
        self._read: tuple[Listing, Columns, Bools] | None = None

    def times(self) -> list[int | None]:
        """Return the own time of each row, ns, None where it cannot be read."""
        values, sure = self._rows.instants()
        times: list[int | None] = values.tolist()
        for row in np.flatnonzero(~sure).tolist():
            times[row] = _instant(self._rows.values(row)["ts"])
        return times

    def tick(self, row: int, listing: Listing) -> Tick:
        """Read one row.

        Raises:
            InputError: what is wrong with it.
        """
        if self._read is None or self._read[0] is not listing:
            self._read = (listing, *self._rows.in_bulk(listing))
        _, columns, sure = self._read
        if sure[row]:
            return Tick(*(int(column[row]) for column in columns))
        return self._rows.read(row, listing)

    def shown(self, row: int) -> bytes:
        """Return one row as text."""
        return self._rows.shown(row).encode()


def _joined(column: pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(column.unify_dictionaries().chunks or [pa.array([], column.type)])


def _instant(value: object) -> int | None:
    try:
        return parse_instant(value.decode() if isinstance(value, bytes) else value)
    except (InputError, UnicodeDecodeError):
        return None
