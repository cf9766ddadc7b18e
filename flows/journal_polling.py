"""The journal as a source, for flows that begin at its start each time."""

from connectors.journal import Entry, JournalReader
from connectors.log.abstract import Log
from flows.polling import BLOCK_S, Poller, at_end
from flows.stopping import Stop
from schemas.topics import JOURNAL


class JournalPoller(Poller[Entry]):
    """Follows the journal from its start.

    Args:
        log: where it is.
        flow: under whose name operators' tools see how far it is.
        stop: when to end.
    """

    def __init__(self, log: Log, flow: str, stop: Stop) -> None:
        self._log = log
        self._reader = JournalReader(log, group=f"highwater-{flow}")
        self._stop = stop

    def poll(self) -> list[Entry]:
        """Return the next frames."""
        if self._stop.now:
            raise StopIteration
        entries = self._reader.read(BLOCK_S)
        if not entries and self._stop.drained and self._drained():
            raise StopIteration
        return entries

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()

    def _drained(self) -> bool:
        return at_end(self._log, {(JOURNAL, 0): self._reader.next_offset})
