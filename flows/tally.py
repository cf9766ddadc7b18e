"""Counts of frequent facts, logged now and then instead of one by one."""

import time
from collections import Counter

from flows.logging import Logger
from schemas.telemetry import LogEvent

INTERVAL_S = 10.0


class Tally:
    """Counts one kind of fact by a key, such as refused inputs by their code.

    Args:
        event: its name in the log.
        key: what the key is called there.
    """

    def __init__(self, logger: Logger, event: LogEvent, key: str) -> None:
        self._logger = logger
        self._event = event
        self._key = key
        self._counts: Counter[str] = Counter()
        self._logged_at = float("-inf")

    def add(self, key: str, example: object) -> None:
        """Count one; `example` is shown if this is the one that is logged."""
        self._counts[key] += 1
        if time.monotonic() >= self._logged_at + INTERVAL_S:
            self.flush(example=example)

    def flush(self, **facts: object) -> None:
        """Log what was counted since the last line."""
        for key, count in sorted(self._counts.items()):
            self._logger.warning(self._event, **{self._key: key}, count=count, **facts)
        self._counts.clear()
        self._logged_at = time.monotonic()
