"""Chance for the traders: uniform numbers drawn in blocks, because single draws are slow."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
BLOCK = 4096


class Draws:
    """A stream of seeded random choices; only arithmetic that is the same everywhere.

    Args:
        seed: of numpy's PCG64.
    """

    def __init__(self, seed: int | np.random.SeedSequence) -> None:
        self._rng = np.random.Generator(np.random.PCG64(seed))
        self._block: list[float] = []

    def unit(self) -> float:
        """Return a number in [0, 1)."""
        if not self._block:
            self._block = self._rng.random(BLOCK).tolist()
        return self._block.pop()

    def between(self, low: float, high: float) -> float:
        """Return a number in [low, high)."""
        return low + (high - low) * self.unit()

    def below(self, bound: int) -> int:
        """Return an integer in [0, bound)."""
        return int(self.unit() * bound)

    def chance(self, share: float) -> bool:
        """Return True in that share of the calls."""
        return self.unit() < share

    def side(self) -> int:
        """Return 1 (buy) or -1 (sell)."""
        return 1 if self.unit() < 0.5 else -1

    def pick(self, items: Sequence[Item]) -> Item:
        """Return one of the items."""
        return items[int(self.unit() * len(items))]

    def weighted(self, items: Sequence[tuple[Item, float]]) -> Item:
        """Return one of the items, each as often as its weight says; weights need no common sum."""
        left = self.unit() * sum(weight for _, weight in items)
        for item, weight in items:
            left -= weight
            if left < 0:
                return item
        return items[-1][0]
