"""The pool that holds the bands of each series side by side."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.engine import linking
from rules.engine.columns import SYMBOLS, BandColumns, BookColumns
from rules.engine.tape import Tape

_SPARE = 16


class BandPool:
    """Bands by series, with room for each series to grow; rebuilt when one has none left."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.columns = self._empty(np.zeros(0, dtype=np.int64))

    def _empty(self, counts: NDArray[np.int64]) -> BandColumns:
        series = int(self._tape.columns.shape[SYMBOLS]) * 4
        room = np.full(series, 4, dtype=np.int64)
        room[: len(counts)] += np.where(counts > 0, 2 * counts + _SPARE, 0)
        size = int(room.sum())
        return BandColumns(
            low=np.zeros(size, dtype=np.float32),
            high=np.zeros(size, dtype=np.float32),
            account=np.zeros(size, dtype=np.int32),
            slot=np.zeros(size, dtype=np.int32),
            start=(np.cumsum(room) - room).astype(np.int32),
            used=np.zeros(series, dtype=np.int32),
            room=room.astype(np.int32),
            move=np.zeros(series, dtype=np.float64),
            moved=np.zeros(series, dtype=np.float64),
        )

    def rebuild(self, book: BookColumns) -> None:
        """Give every series new room and link all legs of the book again."""
        old = self.columns
        needed = np.zeros(len(self._tape.columns.row_of), dtype=np.int64)
        linking.count_entries(book, needed)
        self.columns = self._empty(needed)
        self.columns.move[: len(old.move)] = old.move
        self.columns.moved[: len(old.moved)] = old.moved
        linking.relink(book, old, self.columns)

    def holders(self, book: BookColumns, slots: NDArray[Any]) -> NDArray[np.int32]:
        """Return the accounts of linked leg slots, each once."""
        return np.unique(self.columns.account[book.bands[2 * slots]])
