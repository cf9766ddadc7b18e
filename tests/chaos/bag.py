"""Chances without luck: everything comes before anything comes again."""

from collections.abc import Iterable
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Bag(Generic[T]):
    """Things to be drawn, each once, and then all of them again in another order."""

    def __init__(self, things: Iterable[T], random: Random):
        self._things = list(things)
        self._left: list[T] = []
        self._random = random

    def draw(self) -> T:
        """Take the next one."""
        if not self._left:
            self._left = self._random.sample(self._things, len(self._things))
        return self._left.pop()
