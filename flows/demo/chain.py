"""The flows as processes of their own, as they run in production."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flows.failures import EXIT_CHECK_FAILED, Failure

FLOWS = ("sequence", "risk", "persist")
START_S = 300.0  # where the kernels were never compiled before, that takes a minute or two
DRAIN_S = 600.0
STOP_S = 10.0
_MAIN = "from flows.cli import main; main()"
_BEGUN = (b'"flow.started"', b'"flow.resumed"')
_PAUSE_S = 0.02


class Chain:
    """Starts the flows, and ends them one after the other.

    Args:
        folder: where each writes its log lines.
        settings: for all of them, as names and values of the environment.
        options: on the command line of each.
        flows: which they are, in the order in which they are drained.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        options: Mapping[str, list[str]],
        flows: Sequence[str] = FLOWS,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._environment = {**os.environ, **settings, "HIGHWATER_END_WITH_PARENT": "1"}
        self._flows: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name in flows:
                self._flows[name] = self._start(name, options.get(name, []))
        except BaseException:  # SIGTERM, say: a flow that is still loading knows no parent to miss
            self.close()
            raise

    def await_start(self, meanwhile: Callable[[], None]) -> None:
        """Return when every flow reads.

        Raises:
            Failure: one of them ended, or takes too long.
        """
        deadline = time.monotonic() + START_S
        for name in list(self._flows):
            while not any(mark in self._log(name).read_bytes() for mark in _BEGUN):
                self.check()
                if time.monotonic() > deadline:
                    raise Failure(f"the {name} flow does not start, see {self._log(name)}")
                meanwhile()
                time.sleep(_PAUSE_S)

    def check(self) -> None:
        """Make sure that every flow is there.

        Raises:
            Failure: one of them ended by itself.
        """
        for name, process in self._flows.items():
            code = process.poll()
            if code is not None:
                raise Failure(self._ended(name, code), code if code > 0 else EXIT_CHECK_FAILED)

    def drain(self, name: str, meanwhile: Callable[[], None]) -> None:
        """Let a flow read all there is, and end.

        Raises:
            Failure: it failed on the way, or takes too long.
        """
        process = self._flows[name]
        process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + DRAIN_S
        while (code := process.poll()) is None:
            if time.monotonic() > deadline:
                raise Failure(f"the {name} flow does not end, see {self._log(name)}")
            meanwhile()
            time.sleep(_PAUSE_S)
        del self._flows[name]
        if code:
            raise Failure(self._ended(name, code), EXIT_CHECK_FAILED)

    def close(self) -> None:
        """End what still runs."""
        for process in self._flows.values():
            process.terminate()
        for process in self._flows.values():
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._flows.clear()

    def _start(self, name: str, options: list[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", _MAIN, "run", name, *options]
        with self._log(name).open("wb") as out:
            # A session of its own: Ctrl-C reaches us alone, and we end the flows in order.
            return subprocess.Popen(  # noqa: S603 - our own program
                command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self._folder / f"{name}.log"

    def _ended(self, name: str, code: int) -> str:
        lines = self._log(name).read_text(errors="replace").splitlines()
        last = lines[-1].removeprefix("highwater: ") if lines else "it said nothing"
        return f"the {name} flow ended with {code}: {last}"
