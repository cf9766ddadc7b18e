"""One budget of requests for all that share a venue's limit, most urgent first.

A venue counts the weight of requests in windows of a minute. No minute of ours, wherever it
begins, holds more than the limit, so none of the venue's does. Within that a burst may use all of
it at once: when hundreds of accounts breach together, waiting would cost money. Checks and polls
may not use what liquidations could need: a share of every minute is closed to them.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from enum import IntEnum
from typing import NamedTuple

WINDOW_S = 61.0
"""A minute, and a second that a request may be under way: it counts when it arrives."""
OTHERS_SHARE = 0.5
"""Of the limit, which may be spent before anything but a liquidation has to wait."""


class Rank(IntEnum):
    """Whose turn it is, first to last."""

    LIQUIDATION = 0
    CHECK = 1
    POLL = 2


class Urgency(NamedTuple):
    """How urgent a request is: by rank, then by money at risk, most first."""

    rank: Rank
    at_risk: Decimal = Decimal(0)


_POLL = Urgency(Rank.POLL)
_URGENCY: ContextVar[Urgency] = ContextVar("urgency", default=_POLL)


@contextmanager
def urgent(rank: Rank, at_risk: Decimal = Decimal(0)) -> Iterator[None]:
    """Let every request in this context be so urgent."""
    token = _URGENCY.set(Urgency(rank, at_risk))
    try:
        yield
    finally:
        _URGENCY.reset(token)


class _Window:
    """Weight spent in the last minute."""

    def __init__(self) -> None:
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def add(self, now: float, weight: int) -> None:
        self._spent.append((now, weight))
        self._sum += weight

    def sum(self, now: float) -> int:
        while self._spent and self._spent[0][0] <= now - WINDOW_S:
            self._sum -= self._spent.popleft()[1]
        return self._sum

    @property
    def ends(self) -> float:
        """When the oldest counts no more; 0 when there is none."""
        return self._spent[0][0] + WINDOW_S if self._spent else 0.0


class Budget:
    """The weight that may still be spent.

    Args:
        limit: weight in any 60 seconds.
        share: of it, which this process may spend; other processes have the rest.
        clock: seconds that never go back.
        sleep: waits; both are arguments so that a test need not.
    """

    def __init__(
        self,
        limit: int,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], "asyncio.Future[None]"] | None = None,
        *,
        share: Decimal = Decimal(1),
    ) -> None:
        self._limit = limit
        self._own_limit = max(1, int(limit * share))
        self._clock = clock
        self._sleep = sleep or asyncio.sleep
        self._own = _Window()
        self._others = _Window()
        self._held_until = 0.0
        self._waiting: list[tuple[Rank, Decimal, int, int, asyncio.Future[None]]] = []
        self._count = 0
        self._server: asyncio.Task[None] | None = None

    async def spend(self, weight: int) -> None:
        """Return when this much may be spent by the caller, by its urgency."""
        weight = min(weight, self._own_limit)
        urgency = _URGENCY.get()
        if not self._waiting and self._may(weight, urgency.rank):
            self._own.add(self._now(), weight)
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._count += 1
        entry = (urgency.rank, -urgency.at_risk, self._count, weight, turn)
        heapq.heappush(self._waiting, entry)
        if self._server is None or self._server.done():
            self._server = asyncio.ensure_future(self._serve())
        await turn

    def hold(self, seconds: float) -> None:
        """Spend nothing for so long: the venue said so."""
        self._held_until = max(self._held_until, self._now() + seconds)

    def observe(self, used: int) -> None:
        """Learn what the venue has counted in its minute: others may share the limit."""
        now = self._now()
        more = used - self._own.sum(now) - self._others.sum(now)
        if more > 0:
            self._others.add(now, more)

    @property
    def held_s(self) -> float:
        """For how long nothing is spent, because the venue said so."""
        return max(0.0, self._held_until - self._now())

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()

    def _may(self, weight: int, rank: Rank) -> bool:
        now = self._now()
        allowed = self._limit if rank is Rank.LIQUIDATION else self._limit * OTHERS_SHARE
        own, others = self._own.sum(now), self._others.sum(now)
        # What is larger than its allowance has its turn when nothing else was spent.
        fits = own + weight <= self._own_limit and own + others + weight <= allowed
        return (fits or not own + others) and now >= self._held_until

    # The first in the queue has its turn first, even where a later one would fit: else a stream
    # of small requests would starve a large one.
    async def _serve(self) -> None:
        while self._waiting:
            rank, _, _, weight, turn = self._waiting[0]
            if turn.cancelled():
                heapq.heappop(self._waiting)
            elif self._may(weight, rank):
                heapq.heappop(self._waiting)
                self._own.add(self._now(), weight)
                turn.set_result(None)
            else:
                await self._sleep(self._pause())

    # Woken often enough that something more urgent that came meanwhile does not wait long.
    def _pause(self) -> float:
        now = self._now()
        until = self._held_until
        ends = [window.ends for window in (self._own, self._others) if window.ends]
        if ends:
            until = max(until, min(ends))
        return min(max(until - now, 0.001), 0.05)
