"""Whether the brokers are there at all: a reader that hears nothing cannot tell by itself.

librdkafka tries again for ever when a broker is away, and a reader then looks like one with
nothing to read. So somebody asks: as long as readers hear nothing, a thread asks the brokers every
few seconds, and when none has answered for `PATIENCE_S` the readers say so.
"""

import threading
import time
from collections.abc import Callable

from connectors.log.abstract import LogError, LogUnavailable

PATIENCE_S = 60.0
"""So long brokers may be away before whoever waits for them gives up."""
_ASK_S = 5.0
_AGAIN_S = (0.5, 1.0, 2.0)


class Pulse:
    """Asks from a thread of its own, which begins with the first reader that hears nothing.

    Args:
        ask: returns when a broker answered, raises `LogUnavailable` when none did.
    """

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask = ask
        self._answered_at = 0.0
        self._last: LogError | None = None
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._closing = threading.Event()

    def check(self) -> None:
        """Return while somebody answers, or did not long ago.

        Raises:
            LogUnavailable: nobody has for `PATIENCE_S`.
        """
        if self._thread is None:
            self._begin()
        if self._last is not None and time.monotonic() - self._answered_at > PATIENCE_S:
            message = f"no broker has answered for {PATIENCE_S:g} s ({self._last})"
            raise LogUnavailable(message)

    def close(self) -> None:
        """Ask no more; a question under way is not waited for."""
        self._closing.set()

    def _begin(self) -> None:
        with self._starting:
            if self._thread is None:
                self._answered_at = time.monotonic()
                self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        failures = 0
        while not self._closing.wait(_pause(failures)):
            try:
                self._ask()
            except LogUnavailable as error:
                failures += 1
                self._last = error
            except LogError:
                return  # a broker answered, and readers hear of it themselves
            else:
                failures = 0
                self._last = None
                self._answered_at = time.monotonic()


def _pause(failures: int) -> float:
    return _AGAIN_S[min(failures, len(_AGAIN_S)) - 1] if failures else _ASK_S
