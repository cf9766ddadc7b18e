"""Frames cut to a size and after each listing: a journal decides the same however it is cut."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from schemas.events import InstrumentListed
from schemas.frames import Frame, FrameEvent

NO_FRAME = Frame(
    first=1,
    ts=np.empty(0, np.int64),
    tick_at=np.empty(0, np.int32),
    tick_symbol=np.empty(0, np.int32),
    bid=np.empty(0, np.int64),
    ask=np.empty(0, np.int64),
    last=np.empty(0, np.int64),
)


def pieces(frame: Frame, most: int) -> Iterator[Frame]:
    """Yield ``frame`` in pieces of at most ``most`` entries, in order.

    A listed instrument may tick in the next entry, and a tape's instruments are those known when
    its ticks are appended: so a listing is the last entry of its piece.
    """
    listings = [item.at + 1 for item in frame.events if isinstance(item.event, InstrumentListed)]
    if frame.n <= most and not listings:
        yield frame
        return
    cuts = sorted({*range(0, frame.n, most), *listings, frame.n})
    for start, end in pairwise(cuts):
        yield _piece(frame, start, end)


def _piece(frame: Frame, start: int, end: int) -> Frame:
    first, past = frame.tick_at.searchsorted([start, end]).tolist()
    ticks = slice(first, past)
    return Frame(
        first=frame.first + start,
        ts=frame.ts[start:end],
        tick_at=frame.tick_at[ticks] - np.int32(start),
        tick_symbol=frame.tick_symbol[ticks],
        bid=frame.bid[ticks],
        ask=frame.ask[ticks],
        last=frame.last[ticks],
        events=tuple(
            FrameEvent(item.at - start, item.event, item.late_ts, item.original)
            for item in frame.events
            if start <= item.at < end
        ),
        late={at - start: ts for at, ts in frame.late.items() if start <= at < end},
    )
