"""What a replay reads: instruments, rulesets, and the files of ticks and events."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from connectors.bad_file import BadFile
from connectors.documents import load_instruments, load_ruleset_file, load_rulesets
from connectors.event_file import EventFile
from connectors.files import ByteSource
from connectors.listings import listing_of
from connectors.recording.batch import TickFile
from connectors.recording.open import open_recording
from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import InputError
from schemas.instruments import InstrumentTable


class Rulebook(NamedTuple):
    """What holds before the journal starts: listed instruments and published rulesets."""

    instruments: InstrumentTable
    rulesets: list[Ruleset]

    @classmethod
    def empty(cls) -> "Rulebook":
        """Return one that lists and publishes nothing."""
        return cls(InstrumentTable(), [])


class JournalFiles(NamedTuple):
    """Files open for one reading, in the order they were given."""

    events: list[EventFile]
    ticks: list[TickFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.events) + sum(file.size for file in self.ticks)

    @property
    def done(self) -> int:
        """Bytes read so far."""
        return sum(file.done for file in self.events) + sum(file.done for file in self.ticks)

    @property
    def duplicates(self) -> int:
        """Events seen before, by id."""
        return sum(file.duplicates for file in self.events)


def load_rulebook(instruments: Path, rulesets: Path) -> Rulebook:
    """Load the instrument file and every ruleset.

    Raises:
        BadFile: naming the file, the line and the field that is wrong.
    """
    table = load_instruments(instruments)
    compiled = []
    for file in load_rulesets(rulesets):
        try:
            compiled.append(load_ruleset(file.ruleset))
        except InputError as error:
            raise file.bad(error) from None
    return Rulebook(table, compiled)


def load_one_ruleset(path: Path) -> Ruleset:
    """Load the ruleset of one file.

    Raises:
        BadFile: naming the file, the line and the field that is wrong.
    """
    file = load_ruleset_file(path)
    try:
        return load_ruleset(file.ruleset)
    except InputError as error:
        raise file.bad(error) from None


def open_journal(
    instruments: InstrumentTable, ticks: Sequence[Path], events: Sequence[Path]
) -> JournalFiles:
    """Open the files of a journal.

    Raises:
        BadFile: one of them cannot be read as what it is.
    """
    for path in (*events, *ticks):
        if path.is_dir():
            raise BadFile(str(path), "is a directory, a file is needed")
    listing, table = listing_of(instruments, events)
    event_files = [EventFile(ByteSource(path), table) for path in events]
    return JournalFiles(event_files, [open_recording(path, listing) for path in ticks])
