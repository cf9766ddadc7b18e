"""Sizes of the fast engine's tape that make a short journal as hard as a long one.

The product's tape holds 262,144 ticks in leaves of 32: a journal of 300 entries would meet one
level of the tree and no end of a tape. With a tape of 20 ticks in leaves of two it meets all of it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from random import Random
from typing import NamedTuple
from unittest.mock import patch

from rules.engine import evaluate, placing, probes, search
from rules.engine.search import Search
from rules.engine.tape import Tape


class Shape(NamedTuple):
    """How many ticks fit a tape, the binary logarithm of how many fit a leaf, how many are many."""

    ticks: int
    leaf_bits: int
    many: int = placing.MANY

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Make every fast engine of this shape."""
        with ExitStack() as stack:
            small = partial(Search, capacity=self.ticks)
            leaves = partial(Tape, leaf_bits=self.leaf_bits)
            stack.enter_context(patch.object(placing, "Search", small))
            for module in (evaluate, placing):
                stack.enter_context(patch.object(module, "TAPE_TICKS", self.ticks))
                stack.enter_context(patch.object(module, "MANY", self.many))
            stack.enter_context(patch.object(search, "Tape", leaves))
            stack.enter_context(patch.object(probes, "Tape", leaves))
            yield


def shape_of(seed: int) -> Shape:
    """The shape a journal is judged in; one seed is one shape on every machine."""
    rng = Random(f"shape of {seed}")
    sizes = rng.choice([1, 3, 20, 64, 500, 1 << 13]), rng.choice([1, 1, 2, 3, 5])
    return Shape(*sizes, rng.choice([1, 2, placing.MANY]))
