"""Leases on one machine: locked files, which the kernel frees when their holder dies."""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from connectors.log.abstract import LogError, LogLocked


class LocalLease:
    """Holds exclusive locks on files that say who holds them and how many have.

    Args:
        folder: where the files are.
        names: the leases.

    Raises:
        LogLocked: another process holds one of them.
    """

    may_lapse = False

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.epochs: dict[str, int] = {}
        self._fds: list[int] = []
        try:
            for name in names:
                self.epochs[name] = self._take(folder / name.replace("/", "-"), name)
        except BaseException:
            self.close()
            raise

    def check(self) -> None:
        """Raise unless it is still open: the kernel takes a lock from nobody who lives."""
        if not self._fds:
            message = "the lease is closed"
            raise LogError(message)

    def close(self) -> None:
        """Give them back."""
        while self._fds:
            os.close(self._fds.pop())

    def _take(self, path: Path, name: str) -> int:
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self._fds.append(fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = os.pread(fd, 100, 0).split()
            owner = held[1].decode() if len(held) > 1 else "unknown"
            message = f"{name}: held by process {owner}; a second copy would decide the same"
            raise LogLocked(message) from None
        before = os.pread(fd, 100, 0).split()
        epoch = int(before[0]) + 1 if before else 1
        os.ftruncate(fd, 0)
        os.pwrite(fd, b"%d %d\n" % (epoch, os.getpid()), 0)
        return epoch
