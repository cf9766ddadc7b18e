"""How much a caller may ask for, and how often an address may fail to say who it is."""

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from api.access.principal import Principal
from api.problems import Problem

FAILURES_MINUTE = 30
TICKETS_MINUTE = 120
COMMANDS_MINUTE = 60
BUNDLES_MINUTE = 20


class Limits:
    """Counts in this process, on the event loop: the other kind starts threads that hold it up.

    Args:
        requests_s: so many requests a second for each caller.
    """

    def __init__(self, requests_s: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._requests = RateLimitItemPerSecond(requests_s)
        self._failures = RateLimitItemPerMinute(FAILURES_MINUTE)
        # Asking the limiter costs as much as the answer to a request: most never failed.
        self._suspects: set[str] = set()
        self._acts = {
            "ticket": RateLimitItemPerMinute(TICKETS_MINUTE),
            "command": RateLimitItemPerMinute(COMMANDS_MINUTE),
            "bundle": RateLimitItemPerMinute(BUNDLES_MINUTE),
        }

    async def request(self, principal: Principal) -> None:
        """Count a request.

        Raises:
            Problem: it is one too many.
        """
        if not await self._limiter.hit(self._requests, "request", principal.name):
            raise _too_many(1)

    async def act(self, kind: str, principal: Principal) -> None:
        """Count a ticket, a command or a bundle.

        Raises:
            Problem: it is one too many.
        """
        if not await self._limiter.hit(self._acts[kind], kind, principal.name):
            raise _too_many(60)

    async def check_address(self, address: str) -> None:
        """Turn away an address that guessed too often.

        Raises:
            Problem: it did.
        """
        if address not in self._suspects:
            return
        if not await self._limiter.test(self._failures, "failure", address):
            raise _too_many(60)

    async def failure(self, address: str) -> None:
        """Count bad credentials."""
        self._suspects.add(address)
        await self._limiter.hit(self._failures, "failure", address)


def _too_many(seconds: int) -> Problem:
    return Problem(429, "too many requests", headers={"Retry-After": str(seconds)})
