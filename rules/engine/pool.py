"""Slots for things an account has any number of: those of one account lie side by side."""

from bisect import bisect_left

_SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]


def slots_for(count: int) -> int:
    """Return how many slots are kept for a count: a leg more or less rarely moves the rest."""
    if count > _SIZES[-1]:
        return 1 << (count - 1).bit_length()
    return _SIZES[bisect_left(_SIZES, count)]


class Pool:
    """Hands out runs of slots and takes them back; the arrays themselves belong to the book."""

    def __init__(self) -> None:
        self.end = 0
        self._free: dict[int, list[int]] = {}

    def take(self, count: int) -> int:
        """Return the start of a free run for `count` things; the run may lie at the end."""
        if count == 0:
            return 0
        size = slots_for(count)
        free = self._free.get(size)
        start = free.pop() if free else self.end
        if start == self.end:
            self.end += size
        return start

    def give(self, start: int, count: int) -> None:
        """Take back a run that `take(count)` returned."""
        if count:
            self._free.setdefault(slots_for(count), []).append(start)

    def take_block(self, slots: int) -> int:
        """Return the start of `slots` slots at the end, for a bulk load."""
        self.end += slots
        return self.end - slots
