"""A flow as a process that is started again and again."""

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path


class Runner:
    """A flow that is started again; it remembers what it said last, and how it ended.

    Args:
        arguments: the command.
        out: where what it says goes.
        environment: what it is given in addition.
    """

    def __init__(self, arguments: list[str], out: Path, **environment: str):
        self._arguments, self._out, self._environment = arguments, out, environment
        self._process: subprocess.Popen[bytes] | None = None
        self.codes: Counter[int] = Counter()
        self._counted = self._asked = False
        self._said_before = 0

    def start(self, **environment: str) -> None:
        self._counted = self._asked = False
        self._said_before = self._out.stat().st_size if self._out.exists() else 0
        with self._out.open("ab") as out:
            self._process = subprocess.Popen(
                self._arguments, env=os.environ | self._environment | environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip

    def copy(self, out: Path) -> "Runner":
        return Runner(self._arguments, out, **self._environment)

    def wait(self, timeout_s: float) -> int | None:
        """The exit code, None while it runs."""
        assert self._process is not None
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self.codes[code] += not self._counted
        self._counted = True
        return code

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait(10)

    def drain(self) -> None:
        """Ask it, once, to end when it has read everything; wait until it can hear that.

        Before its handlers are there the signal would kill it, and a slow machine would do so for
        ever.
        """
        if self.ready and not self._asked:
            self._asked = True
            self.signal(signal.SIGUSR1)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> bool:
        """Whether this run of it has said that it began."""
        said = self.said_now
        return self.runs and ('"flow.started"' in said or '"flow.resumed"' in said)

    @property
    def said_now(self) -> str:
        """What it said since it was started last."""
        return self._read()[self._said_before :].decode(errors="replace")

    @property
    def said(self) -> str:
        return self._read().decode(errors="replace")

    @property
    def complaints(self) -> str:
        """The errors it logged, and its last lines."""
        lines = self.said.splitlines()
        return "\n".join(
            line for line in lines if line.startswith("highwater:") or '"level": "error"' in line
        )

    def _read(self) -> bytes:
        return self._out.read_bytes() if self._out.exists() else b""


def await_that(reached, patience_s: float, words) -> None:
    """Wait until something holds; fail with `words()` when it takes too long."""
    deadline = time.monotonic() + patience_s
    while not reached():
        assert time.monotonic() < deadline, f"it took too long\n{words()}"
        time.sleep(0.05)
