"""A broker of one's own that can be killed, suspended and started again with its data."""

import os
import signal
import subprocess
import time
from pathlib import Path

from confluent_kafka.admin import AdminClient


class Broker:
    """The process of a broker, known by its id.

    Args:
        pid_file: holds the id of a broker that listens at `address`, and is kept true.
        address: HOST:PORT.
    """

    def __init__(self, pid_file: Path, address: str):
        self._pid_file = pid_file
        self._pid = pid = int(pid_file.read_text())
        self._address = address
        self._command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        self._child: subprocess.Popen[bytes] | None = None

    def kill(self) -> None:
        """Kill it as a power cut would, but for the disk."""
        os.kill(self._pid, signal.SIGKILL)
        if self._child is not None:
            self._child.wait()
        while Path(f"/proc/{self._pid}/fd").exists() and self._alive():
            time.sleep(0.05)

    def start(self) -> None:
        """Start it again and wait until it answers."""
        self._child = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        self._pid = self._child.pid
        self._pid_file.write_text(f"{self._pid}\n")
        deadline = time.monotonic() + 240  # a loaded machine starts it slowly
        while time.monotonic() < deadline:
            admin = AdminClient({"bootstrap.servers": self._address, "log_level": 0})
            try:
                admin.list_topics(timeout=2)
            except Exception:  # noqa: BLE001 - not there yet
                time.sleep(0.2)
            else:
                return
        raise TimeoutError("the broker does not answer")

    def pause(self, seconds: float) -> None:
        """Let it be silent for a while."""
        os.kill(self._pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(self._pid, signal.SIGCONT)

    def _alive(self):
        stat = Path(f"/proc/{self._pid}/stat")
        return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
