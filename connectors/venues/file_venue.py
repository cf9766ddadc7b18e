"""Any platform beside us on a file system: commands are appended to one file, answers to another.

    commands.jsonl    ours: {"id": …, "command": …, …}, one line each
    answers.jsonl     the platform's: {"id": …, "status": 200, "answer": {…}}

A line is written whole, with one call, and is durable before anybody waits for its answer. What
somebody who died has left without an end is given one, and is no line that makes sense. Answers are
read from where the file ended at the start: what became of an older order is asked anew.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from connectors.venues.abstract import Ambiguous
from connectors.venues.bridge import BridgeAccount, read_answer
from connectors.venues.budget import Budget
from connectors.venues.lines import LineReader, append_line
from connectors.venues.settings import VenueSettings

COMMANDS, ANSWERS = "commands.jsonl", "answers.jsonl"
_PAUSE_S = 0.01


class FileVenue:
    """A bridge, reached through a folder."""

    def __init__(self, settings: VenueSettings, budget: Budget) -> None:
        self._settings = settings
        self._budget = budget
        self._folder = Path(settings.folder)
        self._answers = LineReader(self._folder / ANSWERS)
        self._waiting: dict[str, asyncio.Future[Mapping[str, Any]]] = {}
        self._reader: asyncio.Task[None] | None = None

    @property
    def settle_s(self) -> float:
        """The bridge refuses commands that are older than this when it reads them."""
        return self._settings.settle_s

    async def open(self) -> None:
        """Begin to read answers.

        Raises:
            Ambiguous: the folder is not there, or may not be used.
        """
        if not os.access(self._folder, os.R_OK | os.W_OK):
            raise Ambiguous(f"{self._folder} is no folder that can be read and written")
        self._answers.to_end()
        self._reader = asyncio.ensure_future(self._read())

    async def close(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.cancel()

    def account(self, account_id: str) -> BridgeAccount:
        """Return one of its accounts."""
        return BridgeAccount(self, account_id)

    async def send(self, message_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Append a command and return the answer.

        Raises:
            VenueError: there is none, or it is no.
        """
        await self._budget.spend(1)
        until = round((time.time() + self.settle_s) * 1000)
        line = orjson.dumps({"id": message_id, **body, "valid_until_ms": until})
        answer = self._waiting[message_id] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.to_thread(append_line, self._folder / COMMANDS, line)
            found = await asyncio.wait_for(answer, self._settings.timeout_s)
        except TimeoutError:
            raise Ambiguous("the bridge did not answer in time") from None
        except OSError as error:
            raise Ambiguous(f"the command may not be written: {error.strerror}") from None
        finally:
            self._waiting.pop(message_id, None)
        status = found.get("status")
        content = orjson.dumps(found.get("answer"))
        return read_answer(status if isinstance(status, int) else 0, content)

    async def _read(self) -> None:
        while True:
            for line in self._answers.read():
                self._take(line)
            await asyncio.sleep(_PAUSE_S)

    def _take(self, line: bytes) -> None:
        try:
            found = orjson.loads(line)
            waiting = self._waiting.get(found["id"])
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return  # nobody can tell whose answer it is, so it is none
        if waiting is not None and not waiting.done():
            waiting.set_result(found)
