"""From the ticks of one file to their effective times.

A tick that is earlier than the one before it takes that one's time and is ``late``. A tick of a
symbol that is listed later is refused, and a refused tick moves no time.

Source: contract section 2, "Order".
"""

from typing import NamedTuple

import numpy as np

from connectors.recording.batch import Bools, Columns, Int64s
from connectors.recording.listing import Listing

START = np.iinfo(np.int64).min


class Timed(NamedTuple):
    """The ticks that are in time for their listing, at their effective times.

    ``early`` marks the rows that are not among them, ``late`` holds own times by index.
    """

    columns: Columns
    late: dict[int, int]
    early: Bools


class EffectiveTime:
    """The time of one file: never goes back."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self.now = int(START)

    def apply(self, columns: Columns) -> Timed:
        """Give the next ticks of the file their effective times."""
        early = self._early(columns)
        kept = columns.keep(~early)
        if not len(kept.ts):
            return Timed(kept, {}, early)
        ts = np.maximum.accumulate(np.maximum(kept.ts, self.now))
        self.now = int(ts[-1])
        moved = np.flatnonzero(ts != kept.ts)
        late = dict(zip(moved.tolist(), kept.ts[moved].tolist(), strict=True))
        return Timed(kept._replace(ts=ts), late, early)

    # Only near a listing: a row's effective time depends on which rows before it are refused.
    def _early(self, columns: Columns) -> Bools:
        early = np.zeros(len(columns.ts), np.bool_)
        since: Int64s = self._listing.since[columns.symbol]
        if self.now >= self._listing.complete_at or not bool((columns.ts < since).any()):
            return early
        now = self.now
        for row, (ts, listed) in enumerate(zip(columns.ts.tolist(), since.tolist(), strict=True)):
            if max(now, ts) < listed:
                early[row] = True
            else:
                now = max(now, ts)
        return early
