"""Ticks from CSV: a header, then one tick a line; extra columns are ignored.

Blocks of whole lines go through the compiled kernel; the lines it leaves aside go through
``row.read_tick`` one by one, which reads them or says what is wrong.
"""

import csv
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from connectors.bad_file import BadFile
from connectors.files import Block, ByteSource
from connectors.recording import kernel
from connectors.recording.assemble import Assembler, Origin
from connectors.recording.batch import Bools, Columns, Int64s, TickBatch
from connectors.recording.listing import Listing
from connectors.recording.row import pick, read_tick, split_line
from connectors.recording.symbols import SymbolTable
from schemas.errors import InputError, quoted

NEEDED = ("ts", "symbol", "bid", "ask")
WANTED = (*NEEDED, "last")
_BOM = b"\xef\xbb\xbf"


class Layout(NamedTuple):
    """Which columns a file has: how many, and where each wanted one stands (-1: nowhere)."""

    width: int
    places: tuple[int, ...]

    def by_column(self) -> Int64s:
        """Return for each column which of the wanted fields it holds, -1 for none."""
        columns = np.full(self.width, -1, np.int64)
        for field, place in enumerate(self.places):
            if place >= 0:
                columns[place] = field
        return columns


class CsvTicks:
    """A CSV recording, read once.

    Args:
        source: the open file.
        listing: the symbols it may name.
        use_kernel: off, every line goes through the plain reader.
    """

    def __init__(self, source: ByteSource, listing: Listing, *, use_kernel: bool = True) -> None:
        self.name, self.size = source.name, source.size
        self._source = source
        self._listing = listing
        self._symbols = SymbolTable.of(listing)
        self._assembler = Assembler(source.name, listing)
        self._use_kernel = use_kernel

    @property
    def done(self) -> int:
        """Bytes read so far, as they lie on disk."""
        return self._source.done

    def batches(self) -> Iterator[TickBatch]:
        """Yield the ticks.

        Raises:
            BadFile: the header lacks a column, or the file is damaged.
        """
        layout: Layout | None = None
        for block in self._source.blocks():
            lines = block
            if layout is None:
                header, _, rest = block.data.partition(b"\n")
                layout = read_layout(self.name, header)
                lines = Block(2, rest)
            if lines.data:
                yield self._batch(lines, layout)
        if layout is None:
            raise BadFile(self.name, "is empty where a header is needed", 1)

    def _batch(self, block: Block, layout: Layout) -> TickBatch:
        buffer = np.frombuffer(block.data, np.uint8)
        lines = block.data.count(b"\n") + (not block.data.endswith(b"\n"))
        columns = Columns.empty(lines)
        starts = np.zeros(lines + 1, np.int64)
        status = np.zeros(lines, np.uint8)
        # Without any wanted column the kernel finds the lines and leaves all of them aside.
        wanted = layout.by_column() if self._use_kernel else np.zeros(0, np.int64)
        scratch = np.zeros((5, 2), np.int64)
        kernel.read_lines(buffer, wanted, scratch, *self._symbols, *columns, starts, status)

        def line_at(row: int) -> bytes:
            return block.data[starts[row] : starts[row + 1]].removesuffix(b"\n").removesuffix(b"\r")

        refused = self._read_aside(layout, columns, status == kernel.ASIDE, line_at)
        good = status != kernel.BLANK
        good[list(refused)] = False
        return self._assembler.batch(
            columns, good, refused, lambda row: Origin(block.line + row, line_at(row))
        )

    def _read_aside(
        self, layout: Layout, columns: Columns, aside: Bools, line_at: Callable[[int], bytes]
    ) -> dict[int, InputError]:
        refused = {}
        for row in np.flatnonzero(aside).tolist():
            try:
                fields = split_line(line_at(row), layout.width)
                columns.put(row, read_tick(self._listing, *pick(fields, layout.places)))
            except InputError as error:
                refused[row] = error
        return refused


def read_layout(name: str, header: bytes) -> Layout:
    """Read the header line of a CSV recording.

    Raises:
        BadFile: it is not text, lacks a column or names one twice.
    """
    try:
        text = header.removeprefix(_BOM).removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise BadFile(name, "is not CSV: the header is not UTF-8 text", 1) from None
    rows = list(csv.reader([text]))
    names = rows[0] if rows else []
    for column in NEEDED:
        if column not in names:
            shown = quoted(",".join(names))
            raise BadFile(name, f"column `{column}` is missing, the header is {shown}", 1)
    for column in WANTED:
        if names.count(column) > 1:
            raise BadFile(name, f"column `{column}` is there twice", 1)
    return Layout(len(names), tuple(names.index(c) if c in names else -1 for c in WANTED))
