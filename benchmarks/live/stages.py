"""Where the time between a tick and its decision went, read back from the topics afterwards.

Every record says when it was handed to its producer (Kafka's create time, in whole milliseconds):
the tick, the frame it came to, and the decision. So the flows need no instruments of their own.
"""

from typing import NamedTuple

import numpy as np
import orjson

from connectors.journal import records
from connectors.log.abstract import Log
from schemas.frames import Frame
from schemas.instants import parse_instant
from schemas.topics import JOURNAL, TICKS

NAMES = ("due-sent", "sent-framed", "framed-decided", "decided-read")

SHARES = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99))


class Seen(NamedTuple):
    """A decision as somebody outside came to read it: its time, when it was written and read."""

    due_ns: int
    written_ms: int
    read_ns: int


class Stages(NamedTuple):
    """By stage, milliseconds of every decision."""

    spent_ms: np.ndarray

    def lines(self) -> list[str]:
        """Say median and tail of each stage."""
        return [
            f"    {name:<16} "
            + "".join(f"{label} {np.quantile(column, share):6.1f}  " for label, share in SHARES)
            for name, column in zip(NAMES, self.spent_ms.T, strict=True)
        ]


def stages(log: Log, seen: list[Seen], first_tick: int, first_frame: int) -> Stages | None:
    """Return where the time of each decision went.

    Args:
        log: where ticks and journal are.
        seen: the decisions.
        first_tick, first_frame: offsets of the first tick of the run, and of the first frame.
    """
    wanted = {one.due_ns for one in seen}
    sent: dict[int, int] = {}
    for record in records(log, TICKS, first=first_tick):
        due = parse_instant(orjson.loads(record.value)["ts"])
        if due in wanted:
            sent[due] = record.timestamp_ms
    framed = _framed(log, wanted, first_frame)
    rows = [
        (
            sent[one.due_ns] - one.due_ns / 1e6,
            framed[one.due_ns] - sent[one.due_ns],
            one.written_ms - framed[one.due_ns],
            one.read_ns / 1e6 - one.written_ms,
        )
        for one in seen
        if one.due_ns in sent and one.due_ns in framed
    ]
    return Stages(np.array(rows)) if rows else None


def _framed(log: Log, wanted: set[int], first: int) -> dict[int, int]:
    framed = {}
    for record in records(log, JOURNAL, first=first):
        if record.value:
            for ts in wanted.intersection(Frame.decode(record.value).ts.tolist()):
                framed[ts] = record.timestamp_ms
    return framed
