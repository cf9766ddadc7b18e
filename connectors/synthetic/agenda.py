"""Who acts when: one heap of instants, so a tick touches only those whose time has come."""

from collections.abc import Callable
from heapq import heappop, heappush

NS = 1_000_000_000

# Does something and returns the show seconds until it wants to be called again, or None.
Action = Callable[[], float | None]


class Agenda:
    """Future actions in order of their instants.

    Args:
        pace: market seconds per second of the show.
    """

    def __init__(self, pace: float) -> None:
        self._second_ns = pace * NS
        self._heap: list[tuple[int, int, Action]] = []
        self._added = 0
        self.next_ns = 1 << 62  # instant of the earliest action

    def after(self, now_ns: int, show_s: float, action: Action) -> None:
        """Plan an action for some show seconds after now."""
        self.at(now_ns + int(show_s * self._second_ns), action)

    def at(self, ns: int, action: Action) -> None:
        """Plan an action for an instant."""
        self._added += 1
        heappush(self._heap, (ns, self._added, action))
        self.next_ns = self._heap[0][0]

    def run(self, now_ns: int) -> None:
        """Do everything that is due, and plan what wants to come again."""
        heap = self._heap
        while heap and heap[0][0] <= now_ns:
            action = heappop(heap)[2]
            wait = action()
            if wait is not None:
                self.after(now_ns, max(wait, 0.01), action)
        self.next_ns = heap[0][0] if heap else 1 << 62
