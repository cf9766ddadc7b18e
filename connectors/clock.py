"""The wall clock, which the crash programme can set wrong.

`HIGHWATER_CLOCK_FILE` names a file with seconds to add, read anew each time, so that the clock can
jump under a running process. Without the variable it is the machine's clock.
"""

import os
import time
from pathlib import Path

_FILE = os.environ.get("HIGHWATER_CLOCK_FILE")


def now_ns() -> int:
    """Return the time, ns since the Unix epoch."""
    return time.time_ns() + (0 if _FILE is None else _shift_ns(Path(_FILE)))


def _shift_ns(path: Path) -> int:
    return int(path.read_text(encoding="ascii")) * 1_000_000_000
