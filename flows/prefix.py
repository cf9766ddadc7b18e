"""Topics under a prefix, so that several journals can share one cluster."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from connectors.log.abstract import GROUP, Lease, Log, LogReader, LogWriter


class PrefixedLog:
    """A log whose topics all begin with `prefix`, which its users need not know."""

    def __init__(self, log: Log, prefix: str) -> None:
        self._log = log
        self._prefix = prefix

    def create(
        self,
        topic: str,
        partitions: int = 1,
        settings: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Create the topic."""
        self._log.create(self._prefix + topic, partitions, settings)

    def partitions(self, topic: str) -> int:
        """Return the number of partitions."""
        return self._log.partitions(self._prefix + topic)

    def start_offset(self, topic: str, partition: int = 0) -> int:
        """Return the offset of the first record kept."""
        return self._log.start_offset(self._prefix + topic, partition)

    def end_offset(self, topic: str, partition: int = 0) -> int:
        """Return the offset after the last record."""
        return self._log.end_offset(self._prefix + topic, partition)

    def reader(
        self, topic: str, partition: int = 0, offset: int = 0, group: str = GROUP
    ) -> LogReader:
        """Open a reader."""
        return self._log.reader(self._prefix + topic, partition, offset, self._prefix + group)

    def writer(self, topic: str, partition: int = 0) -> LogWriter:
        """Open the writer."""
        return self._log.writer(self._prefix + topic, partition)

    def lease(self, topic: str, names: Sequence[str]) -> Lease:
        """Take leases."""
        return self._log.lease(self._prefix + topic, names)

    def close(self) -> None:
        """Close the log."""
        self._log.close()
