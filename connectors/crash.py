"""Numbered moments at which a process can be made to die, for the crash programme.

`HIGHWATER_CRASH_AT=POINT:N` kills the process, as `kill -9` does, when it reaches the point for the
N-th time. Without the variable a point costs one comparison.
"""

import os
import signal
from typing import Literal, get_args

Point = Literal[
    "sequence.read",  # inputs were taken, nothing is written
    "sequence.letters",  # their dead letters are durable, their frame is not there
    "sequence.framed",  # the frame is appended, perhaps not durable
    "sequence.flushed",  # the frame is durable, no group offset is committed
    "sequence.forked",  # a base is being written
    "sequence.state",  # its state is durable, its manifest is the one before
    "sequence.manifest",  # the new manifest counts, the old state is not removed
    "risk.leased",  # the lease is taken, nothing is restored
    "risk.restored",  # state is restored, no frame is read
    "risk.evaluated",  # frames are evaluated, nothing is told
    "risk.told",  # refusals are told, decisions are not written
    "risk.written",  # decisions are appended, perhaps not durable
    "risk.flushed",  # decisions are durable
    "risk.forked",  # a base is being written
    "risk.state",  # its state is durable, its manifest is the one before
    "risk.manifest",  # the new manifest counts, old states are not removed
]
POINTS: tuple[Point, ...] = get_args(Point)

_wanted, _, _count = os.environ.get("HIGHWATER_CRASH_AT", "").partition(":")
_left = int(_count or 1)


def reach(point: Point) -> None:
    """Die here if that is asked for."""
    global _left  # noqa: PLW0603 - a count for the process
    if point != _wanted:
        return
    _left -= 1
    if _left <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
