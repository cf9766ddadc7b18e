"""What a sequencer knows, on disk: its restart then reads the tail of the journal alone.

    FOLDER/sequencer.json                          the manifest: where the journal was
    FOLDER/sequencer.0000004711.815.state          what was known there, named by the manifest

Unlike a shard's, this base is never needed: the journal tells the same, only later. So one that
cannot be used is left aside, with a warning, and the next one takes its place.
"""

import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from connectors.crash import reach
from connectors.genesis import instrument_json
from connectors.journal import Hearing, Place, journal_id
from connectors.log.abstract import Log
from connectors.resume import Known
from connectors.sequencer import Sequencer
from flows import metrics
from flows.beside import Beside
from flows.logging import get_logger
from flows.manifest import UNUSABLE, replace
from flows.state_file import Sum, read_state, write_state
from schemas.errors import InputError
from schemas.instruments import InstrumentTable
from schemas.json_text import dumps, loads
from schemas.topics import DEAD_LETTERS, JOURNAL

VERSION = 1


class _Attempt(NamedTuple):
    copy: Beside
    began: float
    position: int
    sources: dict[str, int]


class Ends(NamedTuple):
    """Where journal and dead letters ended behind a frame, and the sequencer's epoch."""

    journal: int
    letters: int
    epoch: int


class SequencerBases:
    """Reads and writes the base of a sequencer.

    Args:
        folder: where it is; only the sequencer that holds the lease writes it.
        log: the journal it is a base of.
        every_s: so often one is written.
    """

    def __init__(self, folder: Path, log: Log, every_s: float) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._log, self._every_s = folder, log, every_s
        self._manifest = folder / "sequencer.json"
        self._logger = get_logger(flow="sequence")
        self._attempt: _Attempt | None = None
        self._ends: Ends | None = None
        self._tried_at = time.monotonic()
        self._journal = ""

    def restore(self) -> Known | None:
        """Return what the base holds, None where there is none that can be used."""
        if not self._manifest.exists():
            return None
        try:
            told = orjson.loads(self._manifest.read_bytes())
            self._check(told)
            state = read_state(self._folder / told["state"], Sum(told["bytes"], told["blake2b"]))
            known = _known(told, state)
        except (*UNUSABLE, InputError) as error:
            self._logger.warning("snapshot.ignored", error=str(error), folder=str(self._folder))
            return None
        self._logger.info("snapshot.restored", record=known.place.offset)
        return known

    def clean(self) -> None:
        """Remove what a dead process left unfinished; call with the right to write."""
        named = ""
        if self._manifest.exists():
            named = self._manifest.read_text(errors="replace")
        for path in self._folder.glob("sequencer.*.*"):
            if path.name not in named:
                path.unlink(missing_ok=True)
                self._logger.info("epoch.discarded", file=path.name)

    def write(self, sequencer: Sequencer, rulesets: Mapping[str, str]) -> bool:
        """Begin to write what is known now if it is time; `sunk` follows behind the frame."""
        if self._attempt is not None or time.monotonic() - self._tried_at < self._every_s:
            return False
        self._tried_at = time.monotonic()
        state = {
            "ts": sequencer.ts,
            "instruments": dumps([instrument_json(one) for one in sequencer.instruments]),
            "rulesets": dict(rulesets),
            "ids": sequencer.seen.known(),
        }
        name = f"sequencer.{sequencer.position:010d}.{os.getpid()}"
        with metrics.FORK_SECONDS.time():
            work = partial(_write, self._folder / f"{name}.state", state)
            copy = Beside(work, self._folder / f"{name}.result")
        reach("sequence.forked")
        self._ends = None
        self._attempt = _Attempt(
            copy, time.monotonic(), sequencer.position, dict(sequencer.offsets)
        )
        return True

    def sunk(self, ends: Ends) -> None:
        """Learn that the frame the base is behind is durable, and where."""
        self._ends = ends

    def poll(self) -> None:
        """Publish a base that is complete; without one the one before stays in place."""
        attempt, ends = self._attempt, self._ends
        if attempt is None or ends is None or not attempt.copy.ended():
            return
        self._attempt = None
        told = attempt.copy.told()
        if told is None:
            status = attempt.copy.status
            self._logger.error("snapshot.failed", status=status, folder=str(self._folder))
            return
        reach("sequence.state")
        try:
            self._publish(attempt, ends, told)
        except OSError as error:
            self._logger.warning("snapshot.failed", error=str(error), folder=str(self._folder))
            return
        seconds = time.monotonic() - attempt.began
        metrics.SNAPSHOT_SECONDS.observe(seconds)
        self._logger.info("snapshot.written", record=ends.journal, seconds=round(seconds, 3))

    def close(self) -> None:
        """Publish a base that is complete, give up one that is not."""
        self.poll()
        if self._attempt is not None:
            self._attempt.copy.kill()

    def _publish(self, attempt: _Attempt, ends: Ends, told: Mapping[str, object]) -> None:
        self._journal = self._journal or journal_id(self._log)
        manifest = {
            "version": VERSION,
            "journal": self._journal,
            "record": ends.journal,
            "position": attempt.position,
            "epoch": ends.epoch,
            "sources": attempt.sources,
            "letters": ends.letters,
            **told,
        }
        data = orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        replace(self._manifest, data)
        reach("sequence.manifest")
        for path in self._folder.glob("sequencer.*.state"):
            if path.name != told["state"]:
                path.unlink()

    def _check(self, told: Mapping[str, Any]) -> None:
        if told["version"] != VERSION:
            raise ValueError(f"it is of version {told['version']}, not {VERSION}")
        if told["journal"] != journal_id(self._log):
            raise ValueError("it is of another journal")
        ends = self._log.end_offset(JOURNAL), self._log.end_offset(DEAD_LETTERS)
        if told["record"] > ends[0] or told["letters"] > ends[1]:
            raise ValueError("it is of more than the journal holds")
        # A sequencer that was replaced and went on for a moment may have been the one to write it.
        if Hearing.at(self._log, told["record"]).epoch > told["epoch"]:
            raise ValueError("it was written by a sequencer that had been replaced")


def _known(told: Mapping[str, Any], state: Mapping[str, Any]) -> Known:
    return Known(
        Place(told["record"], told["position"], told["epoch"], told["sources"]),
        told["letters"],
        state["ts"],
        InstrumentTable.parse(loads(state["instruments"])),
        state["rulesets"],
        state["ids"],
    )


# In the copy of the process.
def _write(path: Path, state: Mapping[str, object]) -> dict[str, object]:
    summed = write_state(path, state)
    return {"state": path.name, "bytes": summed.size, "blake2b": summed.digest}
