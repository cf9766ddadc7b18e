"""Ticks sent when they are due, whether or not anybody keeps up."""

import time
from contextlib import closing
from typing import NamedTuple

import numpy as np

from benchmarks.engine import world
from connectors.log.abstract import Log
from connectors.synthetic.ticks import price_text
from schemas.topics import TICKS

BURST_S = 5.0
_STEP_S = 0.001


class Sent(NamedTuple):
    """What was sent: when the first tick was due, how many, in how long."""

    first_ns: int
    ticks: int
    seconds: float


class Feed:
    """Sends a market tick by tick, each as a record of its own.

    Args:
        log: where to.
        ticks: the market; it goes round when it ends.
    """

    def __init__(self, log: Log, ticks: world.Ticks) -> None:
        names = [item.symbol for item in ticks.table]
        digits = [item.price_digits for item in ticks.table]
        columns = (ticks.symbol.tolist(), ticks.bid.tolist(), ticks.ask.tolist())
        # Made beforehand: at high rates whoever measures must not be what is measured.
        self._tails = [
            f'","symbol":"{names[symbol]}","bid":"{price_text(bid, digits[symbol])}"'
            f',"ask":"{price_text(ask, digits[symbol])}"}}'
            for symbol, bid, ask in zip(*columns, strict=True)
        ]
        self._log = log
        self._next = 0

    def send(self, due_s: np.ndarray) -> Sent:
        """Send a tick at each of these times, seconds after now."""
        count, at = len(due_s), 0
        with closing(self._log.writer(TICKS)) as writer:
            first_ns = time.time_ns() + 100_000_000
            due_ns = (first_ns + (due_s * 1e9).astype(np.int64)).tolist()
            while at < count:
                end = int(due_s.searchsorted((time.time_ns() - first_ns) / 1e9, "right"))
                for ts in due_ns[at:end]:
                    tail = self._tails[self._next % len(self._tails)]
                    writer.append(f'{{"ts":"{ts}{tail}'.encode())
                    self._next += 1
                at = end
                time.sleep(_STEP_S)
            writer.flush()
        return Sent(first_ns, count, (time.time_ns() - first_ns) / 1e9)


def due_times(rate: int, seconds: float, burst: int = 1) -> np.ndarray:
    """Return when each tick is due: evenly, but `burst` times as dense for a while."""
    steady = np.arange(int(rate * seconds)) / rate
    if burst <= 1:
        return steady
    middle = seconds / 3
    extra = middle + np.arange(int(rate * (burst - 1) * BURST_S)) / (rate * (burst - 1))
    return np.sort(np.concatenate([steady, extra]))
