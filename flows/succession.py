"""How a standby comes to lead: it asks for the leases until it gets them."""

import threading

from connectors.log.abstract import Lease, Log, LogError, LogLocked, LogUnavailable

PAUSE_S = 0.1


class Succession:
    """Asks for leases from a thread of its own.

    Args:
        log: where they are.
        topic: where the log keeps track of them.
        names: the leases.
    """

    def __init__(self, log: Log, topic: str, names: list[str]) -> None:
        self._log, self._topic, self._names = log, topic, names
        self._lease: Lease | None = None
        self._failed: LogError | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._ask, name="succession", daemon=True)
        self._thread.start()

    def lease(self) -> Lease | None:
        """Return the leases once they are had; raises what made it impossible."""
        if self._failed is not None:
            raise self._failed
        return self._lease

    def close(self) -> None:
        """Ask no more, and give back what was got."""
        self._closing.set()
        self._thread.join()
        if self._lease is not None:
            self._lease.close()

    def _ask(self) -> None:
        while not self._closing.is_set():
            try:
                self._lease = self._log.lease(self._topic, self._names)
            except (LogLocked, LogUnavailable):
                self._closing.wait(PAUSE_S)
            except LogError as error:
                self._failed = error
                return
            else:
                return
