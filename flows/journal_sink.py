"""Frames and their dead letters, on their way into the journal."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.inputs import Place
from connectors.journal import JournalWriter
from connectors.sequencer import Sequenced
from flows import metrics
from flows.sequencer_bases import Ends, SequencerBases

JOURNAL = "journal"

Offsets = dict[str, int]
"""By source name, the offset behind the last input that is durably in the journal."""


class Framed(NamedTuple):
    """What the sequencer made of some inputs, and whether a base was begun behind it."""

    done: Sequenced
    base: bool


class JournalPart(StatefulSinkPartition[Framed, None]):
    """The one partition.

    Args:
        writer: of the journal.
        written: places of inputs whose dead letters are there already.
        bases: told when what is before a base is durable.
        done: told how far each source is durably in the journal.
    """

    def __init__(
        self,
        writer: JournalWriter,
        written: AbstractSet[Place],
        bases: SequencerBases | None,
        done: Callable[[Offsets], None],
    ) -> None:
        self._writer = writer
        self._written = written
        self._bases = bases
        self._done = done
        self._offsets: Offsets = {}

    def write_batch(self, values: list[Framed]) -> None:
        """Append what was made."""
        for done, base in values:
            self._writer.append(done, self._written)
            self._offsets = {name: end for name, (_, end) in done.frame.sources.items()}
            if base and self._bases is not None:
                self._writer.flush()
                self._bases.sunk(Ends(*self._writer.ends()))

    def snapshot(self) -> None:
        """Make it durable, and say so."""
        with metrics.EPOCH_STALL.time():
            self._writer.flush()
        self._done(self._offsets)
        if self._bases is not None:
            self._bases.poll()

    def close(self) -> None:
        """Leave closing to whoever opened it."""


class JournalSink(FixedPartitionedSink[Framed, None]):
    """Writes frames and dead letters through the one writer of the journal."""

    def __init__(self, part: JournalPart) -> None:
        self._part = part

    def list_parts(self) -> list[str]:
        """Name the one partition."""
        return [JOURNAL]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,  # noqa: ARG002
        resume_state: None,  # noqa: ARG002
    ) -> StatefulSinkPartition[Framed, None]:
        """Return the writer, which was opened before the journal was read."""
        return self._part
