"""What one call about a whole frame takes and gives, in columns; see `frame_kernels.py`."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

# The latest tick of an instrument; `at` is its journal position, 0 before the first.
LATEST = np.dtype([(name, np.int64) for name in ("at", "ts", "bid", "ask", "last")])


class MarketColumns(NamedTuple):
    """The latest ticks before a frame.

    Attributes:
        latest: LATEST[symbols].
        traded: LATEST[symbols], the latest that had a trade price.
    """

    latest: NDArray[Any]
    traded: NDArray[Any]


class TickColumns(NamedTuple):
    """The ticks of a frame, as `schemas.frames.Frame` holds them."""

    ts: NDArray[np.int64]
    at: NDArray[np.int32]
    symbol: NDArray[np.int32]
    bid: NDArray[np.int64]
    ask: NDArray[np.int64]
    last: NDArray[np.int64]


class FoundColumns(NamedTuple):
    """What `pass_frame` writes.

    Attributes:
        positions: int64[capacity], journal position of each tick of the tape.
        widened: uint8[symbols], where a price passed the symbol's limits.
        queue: int32[accounts], accounts to visit.
        stopped: int32[room], accounts that stopped.
        stops: int32[room], their ticks.
    """

    positions: NDArray[np.int64]
    widened: NDArray[np.uint8]
    queue: NDArray[np.int32]
    stopped: NDArray[np.int32]
    stops: NDArray[np.int32]


# Answers of `pass_frame` that are no number of accounts.
REFUSED: Final = -1
MANY_DUE: Final = -2
