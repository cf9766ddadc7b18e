"""Every column of the engine in one place: dtypes, units and flags.

Money is int64 in 10^-8 of the account currency, a price int64 in 10^-price_digits of its
instrument, a mid is kept doubled (bid + ask). `FAR` stands for infinity; real amounts stay below
2^61, so sums with it do not wrap.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

FAR: Final = 1 << 62
REAL: Final = 1 << 61

# Price series of a symbol; series id = 4 * symbol + one of these.
BID: Final = 0
ASK: Final = 1
MID: Final = 2
LAST: Final = 3

# Kinds of a leg, as bits. 0 is a plain leg: P/L = factor * mark + low, exactly.
INVERSE: Final = 1
MULTIPLY: Final = 2
DIVIDE: Final = 4
CONVERTED: Final = MULTIPLY | DIVIDE
WIDE: Final = 8
SCALED: Final = 16
GROWN: Final = 32
EXACT: Final = 64

LEG = np.dtype(
    [
        ("factor", np.int64),  # linear: of the mark; inverse: the signed cost, in 10^-12
        ("high", np.int64),  # with `low` one 128-bit number: linear: the constant;
        ("low", np.int64),  # inverse: the signed numerator of the value at the mark
        ("scale", np.int64),  # the last divisor (GROWN: factor), positive
        ("slope", np.float64),  # the same numbers for bounds, see bounds.py
        ("level", np.float64),
        ("symbol", np.uint16),
        ("rate", np.uint16),  # symbol of the conversion rate, or NO_RATE
        ("series", np.uint8),
        ("kind", np.uint8),
        ("gross", np.float32),  # no intermediate of a bound passes it, units
        ("error", np.float32),  # rounding in money that `gross` does not cover, units
    ],
    align=True,
)
NO_RATE: Final = 0xFFFF

# Flags of an account.
PRESENT: Final = 1
QUIET: Final = 2  # its safe bands are in force
QUEUED: Final = 4  # has a place in the queue; every account that is present and not quiet has
MANY: Final = 8  # its peak rows do not fit the one kept in the account

_ACCOUNT_FIELDS: dict[str, Any] = {
    "balance": np.int64,
    "base": np.int64,  # balance + P/L that no price moves
    "high": np.int64,  # running maximum of equity over ticks before `settled`, FAR: none is kept
    "high_tick": np.int64,  # tick over all tapes that set it, -1 none yet
    "fixed": np.int64,  # stop level that no maximum moves, see rows.py
    "allowance": np.int64,  # the one peak row kept here: min(high - allowance, cap)
    "cap": np.int64,
    "ceiling": np.int64,  # not below equity in [settled, checked), nor while the bands hold
    "slack": np.float64,  # covers every rounding of its bounds, units
    "settled": np.int32,
    "checked": np.int32,  # nothing to look at before this tick; a quiet one: before the last scan
    "leg_start": np.int32,
    "leg_count": np.int32,
    "row_start": np.int32,
    "row_count": np.int32,
    "flags": np.int32,
}
# Two cache lines.
ACCOUNT = np.dtype(
    {
        "names": list(_ACCOUNT_FIELDS),
        "formats": list(_ACCOUNT_FIELDS.values()),
        "itemsize": 128,
    }
)

EQUITY: Final = 1
BALANCE: Final = 2
BOTH: Final = EQUITY | BALANCE

ROW = np.dtype(
    [
        ("start", np.int64),  # a fixed floor, or the floor a peak row starts from (-FAR: none)
        ("high", np.int64),  # the high-water mark it starts from
        ("allowance", np.int64),  # fixed allowance
        ("numerator", np.int64),  # percent allowance: numerator / denominator, or denominator 0
        ("denominator", np.int64),
        ("reduction", np.int64),
        ("cap", np.int64),  # FAR: none
        ("shift", np.int64),
        ("warn", np.int64),  # room of the next unfired warning level, -1: none
        ("level_numerator", np.int64),  # the same for a percent row, as the level itself
        ("level_denominator", np.int64),  # 0: none
        ("metric", np.uint8),
        ("peak", np.uint8),
        ("touch", np.uint8),
        ("judged", np.uint8),
    ],
    align=True,
)


def aligned(count: int, dtype: Any) -> NDArray[Any]:
    """Return zeroed records that start on a cache line: dtype[count]."""
    kind = np.dtype(dtype)
    raw = np.zeros(count * kind.itemsize + 64, dtype=np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + count * kind.itemsize].view(kind)


# Slots of `TapeColumns.shape`, int64.
COUNT: Final = 0  # ticks on the tape
SYMBOLS: Final = 1  # symbols it has room for
STRIDE: Final = 2  # float32 per row of nodes
LEVELS: Final = 3  # levels of the tree
LEAF_BITS: Final = 4  # a leaf is 2^bits ticks
ROWS: Final = 5  # series that have a row of nodes
GROUP: Final = 16  # float32 per group: eight lows, eight highs


class TapeColumns(NamedTuple):
    """The ticks of a tape and the tree over them.

    Attributes:
        symbol: int32[capacity], symbol of each tick.
        prices: int64[(symbols + capacity) * 4], bid, ask, mid doubled and last; row s < symbols is
            the price of symbol s carried in, row symbols + t what tick t left.
        opens: int32[leaves * symbols], row of `prices` that prevails when a leaf begins.
        last_row: int32[symbols], row that prevails at the end.
        nodes: float32[rows * stride], per series in use the groups of each level, lows and highs
            rounded outward.
        row_of: int32[symbols * 4], row of `nodes` of a series, -1 when no leg uses it.
        offsets: int64[levels], where each level begins in a row.
        limits: int64[symbols * 2], prices a symbol may show before its legs are prepared again.
        shape: int64[8], see the slots above.
    """

    symbol: NDArray[np.int32]
    prices: NDArray[np.int64]
    opens: NDArray[np.int32]
    last_row: NDArray[np.int32]
    nodes: NDArray[np.float32]
    row_of: NDArray[np.int32]
    offsets: NDArray[np.int64]
    limits: NDArray[np.int64]
    shape: NDArray[np.int64]


class FillScratch(NamedTuple):
    """Scratch of a tape being filled.

    Attributes:
        order: int32[capacity], the new ticks by symbol, each its index among them.
        ends: int32[symbols], where the ticks of each symbol end in `order`.
        before: int32[symbols], row of prices that prevailed before them.
    """

    order: NDArray[np.int32]
    ends: NDArray[np.int32]
    before: NDArray[np.int32]


class BookColumns(NamedTuple):
    """The accounts of a key group.

    Attributes:
        accounts: ACCOUNT[accounts].
        legs: LEG[slots], those of one account side by side.
        bands: int32[slots * 2], entry of the band pool of a leg's mark and of its rate, -1 none.
        rows: ROW[slots], those of one account side by side.
    """

    accounts: NDArray[Any]
    legs: NDArray[Any]
    bands: NDArray[np.int32]
    rows: NDArray[Any]


class BandColumns(NamedTuple):
    """Per series, the prices inside which nothing can happen to the accounts that hold it.

    Attributes:
        low, high: float32[pool], rounded inward.
        account: int32[pool].
        slot: int32[pool], 2 * leg slot, + 1 for the rate: where `BookColumns.bands` points back.
        start, used, room: int32[series], region of each series in the pool.
        move: float64[series], how far the series usually moves, to share room between legs.
        moved: float64[series], sum of the squares of its moves from frame to frame.
    """

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    account: NDArray[np.int32]
    slot: NDArray[np.int32]
    start: NDArray[np.int32]
    used: NDArray[np.int32]
    room: NDArray[np.int32]
    move: NDArray[np.float64]
    moved: NDArray[np.float64]


class Scratch(NamedTuple):
    """One thread's working memory, sized for the account with most legs.

    Attributes:
        kind, mark_row, rate_row: int64[legs], offsets of nodes rows.
        slope, level: float64[legs].
        mark_at, rate_at, value: int64[legs], rows of prices and P/L in the leaf being walked.
        mark, mark_slope, mark_move, rate, rate_slope, rate_move: float64[legs], for new bands.
        watched: uint8[symbols], the account's symbols.
        low, high, peak: float64[levels * 8], bounds on the path of a search.
        child, node: int64[levels], where the search is on each level.
        peak_node: int64[levels], where the settling inside it is.
    """

    kind: NDArray[np.int64]
    mark_row: NDArray[np.int64]
    rate_row: NDArray[np.int64]
    slope: NDArray[np.float64]
    level: NDArray[np.float64]
    mark_at: NDArray[np.int64]
    rate_at: NDArray[np.int64]
    value: NDArray[np.int64]
    mark: NDArray[np.float64]
    mark_slope: NDArray[np.float64]
    mark_move: NDArray[np.float64]
    rate: NDArray[np.float64]
    rate_slope: NDArray[np.float64]
    rate_move: NDArray[np.float64]
    watched: NDArray[np.uint8]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    peak: NDArray[np.float64]
    child: NDArray[np.int64]
    node: NDArray[np.int64]
    peak_node: NDArray[np.int64]


class FrameColumns(NamedTuple):
    """Scratch of `due`: what the new ticks did to each series.

    Attributes:
        low, high, close: int64[series].
        touched: int32[symbols], symbols that ticked.
        seen: uint8[symbols].
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    close: NDArray[np.int64]
    touched: NDArray[np.int32]
    seen: NDArray[np.uint8]
