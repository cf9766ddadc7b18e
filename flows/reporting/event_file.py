"""Events that a bridge appends to a file in its folder.

    events.jsonl     the bridge's: one account event a line
    events.offset    ours: how far it was read
    refused.jsonl    ours: lines that were no such event, with the reason

The offset is written when the events are durable in the topic. So a line may be read twice, and its
`event_id` makes it count once.
"""

import os
from pathlib import Path

import orjson

from connectors.log.abstract import Log
from connectors.venues.lines import LineReader, append_line
from connectors.venues.settings import VenueSettings
from flows.attached.report import append_events
from flows.attached.spoken import account_spoken_for
from flows.logging import Logger
from schemas import json_text
from schemas.errors import InputError

EVENTS, OFFSET, REFUSED = "events.jsonl", "events.offset", "refused.jsonl"


class EventFile:
    """The events of one bridge.

    Args:
        settings: of its venue.
        log: takes the events.
        logger: for people.
    """

    def __init__(self, settings: VenueSettings, log: Log, logger: Logger) -> None:
        self._settings = settings
        self._folder = Path(settings.folder)
        self._log = log
        self._logger = logger
        self._reader = LineReader(self._folder / EVENTS, _kept(self._folder / OFFSET))

    def take(self) -> int:
        """Pass on what has come, durably; return how many lines that were.

        Raises:
            LogError: the log does not take it.
            OSError: the folder is not to be used.
        """
        lines = self._reader.read()
        by_account: dict[str, list[bytes]] = {}
        for line in lines:
            self._sort(line, by_account)
        for account_id, events in by_account.items():
            append_events(self._log, account_id, events)
        if lines:
            _keep(self._folder / OFFSET, self._reader.offset)
        return len(lines)

    def _sort(self, line: bytes, by_account: dict[str, list[bytes]]) -> None:
        if not line.strip():
            return
        try:
            item = json_text.loads(line)
            account_id = account_spoken_for(item, self._settings)
        except (InputError, ValueError) as error:
            self._refuse(line, getattr(error, "code", "bad_format"), str(error))
        else:
            by_account.setdefault(account_id, []).append(json_text.dumps(item))

    def _refuse(self, line: bytes, code: str, reason: str) -> None:
        shown = line.decode(errors="replace")
        told = {"reason": reason, "line": shown}
        append_line(self._folder / REFUSED, orjson.dumps(told))
        venue = self._settings.id
        self._logger.warning("message.rejected", venue=venue, code=code, said=reason)


def _kept(path: Path) -> int:
    try:
        return int(path.read_text())
    except (FileNotFoundError, ValueError):
        return 0  # everything is read again, and counts once


def _keep(path: Path, offset: int) -> None:
    new = path.with_suffix(".new")
    with new.open("w") as file:
        file.write(str(offset))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
