"""Any platform behind a bridge that answers signed webhooks: no code of it is here.

Every command is one POST, answered with the status and an object; redirects are never followed.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from connectors.venues.abstract import Ambiguous
from connectors.venues.bridge import BridgeAccount, read_answer
from connectors.venues.budget import Budget
from connectors.venues.settings import VenueSettings
from connectors.venues.signing import sign


class WebhookVenue:
    """A bridge, reached at one address."""

    def __init__(self, settings: VenueSettings, budget: Budget) -> None:
        self._settings = settings
        self._budget = budget
        self._key = settings.signing_key()
        self._session: aiohttp.ClientSession | None = None

    @property
    def settle_s(self) -> float:
        """The bridge refuses messages that are older than this when they arrive."""
        return self._settings.settle_s

    async def open(self) -> None:
        """Make connections possible; redirects are never followed."""
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
        self._session = aiohttp.ClientSession(timeout=timeout)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    def account(self, account_id: str) -> BridgeAccount:
        """Return one of its accounts."""
        return BridgeAccount(self, account_id)

    async def send(self, message_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a command and return the answer.

        Raises:
            VenueError: there is none, or it is no.
        """
        assert self._session is not None, "open comes first"
        await self._budget.spend(1)
        now = time.time()
        until = round((now + self.settle_s) * 1000)
        content = orjson.dumps({**body, "valid_until_ms": until})
        headers = sign(self._key, message_id, int(now), content)
        headers["content-type"] = "application/json"
        try:
            async with self._session.post(
                self._settings.url, data=content, headers=headers, allow_redirects=False
            ) as response:
                return read_answer(response.status, await response.read())
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:  # noqa: UP041
            raise Ambiguous(f"the bridge did not answer: {type(error).__name__}") from None
