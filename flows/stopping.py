"""How a flow is asked to end: between two batches, never in the middle of one."""

import os
import signal
from types import FrameType


class Stop:
    """A wish to end, set by signals.

    Attributes:
        drained: end when everything that is there has been read (SIGUSR1).
    """

    def __init__(self) -> None:
        self.drained = False
        self._asked = False
        self._parent: int | None = None

    @property
    def now(self) -> bool:
        """End with what is in hand (SIGTERM, SIGINT)."""
        return self._asked or (self._parent is not None and os.getppid() != self._parent)

    def listen(self, *, with_parent: bool = False) -> "Stop":
        """Let the signals set it, and perhaps the end of the process that started this one.

        Only the main thread may call this.
        """
        self._parent = os.getppid() if with_parent else None
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGUSR1, self._drain)
        return self

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked = True

    def _drain(self, _signal: int, _frame: FrameType | None) -> None:
        self.drained = True
