"""What the shards of this process decided, into their partitions: one part for each shard."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.crash import reach
from connectors.log.abstract import Lease, Log
from flows import metrics
from flows.deciding import Decided
from flows.outlet import Mark, Outlet, part_name
from flows.shard import output_partitions

Sunk = Callable[[int, int, dict[str, Mark]], None]
"""Told that what came before a base is durable: base, shard, and where its partitions are."""


def shard_key(shard: int) -> str:
    """Name a shard so that names sort as shards do."""
    return f"{shard:05d}"


class ShardPart(StatefulSinkPartition[Decided, None]):
    """The output partitions of one shard.

    Args:
        shard: its number.
        outlets: by topic.
        done: told how far the journal has been decided, durably.
        sunk: told when a base may count.
    """

    def __init__(
        self,
        shard: int,
        outlets: Mapping[str, Outlet],
        done: Callable[[int, int], None],
        sunk: Sunk,
    ) -> None:
        self.shard = shard
        self.outlets = outlets
        self._lease: Lease | None = None
        self._done, self._sunk = done, sunk
        self._through = -1

    @property
    def left(self) -> int:
        """How many records are there already and will be left out, at most."""
        return sum(outlet.left for outlet in self.outlets.values())

    def lead(self, lease: Lease) -> None:
        """Begin to write, with the right to: what was kept back goes out."""
        lease.check()
        self._lease = lease
        for outlet in self.outlets.values():
            outlet.lead(lease.epochs[lease_name(self.shard)])

    def write_batch(self, values: list[Decided]) -> None:
        """Write what is not there yet.

        The log sends by itself; to wait for its word would hold up the frames that follow.
        """
        if self._lease is not None:
            self._lease.check()
        for decided in values:
            for output in decided.outputs:
                self.outlets[output.topic].write(output)
                reach("risk.written")
            self._through = max(self._through, decided.through)
            if decided.outputs and decided.arrived_ms:
                waited = time.time() - decided.arrived_ms / 1000
                metrics.TO_DECISION.observe(max(0.0, waited))
            if decided.base is not None:
                self._flush()
                marks = {outlet.name: outlet.mark() for outlet in self.outlets.values()}
                self._sunk(decided.base, self.shard, marks)

    def snapshot(self) -> None:
        """Make everything written durable."""
        if self._lease is None:
            for outlet in self.outlets.values():
                outlet.follow()
        with metrics.EPOCH_STALL.time():
            self._flush()
        reach("risk.flushed")
        self._done(self.shard, self._through)

    def close(self) -> None:
        """Leave closing to the stack, which also closes partitions nothing was written to."""

    def _flush(self) -> None:
        for outlet in self.outlets.values():
            outlet.flush()


class ShardSink(FixedPartitionedSink[Decided, None]):
    """The parts of all shards, opened already, so that a second copy is refused before it reads."""

    def __init__(self, parts: Sequence[ShardPart]) -> None:
        self.parts = {shard_key(part.shard): part for part in parts}
        self._index = {name: index for index, name in enumerate(self.parts)}

    @property
    def left(self) -> int:
        """How many records are there already and will be left out, at most."""
        return sum(part.left for part in self.parts.values())

    def list_parts(self) -> list[str]:
        """Name the shards."""
        return list(self.parts)

    def part_fn(self, item_key: str) -> int:
        """Return the place of a shard among those of this process."""
        return self._index[item_key]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,
        resume_state: None,  # noqa: ARG002
    ) -> ShardPart:
        """Return the open part."""
        return self.parts[for_part]


def lease_name(shard: int) -> str:
    """Name the lease of a shard."""
    return f"risk/{shard_key(shard)}"


def open_outlets(
    log: Log, shard: int, marks: Mapping[str, Mark], stack: ExitStack
) -> dict[str, Outlet]:
    """Open the output partitions of a shard, each to be continued at its mark."""
    return {
        topic: Outlet(log, topic, partition, marks.get(part_name(topic, partition)), stack)
        for topic, partition in output_partitions(shard).items()
    }
