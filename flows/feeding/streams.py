"""The streams of all venues, on a thread with an event loop of its own."""

import asyncio
import threading
from collections.abc import Sequence
from contextlib import suppress
from queue import SimpleQueue

from connectors.feeds.ccxt_feed import CcxtFeed
from connectors.feeds.gate import Gate, Limits
from connectors.venues.settings import VenueSettings
from flows.feeding.desk import Desk, Message
from flows.logging import Logger


class Streams:
    """Follows venues until it is closed.

    Args:
        venues: which.
        logger: for people.

    Attributes:
        messages: what is to be written, in the order it came.
    """

    def __init__(self, venues: Sequence[VenueSettings], logger: Logger) -> None:
        self.messages: SimpleQueue[Message] = SimpleQueue()
        self._feeds = [
            CcxtFeed(venue, Desk(venue.id, _gate(venue), self.messages.put, logger))
            for venue in venues
        ]
        self._error: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="feeds", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def check(self) -> None:
        """Raise what ended a stream for good."""
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the streams and their connections."""
        if self._thread.is_alive():
            with suppress(RuntimeError):  # the loop may end by itself meanwhile
                self._loop.call_soon_threadsafe(self._cancel)
            self._thread.join()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        self._task = self._loop.create_task(self._follow())
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - the flow raises it
            self._error = error
        finally:
            self._loop.close()

    async def _follow(self) -> None:
        async with asyncio.TaskGroup() as group:
            for feed in self._feeds:
                group.create_task(feed.run())


def _gate(venue: VenueSettings) -> Gate:
    feed = venue.feed
    return Gate(Limits(round(feed.max_age_s * 1000), feed.max_jump, feed.confirm))
