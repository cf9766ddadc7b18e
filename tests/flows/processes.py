"""Flows as processes that can be killed at a chosen moment."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from flows.demo.feed import InputFiles

MAIN = "from flows.cli import main; main()"
PATIENCE_S = 120


class Flow:
    """A running flow, and what it says."""

    def __init__(self, process: subprocess.Popen, out: Path):
        self._process = process
        self._out = out

    @property
    def said(self) -> str:
        return self._out.read_text()

    def started(self) -> bool:
        return '"flow.started"' in self.said or '"flow.resumed"' in self.said

    def await_that(self, reached) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not reached():
            assert self._process.poll() is None, self.said
            assert time.monotonic() < deadline, f"it took too long\n{self.said}"
            time.sleep(0.001)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL

    def end(self, number: int) -> int:
        """Send a signal and return the exit code."""
        self.signal(number)
        return self.wait()

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return self._process.wait(PATIENCE_S)

    @property
    def pid(self) -> int:
        return self._process.pid


def command(name: str, log_url: str, *options: str) -> list[str]:
    return [sys.executable, "-c", MAIN, "run", name, f"--log={log_url}", *options]


def sequence_options(files: InputFiles) -> list[str]:
    return [
        f"--instruments={files.instruments}",
        f"--rulesets={files.rulesets}",
        "--clock-ms=0",
        "--frame-rows=25",
        "--frame-ms=0",
    ]


@contextmanager
def running(arguments, **environment):
    """A process that is killed at the end if it is still there."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        with out.open("wb") as handle:
            process = subprocess.Popen(
                arguments,
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=handle,
                stderr=handle,
            )
        try:
            yield Flow(process, out)
        finally:
            process.kill()
            process.wait()


def drain(arguments, **environment):
    """Run a flow until it has read everything there is."""
    with running(arguments, **environment) as flow:
        flow.await_that(flow.started)
        assert flow.end(signal.SIGUSR1) == 0, flow.said
