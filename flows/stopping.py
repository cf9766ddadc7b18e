"""How a flow is asked to end: between two batches, never in the middle of one."""

import signal
from types import FrameType


class Stop:
    """A wish to end, set by signals.

    Attributes:
        now: end with what is in hand (SIGTERM, SIGINT).
        drained: end when everything that is there has been read (SIGUSR1).
    """

    def __init__(self) -> None:
        self.now = False
        self.drained = False

    def listen(self) -> "Stop":
        """Let the signals set it; only the main thread may call this."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGUSR1, self._drain)
        return self

    def wanted(self, *, idle: bool) -> bool:
        """Tell whether to end; `idle` says that there was nothing left to read."""
        return self.now or (self.drained and idle)

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self.now = True

    def _drain(self, _signal: int, _frame: FrameType | None) -> None:
        self.drained = True
