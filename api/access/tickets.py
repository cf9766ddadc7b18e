"""Tickets: what a browser shows when it opens a socket, because it cannot send a header there."""

import secrets
import time
from collections.abc import Callable

from api.access.principal import Principal, Refused

VALID_S = 30.0
_OPEN_MAX = 10_000


class Tickets:
    """Tickets of this process; each is good for one use.

    Args:
        clock: seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, tuple[float, Principal]] = {}

    def issue(self, principal: Principal) -> str:
        """Return a new ticket."""
        self._sweep()
        ticket = secrets.token_urlsafe(32)
        self._open[ticket] = self._clock() + VALID_S, principal
        return ticket

    def redeem(self, ticket: str) -> Principal:
        """Take a ticket back and return whose it was.

        Raises:
            Refused: it is unknown, used or too old.
        """
        until, principal = self._open.pop(ticket, (0.0, None))
        if principal is None or until <= self._clock():
            raise Refused("unknown, used or expired ticket")
        return principal

    # They are issued in the order in which they expire.
    def _sweep(self) -> None:
        now = self._clock()
        while self._open:
            oldest = next(iter(self._open))
            if self._open[oldest][0] > now and len(self._open) < _OPEN_MAX:
                break
            del self._open[oldest]
