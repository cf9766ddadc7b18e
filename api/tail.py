"""Follows the decision topics from a thread of its own and hands batches to the event loop."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from typing import NamedTuple

from connectors.log.abstract import Log, LogReader

Place = tuple[str, int]

_RECORDS = 500
_PAUSE_S = 0.004


class Arrived(NamedTuple):
    """One decision as it stood in its topic."""

    topic: str
    partition: int
    offset: int
    value: bytes


class Tail:
    """Reads partitions in turns, each from its own offset on.

    Args:
        log: where the topics are.
        positions: offset of the first record of each partition.
        deliver: takes what came; called from the thread, it returns when more is welcome.
        failed: takes what ended it.
    """

    def __init__(
        self,
        log: Log,
        positions: Mapping[Place, int],
        deliver: Callable[[Sequence[Arrived]], None],
        failed: Callable[[BaseException], None],
    ) -> None:
        self._stack = ExitStack()
        self._readers: list[tuple[Place, LogReader]] = [
            (place, self._stack.enter_context(closing(log.reader(*place, offset))))
            for place, offset in sorted(positions.items())
        ]
        self._deliver = deliver
        self._failed = failed
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tail", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and close the readers."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self._stack.close()

    def _run(self) -> None:
        try:
            while not self._ended.is_set():
                came = self._read()
                if came:
                    self._deliver(came)
                else:
                    time.sleep(_PAUSE_S)
        except BaseException as error:  # noqa: BLE001 - whoever started it must know
            self._failed(error)

    def _read(self) -> list[Arrived]:
        return [
            Arrived(*place, record.offset, record.value)
            for place, reader in self._readers
            for record in reader.read(_RECORDS, 0)
        ]
