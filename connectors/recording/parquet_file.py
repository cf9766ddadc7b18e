"""Ticks from Parquet, a batch of rows at a time.

Columns become exact integers in bulk; the rows that are not plainly fine go through
``row.read_tick`` one by one, from their plain values.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.bad_file import BadFile
from connectors.recording.arrow_rows import ArrowRows, BadColumns, first_line, wanted_columns
from connectors.recording.assemble import Assembler, Origin
from connectors.recording.batch import TickBatch
from connectors.recording.listing import Listing
from schemas.errors import InputError

BATCH_ROWS = 65_536


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
            raise BadFile(self.name, f"is not a Parquet file: {first_line(error)}") from None
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
                reason = f"cannot be read: {first_line(error)}"
                raise BadFile(self.name, reason, self._read + 1) from None
            if batch is None:
                self._file.close()
                return
            yield self._batch(ArrowRows({name: batch.column(name) for name in self._columns}))

    def _batch(self, rows: ArrowRows) -> TickBatch:
        first = self._read + 1
        self._read += rows.count
        columns, sure = rows.in_bulk(self._listing)
        refused = {}
        for row in np.flatnonzero(~sure).tolist():
            try:
                columns.put(row, rows.read(row, self._listing))
            except InputError as error:
                refused[row] = error
        good = np.ones(rows.count, np.bool_)
        good[list(refused)] = False
        return self._assembler.batch(
            columns, good, refused, lambda row: Origin(first + row, rows.shown(row))
        )


def _checked_columns(name: str, schema: pa.Schema) -> list[str]:
    try:
        return wanted_columns(schema)
    except BadColumns as error:
        raise BadFile(name, str(error)) from None
