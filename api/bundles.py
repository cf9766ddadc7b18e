"""Bundles of proof: a process of its own makes each, as `highwater audit export` would.

An export goes through the whole journal. One is made at a time, beside the server and behind it in
priority, so that nobody who only asks where an account stands has to wait for it.
"""

import asyncio
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from api.problems import Problem, unavailable

WAITING_MAX = 8
PATIENCE_S = 300.0
_NO_SERVICE = 3
_NICE = 5


class Bundles:
    """Makes bundles, one after the other.

    Args:
        command: `highwater audit export` with the journal and the key; empty where there is no key.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def make(self, account_id: str) -> bytes:
        """Return the bundle of an account.

        Raises:
            Problem: there is no key, too many wait, or the journal gives no bundle now.
        """
        if not self._command:
            raise Problem(503, "this server has no key to sign bundles with")
        if self._waiting >= WAITING_MAX:
            raise Problem(503, "too many bundles are being made", headers={"Retry-After": "10"})
        self._waiting += 1
        try:
            async with self._turn:
                with tempfile.TemporaryDirectory(prefix="highwater-bundle-") as folder:
                    return await self._export(account_id, Path(folder) / "bundle.zip")
        finally:
            self._waiting -= 1

    async def _export(self, account_id: str, path: Path) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            f"--out={path}",
            "--",
            account_id,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        os.setpriority(os.PRIO_PROCESS, process.pid, _NICE)
        try:
            async with asyncio.timeout(PATIENCE_S):
                _, said = await process.communicate()
        except TimeoutError:
            raise Problem(503, "the bundle took too long; make it on the server") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == _NO_SERVICE:
            raise unavailable("the log")
        if process.returncode:
            raise Problem(409, said.decode(errors="replace").strip().removeprefix("highwater: "))
        return await asyncio.to_thread(path.read_bytes)
