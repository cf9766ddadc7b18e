"""Base files: shards as they are at a place of the journal, so that a restart replays only a tail.

    FOLDER/shard-00000-of-00001.base      the manifest: where the journal is, where outputs are
    FOLDER/shard-00000.0000004711.state   the shard, named by the manifest

A copy of the process writes the state while the flow goes on (a fork shares its memory). The
manifest is written when the state is durable and so is everything the shard had put out before;
it replaces the one before in one step. So whatever dies at whatever moment, a manifest is there
and what it says is true.
"""

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.crash import reach
from connectors.journal import BEGINNING, Place
from flows import metrics
from flows.beside import Beside
from flows.logging import get_logger
from flows.manifest import ADVICE, FRESH, BadBase, Restored, replace, restored
from flows.outlet import Mark
from flows.shard import Shard
from flows.shards import Assignment
from flows.state_file import Sum, write_state

VERSION = 1


class Identity(NamedTuple):
    """What must be the same for a base to mean the same.

    Attributes:
        journal: hash of the journal's first record; empty while there is none.
        code: digest of the program's rules.
        engine, progress: settings that decide what state there is.
        steps: the flow's step ids.
    """

    journal: str
    code: str
    engine: str
    progress: str
    steps: list[str]


class _Attempt(NamedTuple):
    number: int
    copy: Beside
    place: Place
    began: float
    marks: dict[int, dict[str, Mark]]


