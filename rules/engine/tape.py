"""A tape: one stretch of ticks and the tree over them, built once for all accounts."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rules.engine import tape_kernels
from rules.engine.columns import (
    COUNT,
    GROUP,
    LEAF_BITS,
    LEVELS,
    ROWS,
    STRIDE,
    SYMBOLS,
    FillScratch,
    TapeColumns,
    aligned,
)
from rules.engine.legs import PriceBounds

_LEAF_BITS = 5
_LEAF_CELLS = (
    1 << 26
)  # leaves * symbols stays below it, so a long tape of many symbols has larger leaves


class Prices(NamedTuple):
    """Prices of a symbol in 10^-price_digits; -1: none seen yet."""

    bid: int
    ask: int
    last: int


def _offsets(leaves: int) -> tuple[NDArray[np.int64], int]:
    # Where each level begins in a row of nodes, and the length of a row, in float32.
    offsets, at, nodes = [], 0, max(leaves, 1)
    while True:
        groups = (nodes + 7) // 8
        offsets.append(at)
        at += groups * GROUP
        if groups == 1:
            break
        nodes = groups
    return np.array(offsets, dtype=np.int64), at


class Tape:
    """Ticks in order, with the price of every symbol before and after each.

    Args:
        symbols: how many symbols there are; `add_symbol` makes room for more.
        capacity: how many ticks fit before `restart`.
        leaf_bits: a leaf of the tree is 2^bits ticks; chosen when absent.
    """

    def __init__(self, symbols: int, capacity: int, leaf_bits: int | None = None) -> None:
        self.capacity = capacity
        self.base = 0
        self.symbols = symbols
        self._leaf_bits = leaf_bits
        self._allocate(max(symbols, 1))

    def _allocate(self, symbols: int) -> None:
        bits = self._leaf_bits or _LEAF_BITS
        while self._leaf_bits is None and (self.capacity >> bits) * symbols > _LEAF_CELLS:
            bits += 1
        leaves = (self.capacity + (1 << bits) - 1) >> bits
        offsets, stride = _offsets(leaves)
        shape = np.zeros(8, dtype=np.int64)
        shape[SYMBOLS], shape[STRIDE] = symbols, stride
        shape[LEVELS], shape[LEAF_BITS] = len(offsets), bits
        prices = aligned((symbols + self.capacity) * 4, np.int64)
        prices[: symbols * 4] = -1
        self.columns = TapeColumns(
            symbol=np.zeros(self.capacity, dtype=np.int32),
            prices=prices,
            opens=np.zeros(max(leaves, 1) * symbols, dtype=np.int32),
            last_row=np.arange(symbols, dtype=np.int32),
            nodes=aligned(8 * stride, np.float32),
            row_of=np.full(symbols * 4, -1, dtype=np.int32),
            offsets=offsets,
            limits=np.zeros(symbols * 2, dtype=np.int64),
            shape=shape,
        )
        self.widened = np.zeros(symbols, dtype=np.uint8)
        self.fill = FillScratch(
            order=np.zeros(self.capacity, dtype=np.int32),
            ends=np.zeros(symbols, dtype=np.int32),
            before=np.zeros(symbols, dtype=np.int32),
        )
        # The system hands out memory when it is first touched: better now than under the first
        # ticks.
        for column in (self.columns.symbol, self.columns.opens, self.columns.nodes):
            column.fill(0)
        prices[symbols * 4 :].fill(0)

    @property
    def count(self) -> int:
        """Ticks on the tape."""
        return int(self.columns.shape[COUNT])

    def append(self, symbol: Any, bid: Any, ask: Any, last: Any) -> int:
        """Append ticks and return the index of the first.

        Args:
            symbol: int32[k].
            bid: int64[k].
            ask: int64[k].
            last: int64[k], -1 where a tick has none.
        """
        first = self.count
        if first + len(symbol) > self.capacity:
            raise ValueError(f"tape of {self.capacity} ticks is full: {first} + {len(symbol)}")
        tape_kernels.append(self.columns, self.fill, symbol, bid, ask, last, self.widened)
        return first

    def carry(self, symbol: int, bid: int, ask: int, last: int = -1) -> None:
        """Set the price carried into a tape that is still empty."""
        if self.count:
            raise ValueError("prices can be carried only into an empty tape")
        if tape_kernels.carry(self.columns, symbol, bid, ask, last):
            self.widened[symbol] = 1

    def restart(self) -> None:
        """Empty the tape. What accounts still need of it must have been settled."""
        self.base += self.count
        tape_kernels.restart(self.columns)

    def prices_at(self, symbol: int, at: int) -> Prices:
        """Return the prices that prevail after ticks [0, at)."""
        row = tape_kernels.find_row(self.columns, symbol, at)
        bid, ask, _, last = self.columns.prices[row * 4 : row * 4 + 4].tolist()
        return Prices(bid, ask, last)

    def outgrown(self, symbol: Any, bid: Any, ask: Any, last: Any) -> set[int]:
        """Return the symbols whose ticks pass the prices legs are prepared for; see `append`."""
        found = np.zeros(int(self.columns.shape[SYMBOLS]), dtype=np.uint8)
        if not tape_kernels.outgrown(self.columns, symbol, bid, ask, last, found):
            return set()
        return set(np.flatnonzero(found).tolist())

    def bounds(self, symbol: int) -> PriceBounds:
        """Return the prices within which legs of the symbol are prepared."""
        low, high = self.columns.limits[symbol * 2 : symbol * 2 + 2].tolist()
        return PriceBounds(low, high)

    def use(self, series: int) -> None:
        """Keep nodes for a series."""
        if self.columns.row_of[series] >= 0:
            return
        row, stride = int(self.columns.shape[ROWS]), int(self.columns.shape[STRIDE])
        if (row + 1) * stride > len(self.columns.nodes):
            nodes = aligned(2 * len(self.columns.nodes), np.float32)
            nodes.fill(0)
            nodes[: len(self.columns.nodes)] = self.columns.nodes
            self.columns = self.columns._replace(nodes=nodes)
        self.columns.shape[ROWS] = row + 1
        tape_kernels.use_series(self.columns, self.fill, series, row)

    def add_symbol(self) -> int:
        """Make room for one more symbol and return its id; the tape must be empty."""
        if self.count:
            raise ValueError("a symbol is added between tapes")
        symbol, old = self.symbols, self.columns
        self.symbols += 1
        room = int(old.shape[SYMBOLS])
        if symbol < room:
            return symbol
        self._allocate(room * 2)
        new = self.columns
        new.prices[: room * 4] = old.prices[: room * 4]
        new.limits[: room * 2] = old.limits
        for series in np.argsort(old.row_of, kind="stable").tolist():
            if old.row_of[series] >= 0:
                self.use(series)
        return symbol
