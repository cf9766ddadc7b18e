"""Somebody outside who waits for decisions."""

import threading
import time

import orjson

from benchmarks.live.stages import Seen
from connectors.log.abstract import Log
from schemas.instants import parse_instant
from schemas.topics import BREACHES, WARNINGS

_WAIT_S = 0.001


class Listener(threading.Thread):
    """Notes when each breach and warning could be read, and when its tick was due."""

    def __init__(self, log: Log) -> None:
        super().__init__(daemon=True)
        self._readers = [
            log.reader(topic, 0, log.end_offset(topic)) for topic in (BREACHES, WARNINGS)
        ]
        self._read: list[tuple[bytes, int, int]] = []
        self.ends = False

    def run(self) -> None:
        while not self.ends:
            for reader in self._readers:
                records = reader.read(1000, _WAIT_S)
                now = time.time_ns()
                self._read += [(one.value, one.timestamp_ms, now) for one in records]

    def seen(self, first_ns: int) -> list[Seen]:
        """Return the decisions about ticks due since an instant."""
        made = (
            Seen(parse_instant(orjson.loads(value)["ts"]), written, now)
            for value, written, now in self._read
        )
        return [one for one in made if one.due_ns >= first_ns]

    def close(self) -> None:
        self.ends = True
        self.join()
        for reader in self._readers:
            reader.close()
