"""From rows as read to a batch: good ticks at effective times, dead letters in their places."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from connectors.recording.batch import Bools, Columns, Letter, TickBatch
from connectors.recording.effective import EffectiveTime
from connectors.recording.listing import Listing, unlisted
from schemas.dead_letters import DeadLetter
from schemas.errors import InputError


class Origin(NamedTuple):
    """Where a row stands in its file, and the row itself."""

    line: int
    raw: bytes | str


class Assembler:
    """Makes the batches of one file."""

    def __init__(self, name: str, listing: Listing) -> None:
        self._name = name
        self._symbols = list(listing.ids)
        self._time = EffectiveTime(listing)

    def batch(
        self,
        columns: Columns,
        good: Bools,
        refused: Mapping[int, InputError],
        origin: Callable[[int], Origin],
    ) -> TickBatch:
        """Make the next batch.

        Args:
            columns: rows as read, filled where ``good``.
            good: the rows that hold a good tick.
            refused: what is wrong with each bad row; rows in neither are blank.
            origin: tells where a row stands.
        """
        timed = self._time.apply(columns.keep(good))
        places = np.flatnonzero(good)
        errors = dict(refused)
        for row in places[timed.early].tolist():
            errors[row] = unlisted(self._symbols[int(columns.symbol[row])], " yet")
        letters = []
        if errors:
            kept = places[~timed.early]
            rows = sorted(errors)
            before = np.searchsorted(kept, rows).tolist()
            letters = [
                Letter(after, self._letter(errors[row], origin(row)))
                for row, after in zip(rows, before, strict=True)
            ]
        return TickBatch(*timed.columns, timed.late, letters)

    def _letter(self, error: InputError, origin: Origin) -> DeadLetter:
        return DeadLetter.from_error(error, origin.raw, self._name, line=origin.line)
