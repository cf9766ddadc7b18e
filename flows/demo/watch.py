"""Follows what the flows say, for the people who watch."""

from collections import Counter, deque
from contextlib import ExitStack, closing
from typing import Any, NamedTuple

import orjson

from connectors.log.abstract import Log, LogReader, Record
from schemas.topics import (
    ACCOUNT_STATES,
    BREACHES,
    DEAD_LETTERS,
    INTERVENTIONS,
    PROGRESS,
    WARNINGS,
)

RECENT = 8
_RECORDS = 2_000
_LIVE = ("active", "paused", "suspended")


class Near(NamedTuple):
    """An account and the floor it is nearest to."""

    used: float
    account_id: str
    firm_id: str
    phase: str
    rule: str
    room: str
    equity: str


class Latency(NamedTuple):
    """From the append of the first input of a frame to the append of a breach it caused, ms."""

    p50: int
    p99: int
    worst: int


class Watch:
    """Reads the output topics as they grow.

    Args:
        log: where they are.
        stack: closes the readers.

    Attributes:
        counts: decisions by type, and `dead_letter`.
        breaches: the latest ones, newest first.
    """

    def __init__(self, log: Log, stack: ExitStack) -> None:
        self.counts: Counter[str] = Counter()
        self.breaches: deque[dict[str, Any]] = deque(maxlen=RECENT)
        self._near: dict[str, Near] = {}
        self._live: dict[str, bool] = {}
        self._latencies: list[int] = []

        def opened(topic: str) -> list[LogReader]:
            return [
                stack.enter_context(closing(log.reader(topic, partition)))
                for partition in range(log.partitions(topic))
            ]

        self._readers = {
            topic: opened(topic)
            for topic in (BREACHES, ACCOUNT_STATES, WARNINGS, INTERVENTIONS, PROGRESS)
        }
        self._letters = opened(DEAD_LETTERS)

    def look(self) -> None:
        """Read what is new."""
        for readers in self._readers.values():
            for reader in readers:
                while records := reader.read(_RECORDS, 0):
                    for record in records:
                        self._note(record)
        for reader in self._letters:
            while records := reader.read(_RECORDS, 0):
                self.counts["dead_letter"] += len(records)

    def nearest(self, count: int) -> list[Near]:
        """Return the live accounts that have used most of a loss they are allowed."""
        live = (near for account, near in self._near.items() if self._live.get(account))
        return sorted(live, reverse=True)[:count]

    @property
    def accounts(self) -> int:
        """How many accounts are live."""
        return sum(self._live.values())

    @property
    def latency(self) -> Latency | None:
        """How long breaches took, `None` before the first."""
        if not self._latencies:
            return None
        ordered = sorted(self._latencies)
        last = len(ordered) - 1
        return Latency(ordered[last // 2], ordered[round(last * 0.99)], ordered[-1])

    def _note(self, record: Record) -> None:
        decision = orjson.loads(record.value)
        kind = decision["type"]
        self.counts[kind] += 1
        if kind == "breach":
            self.breaches.appendleft(decision)
            arrived_ms = int(dict(record.headers)["arrived_ms"])
            self._latencies.append(record.timestamp_ms - arrived_ms)
        elif kind == "state":
            self._live[decision["account_id"]] = decision["to"] in _LIVE
        elif kind == "progress":
            self._measure(decision)

    def _measure(self, progress: dict[str, Any]) -> None:
        if not progress["rules"]:
            return
        rule = max(progress["rules"], key=lambda entry: float(entry["used"]))
        self._near[progress["account_id"]] = Near(
            float(rule["used"]),
            progress["account_id"],
            progress["firm_id"],
            progress["phase"],
            rule["id"],
            rule["room"],
            progress["equity"],
        )
