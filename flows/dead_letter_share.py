"""Stops a flow that refuses most of what it reads: a bad deploy must not drain a topic."""

from collections import deque

WINDOW = 10_000
LEAST = 1_000


class TooManyDeadLetters(RuntimeError):  # noqa: N818 - named after what happened
    """More of the recent inputs were refused than the settings allow."""


class DeadLetterShare:
    """Watches the share of refused inputs among the last ones.

    Args:
        percent_max: of the last `WINDOW` inputs, judged from `LEAST` inputs on; 100 for any.
    """

    def __init__(self, percent_max: int) -> None:
        self._percent_max = percent_max
        self._recent: deque[tuple[int, int]] = deque()
        self._inputs = self._refused = 0

    def add(self, inputs: int, refused: int) -> None:
        """Count some inputs.

        Raises:
            TooManyDeadLetters: the share is too high.
        """
        self._recent.append((inputs, refused))
        self._inputs += inputs
        self._refused += refused
        while self._inputs - self._recent[0][0] >= WINDOW:
            old_inputs, old_refused = self._recent.popleft()
            self._inputs -= old_inputs
            self._refused -= old_refused
        allowed = self._inputs * self._percent_max / 100
        if self._inputs >= LEAST and self._refused > allowed:
            message = (
                f"{self._refused} of the last {self._inputs} inputs were refused, more than "
                f"{self._percent_max} %; see the dead letters, or raise dead_letter_share_max"
            )
            raise TooManyDeadLetters(message)
