"""Which accounts of a group changed, and when: one list for all who follow it.

To mark a change costs the same for a thousand followers as for one; each of them has a place in
the list, and one who does not read costs nothing.

>>> changes = Changes()
>>> for name in ("a", "b", "a"):
...     changes.mark(name)
>>> changes.since(0, 1)
(['b'], 2)
>>> changes.since(2, 9)
(['a'], 3)
"""

from bisect import bisect_left

_SLACK = 1_024


class Changes:
    """Names in the order of their newest change.

    Attributes:
        end: the place behind the newest.
    """

    def __init__(self) -> None:
        self.end = 0
        self._newest: dict[str, int] = {}
        self._order: list[tuple[int, str]] = []

    def mark(self, name: str) -> None:
        """Note a change."""
        self._newest[name] = self.end
        self._order.append((self.end, name))
        self.end += 1
        if len(self._order) > 2 * len(self._newest) + _SLACK:
            self._order = [one for one in self._order if self._is_newest(*one)]

    def since(self, place: int, most: int) -> tuple[list[str], int]:
        """Return what changed from a place on, the longest ago first, and the place behind it."""
        names = []
        for index in range(bisect_left(self._order, (place,)), len(self._order)):
            at, name = self._order[index]
            if self._is_newest(at, name):
                names.append(name)
                if len(names) == most:
                    return names, at + 1
        return names, self.end

    def _is_newest(self, at: int, name: str) -> bool:
        return self._newest[name] == at
