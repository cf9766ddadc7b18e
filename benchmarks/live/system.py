"""Sequencer and risk flow as processes of their own, over a journal full of accounts."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench_restart import MAIN, journal, until
from benchmarks.engine import world
from connectors.log.abstract import Log
from flows.topics import ensure_topics

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MARKET_TICKS = 1_000_000


class Use(NamedTuple):
    """What a process has used: seconds of CPU, megabytes now and at most."""

    cpu_s: float
    now_mb: int
    peak_mb: int


class System:
    """The flows, started; `close` kills them.

    Args:
        log, url, prefix: where the topics are.
        folder: for base files and what the flows say.
        accounts: so many, with three positions each.
    """

    def __init__(self, log: Log, url: str, prefix: str, folder: Path, accounts: int) -> None:
        ensure_topics(log, 1)
        # Not long ago: between then and now every session boundary in between would have to be
        # gone through.
        first_ns = time.time_ns() - 60_000_000_000
        self.ticks, _ = journal(log, accounts, world.BOLD, first_ns, MARKET_TICKS)
        named = [f"--log={url}", *([f"--topic-prefix={prefix}"] if prefix else [])]
        self._commands = {
            "sequence": ["sequence", *named, f"--recovery={folder / 'sequence'}", "--base-s=20"],
            "risk": ["risk", *named, f"--recovery={folder / 'recovery'}", "--base-s=20"],
        }
        self._folder = folder
        self._flows: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start the flows; return when both are through the journal and a base is written."""
        for name, arguments in self._commands.items():
            out = self._folder / f"{name}.out"
            with out.open("wb") as file:
                command = [sys.executable, "-c", MAIN, "run", *arguments]
                self._flows[name] = subprocess.Popen(command, stdout=file, stderr=file)
            until(lambda out=out: "flow." in out.read_text(), self._flows[name], out)
        out = self._folder / "risk.out"
        until(lambda: '"snapshot.written"' in out.read_text(), self._flows["risk"], out)

    def use(self) -> dict[str, Use]:
        """Return what each process has used so far; of the broker, if it is ours, too."""
        pids = {name: flow.pid for name, flow in self._flows.items()} | _broker()
        return {name: _use(pid) for name, pid in pids.items()} | {"this script": _use(os.getpid())}

    def close(self) -> None:
        """Kill them."""
        for flow in self._flows.values():
            flow.kill()
            flow.wait()


def _use(pid: int) -> Use:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()
    sizes = {name: int(kb) // 1024 for name, kb in re.findall(r"(VmRSS|VmHWM):\s+(\d+)", status)}
    return Use((int(fields[11]) + int(fields[12])) / _TICKS_PER_S, sizes["VmRSS"], sizes["VmHWM"])


def _broker() -> dict[str, int]:
    """Find a Kafka broker on this machine."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"kafka.Kafka" in path.read_bytes():
                return {"broker": int(path.parent.name)}
        except OSError:
            continue
    return {}
