"""The log in a directory: for one machine, without a server.

    ROOT/TOPIC/PARTITION/00000000000000000000.log    segments, see `local_segment`
    ROOT/TOPIC/PARTITION/lock                        held by the writer
    ROOT/TOPIC~/NAME                                 held by whoever has the lease NAME

Any number of processes read while one writes. A reader may see records a power cut takes back; it
then finds its position behind the end and raises `OffsetOutOfRange` when it starts again.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from connectors.log.abstract import GROUP, LogError, UnknownTopic, check_topic
from connectors.log.local_lease import LocalLease
from connectors.log.local_reader import LocalReader
from connectors.log.local_segment import (
    SEGMENT_BYTES,
    bounds,
    create_segment,
    disk_errors,
    sync_directory,
)
from connectors.log.local_writer import LocalWriter


class LocalLog:
    """Topics under one directory.

    Args:
        root: the directory; `create` makes it.
        segment_bytes: size at which a writer begins a new segment.
    """

    def __init__(self, root: Path, segment_bytes: int = SEGMENT_BYTES) -> None:
        self._root = root
        self._segment_bytes = segment_bytes

    def create(
        self,
        topic: str,
        partitions: int = 1,
        settings: Mapping[str, str] = MappingProxyType({}),  # noqa: ARG002 - all is kept
    ) -> None:
        """Create the topic, all of it or nothing."""
        if partitions < 1:
            message = f"topic {topic!r}: at least one partition, not {partitions}"
            raise LogError(message)
        with disk_errors(self._root):
            if not (self._root / check_topic(topic)).is_dir():
                self._build(topic, partitions)
        found = self.partitions(topic)
        if found != partitions:
            message = f"{self._root}: topic {topic!r} has {found} partitions, not {partitions}"
            raise LogError(message)

    def partitions(self, topic: str) -> int:
        """Return the number of partitions."""
        with disk_errors(self._root):
            try:
                return sum(1 for _ in (self._root / check_topic(topic)).iterdir())
            except FileNotFoundError:
                raise self._unknown(topic) from None

    def start_offset(self, topic: str, partition: int = 0) -> int:
        """Return the offset of the first record kept."""
        return bounds(self._directory(topic, partition))[0]

    def end_offset(self, topic: str, partition: int = 0) -> int:
        """Return the offset after the last whole record."""
        return bounds(self._directory(topic, partition))[1]

    def reader(
        self,
        topic: str,
        partition: int = 0,
        offset: int = 0,
        group: str = GROUP,  # noqa: ARG002 - there are no tools that would ask
    ) -> LocalReader:
        """Open a reader at `offset`."""
        return LocalReader(self._directory(topic, partition), offset)

    def writer(self, topic: str, partition: int = 0) -> LocalWriter:
        """Open the partition's writer; raises `LogLocked` if there is one."""
        return LocalWriter(self._directory(topic, partition), self._segment_bytes)

    def lease(self, topic: str, names: Sequence[str]) -> LocalLease:
        """Take leases: locked files in a folder that cannot be a topic's."""
        folder = self._root / f"{check_topic(topic)}~"
        with disk_errors(self._root):
            folder.mkdir(parents=True, exist_ok=True)
            return LocalLease(folder, names)

    def close(self) -> None:
        """Do nothing: only readers and writers hold files."""

    def _build(self, topic: str, partitions: int) -> None:
        """Make the topic under a name no topic can have, then rename it."""
        self._root.mkdir(parents=True, exist_ok=True)
        draft = self._root / f"{topic}~{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        for partition in range(partitions):
            (draft / str(partition)).mkdir(parents=True)
            create_segment(draft / str(partition), 0)
        sync_directory(draft)
        try:
            draft.rename(self._root / topic)
        except OSError:
            # Another process was first; whether it made the same topic, the caller finds out.
            shutil.rmtree(draft)
            if not (self._root / topic).is_dir():
                raise
        sync_directory(self._root)

    def _directory(self, topic: str, partition: int) -> Path:
        directory = self._root / check_topic(topic) / str(partition)
        if not directory.is_dir():
            raise self._unknown(topic, partition)
        return directory

    def _unknown(self, topic: str, partition: int = 0) -> UnknownTopic:
        message = f"{self._root}: no partition {partition} of topic {topic!r}; create the topic"
        return UnknownTopic(message)
