"""Accounts of one venue, each looked at when it is due, and at once when something is heard."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal

from connectors.venues.abstract import VenueError
from connectors.venues.budget import Rank, urgent
from flows.logging import Logger

_PAUSE_S = 0.05
_AT_ONCE = 16
_BACK_OFF_S = 30.0
_HEARD, _USUAL = Decimal(1), Decimal(0)
"""All of them are polls; what was heard goes before what is only due."""


class Rota:
    """Looks at accounts without an end.

    When the venue was away, all accounts are due as soon as it is back: what happened meanwhile
    nobody has told us.

    Args:
        name: the venue's.
        accounts: which.
        look: looks at one, and returns after how many seconds it is due again.
        logger: for people.
        retry_s: the longest pause while the venue fails.
    """

    def __init__(
        self,
        name: str,
        accounts: Iterable[str],
        look: Callable[[str], Awaitable[float]],
        logger: Logger,
        retry_s: float = _BACK_OFF_S,
    ) -> None:
        self._name = name
        self._look = look
        self._logger = logger
        self._retry_s = min(retry_s, _BACK_OFF_S)
        self._due = dict.fromkeys(accounts, 0.0)
        self._heard: set[str] = set()
        self._looked = dict.fromkeys(self._due, time.monotonic())
        self._never = set(self._due)
        self._failures = 0

    @property
    def since(self) -> float:
        """When the account that was looked at longest ago was: by the monotonic clock."""
        return min(self._looked.values(), default=time.monotonic())

    @property
    def complete(self) -> bool:
        """Whether every account was looked at since the start."""
        return not self._never

    def hear(self, account_id: str) -> None:
        """Something happened at an account: it is due at once, before the others."""
        self._heard.add(account_id)

    def hurry(self) -> None:
        """Let everyone be due."""
        self._due = dict.fromkeys(self._due, 0.0)

    async def turn(self) -> None:
        """Look at those who are due, then wait a little."""
        now = time.monotonic()
        heard = [(0.0, name) for name in sorted(self._heard)]
        usual = sorted((at, name) for name, at in self._due.items() if at <= now)
        due = list(dict.fromkeys(name for _, name in heard + usual))[:_AT_ONCE]
        if due:
            await asyncio.gather(*(self._at(name) for name in due))
        await asyncio.sleep(self._pause() if not due or self._failures else 0)

    async def _at(self, name: str) -> None:
        began = time.monotonic()
        heard = name in self._heard
        self._heard.discard(name)
        try:
            with urgent(Rank.POLL, _HEARD if heard else _USUAL):
                wait_s = await self._look(name)
        except VenueError as error:
            if heard:
                self._heard.add(name)
            self._failed(error)
            return
        if self._failures:
            self._failures = 0
            self.hurry()
        self._looked[name] = began
        self._never.discard(name)
        self._due[name] = time.monotonic() + wait_s

    def _failed(self, error: VenueError) -> None:
        self._failures += 1
        if self._failures == 1:
            self._logger.warning("service.unreachable", service=self._name, said=str(error))

    def _pause(self) -> float:
        longest = _PAUSE_S * (1 << min(self._failures, 12))
        return min(longest, self._retry_s) if self._failures else _PAUSE_S