class Bases:
    """Reads and writes the bases of the shards of this process.

    Args:
        folder: where they are; only one process at a time may write those of a shard.
        assignment: the shards.
        identity: what they are bases of.
        rebuild: whether shards may begin anew where their base cannot be used.
    """

    def __init__(
        self, folder: Path, assignment: Assignment, identity: Identity, *, rebuild: bool = False
    ) -> None:
        self._rebuild = rebuild
        self._folder = folder
        self._assignment = assignment
        self._identity = identity
        self._attempt: _Attempt | None = None
        self._logger = get_logger(flow="risk")
        self._next = 1
        self._at = 0
        self._written_at = time.monotonic()

    def restore(self, shard: int, *, decided: bool) -> Restored:
        """Return a shard as its base holds it; one that has `decided` nothing yet needs none.

        Raises:
            BadBase: the base is missing, damaged, or one of something else.
        """
        try:
            return self._restore(shard, decided=decided)
        except BadBase:
            if not self._rebuild:
                raise
            return FRESH

    def _restore(self, shard: int, *, decided: bool) -> Restored:
        path = self._manifest(shard)
        if not path.exists():
            if decided:
                raise BadBase(f"{path.name}: there is no base, but decisions; {ADVICE}")
            return FRESH
        try:
            told = orjson.loads(path.read_bytes())
            self._check(path, told)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadBase(f"{path.name}: the manifest cannot be read: {error}; {ADVICE}") from None
        return restored(self._folder, told)

    def lead(self, begun: Iterable[int]) -> None:
        """Make ready to write: remove what is unfinished, and begin what has no base yet.

        Args:
            begun: the shards that began with the journal.
        """
        self._clean()
        for shard in begun:
            if self._rebuild or not self._manifest(shard).exists():
                self._publish(shard, BEGINNING, {}, None, None)

    def _clean(self) -> None:
        """Remove what a dead process left unfinished."""
        named = set()
        for path in self._folder.glob("*.base"):
            try:
                named.add(orjson.loads(path.read_bytes())["state"])
            except (ValueError, KeyError, TypeError):
                return  # an operator must look at it before anything is removed
        for shard in self._assignment.mine:
            for path in self._folder.glob(f"shard-{shard:05d}.*"):
                if path.name not in named:
                    path.unlink()
                    self._logger.info("epoch.discarded", file=path.name)

    def due(self, offset: int, every_s: float) -> bool:
        """Tell whether it is time for a base at a place behind that of the last one."""
        moved = offset > self._at and self._attempt is None
        return moved and time.monotonic() - self._written_at >= every_s

    @property
    def busy(self) -> bool:
        """Whether a base is being written."""
        return self._attempt is not None

    def write(self, shards: Mapping[int, Shard], place: Place) -> int:
        """Begin to write the shards as they are now; return the base's number."""
        number, self._next = self._next, self._next + 1
        result = self._folder / f"shard-{self._assignment.mine[0]:05d}.{os.getpid()}.result"
        work = partial(_write_all, self._folder, dict(shards), place)
        copy = Beside(work, result)
        reach("risk.forked")
        self._at = place.offset
        self._attempt = _Attempt(number, copy, place, time.monotonic(), {})
        return number

    def sunk(self, number: int, shard: int, marks: dict[str, Mark]) -> None:
        """Learn that what a shard had put out before a base is durable."""
        if self._attempt is not None and self._attempt.number == number:
            self._attempt.marks[shard] = marks

    def poll(self, *, wait: bool = False) -> float | None:
        """Publish a base that is complete; return the seconds it took, or None.

        A child that failed, say because the disk is full, leaves the base before in place.
        """
        attempt = self._attempt
        if attempt is None or len(attempt.marks) < len(self._assignment.mine):
            return None
        if not attempt.copy.ended(wait=wait):
            return None
        self._attempt = None
        self._written_at = time.monotonic()
        told = attempt.copy.told()
        if told is None:
            status = attempt.copy.status
            self._logger.error("snapshot.failed", status=status, folder=str(self._folder))
            return None
        try:
            self._publish_all(attempt, told)
        except OSError as error:
            self._logger.warning("snapshot.failed", error=str(error), folder=str(self._folder))
            return None
        seconds = time.monotonic() - attempt.began
        metrics.SNAPSHOT_SECONDS.observe(seconds)
        metrics.RECOVERY_FREE.set(shutil.disk_usage(self._folder).free)
        self._logger.info(
            "snapshot.written", record=attempt.place.offset, seconds=round(seconds, 3)
        )
        return seconds

    def close(self) -> None:
        """Publish a base that is complete, give up one that is not."""
        self.poll()
        if self._attempt is not None:
            self._attempt.copy.kill()
            self._attempt = None

    def _publish_all(self, attempt: _Attempt, told: Mapping[str, list[Any]]) -> None:
        reach("risk.state")
        for shard in self._assignment.mine:
            size, digest, name = told[str(shard)]
            self._publish(shard, attempt.place, attempt.marks[shard], Sum(size, digest), name)
        reach("risk.manifest")
        for shard in self._assignment.mine:
            keep = told[str(shard)][2]
            for path in self._folder.glob(f"shard-{shard:05d}.*.state"):
                if path.name != keep:
                    path.unlink()

    def _publish(
        self,
        shard: int,
        place: Place,
        marks: Mapping[str, Mark],
        summed: Sum | None,
        name: str | None,
    ) -> None:
        told = {
            "version": VERSION,
            "shard": shard,
            "shards": self._assignment.shards,
            **self._identity._asdict(),
            "record": place.offset,
            "position": place.position,
            "epoch": place.epoch,
            "sources": place.sources,
            "outputs": {part: list(mark) for part, mark in marks.items()},
            "state": name,
            "bytes": summed.size if summed else 0,
            "blake2b": summed.digest if summed else "",
        }
        data = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        replace(self._manifest(shard), data)

    def _manifest(self, shard: int) -> Path:
        return self._folder / f"shard-{shard:05d}-of-{self._assignment.shards:05d}.base"

    def _check(self, path: Path, told: Mapping[str, object]) -> None:
        wanted = {"version": VERSION, **self._identity._asdict()}
        for name, value in wanted.items():
            found = told[name]
            if found == value or (name == "journal" and "" in {found, value}):
                continue
            what = _DIFFERENT.get(name, f"with {name} {found!r}, not {value!r}")
            raise BadBase(f"{path.name}: the base was made {what}; {ADVICE}")


_DIFFERENT = {
    "journal": "of another journal",
    "code": "by another version of the rules",
    "steps": "by a flow with other step ids",
}


# In the copy of the process: write every shard, say what was written.
def _write_all(folder: Path, shards: dict[int, Shard], place: Place) -> dict[str, list[object]]:
    told: dict[str, list[object]] = {}
    for number, shard in shards.items():
        # The writer of a killed flow lives on for a moment: it must not write here too.
        name = f"shard-{number:05d}.{place.offset:010d}.{os.getpid()}.state"
        summed = write_state(folder / name, shard)
        told[str(number)] = [summed.size, summed.digest, name]
    return told
