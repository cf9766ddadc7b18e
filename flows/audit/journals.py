"""Journals to look back on: the files of a replay, or the journal of the live flows."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, Protocol

import orjson

from connectors.journal import JournalReader, records
from connectors.log.abstract import Log, UnknownTopic
from connectors.merge import merge
from flows.failures import Failure
from flows.inputs import load_rulebook, open_journal
from rules.ruleset import Ruleset, load_ruleset
from schemas.frames import Frame
from schemas.instruments import InstrumentTable
from schemas.topics import BREACHES, CHECKPOINTS, JOURNAL


class Start(NamedTuple):
    """What holds before the first entry."""

    instruments: InstrumentTable
    rulesets: tuple[Ruleset, ...]


class Journal(Protocol):
    """A journal that can be read more than once.

    Attributes:
        start: what holds before its first entry.
        ends: nothing more will come, as in files.
    """

    start: Start
    ends: bool

    def frames(self) -> Iterator[Frame]:
        """Yield its frames from the first on, as far as it goes now."""

    def recorded(self, decision_id: str) -> bytes | None:
        """Return a recorded breach; None where it is not found."""

    def published(self) -> list[bytes]:
        """Return the checkpoints that were published, signed notes, oldest first."""


class FileJournal:
    """The files of a replay.

    Args:
        instruments, rulesets, ticks, events: as `highwater replay` takes them.
        decisions: what the replay wrote, if that is at hand.
    """

    ends = True

    def __init__(
        self,
        instruments: Path,
        rulesets: Path,
        ticks: Sequence[Path],
        events: Sequence[Path],
        decisions: Path | None = None,
    ) -> None:
        rulebook = load_rulebook(instruments, rulesets)
        self.start = Start(rulebook.instruments, tuple(rulebook.rulesets))
        self._ticks, self._events, self._decisions = ticks, events, decisions

    def frames(self) -> Iterator[Frame]:
        """Merge the files, anew each time."""
        files = open_journal(self.start.instruments, self._ticks, self._events)
        for merged in merge(files.events, files.ticks):
            if merged.frame is not None:
                yield merged.frame

    def recorded(self, decision_id: str) -> bytes | None:
        """Look for the decision in the file of decisions."""
        if self._decisions is None:
            return None
        wanted = decision_id.encode()
        try:
            with self._decisions.open("rb") as lines:
                found = (line for line in lines if wanted in line and _is(line, decision_id))
                return next(found, None)
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise Failure(f"{self._decisions}: cannot be read: {reason}") from None

    def published(self) -> list[bytes]:
        """Files have none."""
        return []


class LogJournal:
    """The journal topic of a log, with what the risk flow wrote about it.

    Raises:
        Failure: there is no journal yet.
    """

    ends = False

    def __init__(self, log: Log) -> None:
        self._log = log
        try:
            with closing(JournalReader(log)) as reader:
                entries = reader.read(1.0, 1) if log.end_offset(JOURNAL) else []
        except UnknownTopic:
            entries = []
        if not entries or entries[0].genesis is None:
            raise Failure("the log holds no journal")
        genesis = entries[0].genesis
        rulesets = tuple(load_ruleset(document) for document in genesis.rulesets)
        self.start = Start(genesis.instruments, rulesets)

    def frames(self) -> Iterator[Frame]:
        """Read the journal as far as it goes now."""
        with closing(JournalReader(self._log)) as reader:
            for entry in reader.rest():
                yield entry.frame

    def recorded(self, decision_id: str) -> bytes | None:
        """Look for the breach in its topic."""
        for partition in range(self._log.partitions(BREACHES)):
            for record in records(self._log, BREACHES, partition):
                if _is(record.value, decision_id):
                    return record.value
        return None

    def published(self) -> list[bytes]:
        """Read their topic."""
        try:
            return [record.value for record in records(self._log, CHECKPOINTS)]
        except UnknownTopic:
            return []


def _is(line: bytes, decision_id: str) -> bool:
    if decision_id.encode() not in line:
        return False
    try:
        return bool(orjson.loads(line)["decision_id"] == decision_id)
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return False
