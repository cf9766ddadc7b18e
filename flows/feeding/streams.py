"""The streams of all venues, on a thread with an event loop of its own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue

from connectors.feeds.ccxt_feed import CcxtFeed
from connectors.feeds.gate import Gate, Limits
from connectors.venues.settings import VenueSettings
from flows.attached.loop_thread import LoopThread
from flows.feeding.desk import Desk, Message
from flows.logging import Logger


class Streams(LoopThread):
    """Follows venues until it is closed.

    Args:
        venues: which.
        logger: for people.

    Attributes:
        messages: what is to be written, in the order it came.
    """

    def __init__(self, venues: Sequence[VenueSettings], logger: Logger) -> None:
        super().__init__("feeds")
        self.messages: SimpleQueue[Message] = SimpleQueue()
        self._feeds = [
            CcxtFeed(venue, Desk(venue.id, _gate(venue), self.messages.put, logger))
            for venue in venues
        ]
        self._end = asyncio.Event()

    def end(self, *, abandoned: bool) -> None:  # noqa: ARG002 - prices that came are written
        """Stop following."""
        self.soon(self._end.set)

    def close(self) -> None:
        """End the streams and their connections, whatever ended them."""
        with suppress(Exception):  # `check` tells the flow
            self.finish(None)

    async def main(self) -> None:
        """Follow all of them."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(feed.run()) for feed in self._feeds]
            await self._end.wait()
            for task in tasks:
                task.cancel()


def _gate(venue: VenueSettings) -> Gate:
    feed = venue.feed
    return Gate(Limits(round(feed.max_age_s * 1000), feed.max_jump, feed.confirm))
