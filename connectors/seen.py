"""Event ids that were seen, forgotten after a while of journal time."""

from collections import deque


class SeenIds:
    """Remembers ids for `window_ns` of journal time, whatever became of their events.

    >>> seen = SeenIds(window_ns=10)
    >>> seen.first_time("e1", 100), seen.first_time("e1", 110), seen.first_time("e1", 111)
    (True, False, True)
    """

    def __init__(self, window_ns: int) -> None:
        self._window_ns = window_ns
        self._known: set[str] = set()
        self._order: deque[tuple[int, str]] = deque()

    def __len__(self) -> int:
        return len(self._known)

    def known(self) -> list[tuple[int, str]]:
        """Return what is remembered, each with the time from which, ascending."""
        return list(self._order)

    def first_time(self, event_id: str, now_ns: int) -> bool:
        """Remember the id from `now_ns`, which never goes back; tell whether it was new."""
        if self.knows(event_id, now_ns):
            return False
        self.remember(event_id, now_ns)
        return True

    def knows(self, event_id: str, now_ns: int) -> bool:
        """Tell whether the id was seen within the window before `now_ns`, which never goes back."""
        self._forget(now_ns - self._window_ns)
        return event_id in self._known

    def remember(self, event_id: str, now_ns: int) -> None:
        """Remember an id that is not known, from `now_ns`, which never goes back."""
        self._known.add(event_id)
        self._order.append((now_ns, event_id))

    def _forget(self, before_ns: int) -> None:
        order = self._order
        while order and order[0][0] < before_ns:
            self._known.discard(order.popleft()[1])
