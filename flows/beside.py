"""A copy of the process that writes something while the flow goes on: a fork shares its memory."""

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from flows.manifest import replace


class Beside:
    """The copy, at work.

    Args:
        work: what it does; what it returns is told to the flow.
        result: the file in which it tells.
    """

    def __init__(self, work: Callable[[], object], result: Path) -> None:
        self._result = result
        self.status: int | None = None
        """How it ended, None while it works; 0 if all went well."""
        sys.stdout.flush()
        sys.stderr.flush()
        gc.collect(1)
        gc.freeze()  # what lives by now lives on: no collection looks through all accounts
        self._pid = os.fork()
        if self._pid == 0:
            _work_and_end(work, result)

    def ended(self, *, wait: bool = False) -> bool:
        """Tell whether it is done, well or not."""
        if self.status is None:
            pid, status = os.waitpid(self._pid, 0 if wait else os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None

    def told(self) -> Any:
        """Return what the work returned, None where it failed; once."""
        if self.status != 0 or not self._result.exists():
            self._result.unlink(missing_ok=True)
            return None
        said = orjson.loads(self._result.read_bytes())
        self._result.unlink()
        return said

    def kill(self) -> None:
        """Give it up."""
        if self.status is None:
            os.kill(self._pid, signal.SIGKILL)
            self.ended(wait=True)


# Nothing of the flow's is touched but its memory: descriptors are closed, so that no lock outlives
# the flow.
def _work_and_end(work: Callable[[], object], result: Path) -> None:
    code = 1
    try:
        gc.disable()
        os.closerange(3, 65_536)
        os.nice(19)
        replace(result, orjson.dumps(work()))
        code = 0
    except (OSError, pickle.PicklingError):
        code = 3
    finally:
        os._exit(code)
