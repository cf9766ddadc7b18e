"""Asking a venue again and again, as long as it makes sense."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    wait_random_exponential,
)

from connectors.venues.abstract import Ambiguous, Busy, OrderState, VenueError

ResultT = TypeVar("ResultT")

_PAUSE_S = 0.1
_PAUSE_MAX_S = 5.0


class Patience:
    """How long a venue may fail without a break before an operator is asked.

    Time in the queue of the budget does not count: only what passes between a first failure and
    the next success does.

    Args:
        seconds: so long.
        settle_s: after so long a request without an answer can no longer be accepted.
    """

    def __init__(self, seconds: float, settle_s: float) -> None:
        self._seconds = seconds
        self.settle_s = settle_s
        self._failing_since: float | None = None

    async def ask(self, call: Callable[..., Awaitable[ResultT]], *given: object) -> ResultT:
        """Make a call that does no harm when it is made twice.

        Raises:
            Definite: the venue refused.
            Ambiguous, Busy: it failed for too long.
        """
        retrying = AsyncRetrying(
            retry=retry_if_exception_type((Ambiguous, Busy)),
            wait=wait_random_exponential(_PAUSE_S, max=_PAUSE_MAX_S),
            stop=lambda _state: self._is_over(),
            reraise=True,
        )
        found: ResultT = await retrying(call, *given)
        self._failing_since = None
        return found

    async def order(
        self,
        send: Callable[[], Awaitable[OrderState]],
        find: Callable[[], Awaitable[OrderState | None]],
        *,
        perhaps_sent: bool,
    ) -> OrderState:
        """Have an order accepted once, and return what became of it in the end.

        Args:
            send: sends it; called again only when the venue has surely never seen it.
            find: asks the venue for it.
            perhaps_sent: it may have been sent before.

        Raises:
            Definite: the venue refused it, and does not know it.
            Ambiguous, Busy: the venue failed for too long.
        """
        failures = 0
        while True:
            if perhaps_sent:
                found = await self.ask(find)
                if found is not None:
                    return await self._ended(found, find)
            try:
                made = await send()
            except (Ambiguous, Busy) as error:
                failures += 1
                if self._is_over():
                    raise
                perhaps_sent = perhaps_sent or isinstance(error, Ambiguous)
                await asyncio.sleep(self._pause(error, failures))
            except VenueError:
                found = await self.ask(find)  # the venue refuses a name that it has seen
                if found is None:
                    raise
                return await self._ended(found, find)
            else:
                self._failing_since = None
                return await self._ended(made, find)

    # What was not answered may still be on its way: asked too early the venue would say "never
    # seen" of an order that it then accepts.
    def _pause(self, error: VenueError, failures: int) -> float:
        pause = min(_PAUSE_MAX_S, _PAUSE_S * (1 << min(failures, 10)))
        return pause if isinstance(error, Busy) else max(pause, self.settle_s)

    async def _ended(
        self, state: OrderState, find: Callable[[], Awaitable[OrderState | None]]
    ) -> OrderState:
        deadline = time.monotonic() + self._seconds
        while not state.final:
            if time.monotonic() >= deadline:
                raise Ambiguous(f"order {state.client_id} is still open")
            await asyncio.sleep(_PAUSE_S)
            found = await self.ask(find)
            state = found or state
        self._failing_since = None
        return state

    def _is_over(self) -> bool:
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        return now - self._failing_since >= self._seconds
