"""Whether this process may write, and what happens when it comes to."""

from collections.abc import Mapping

from connectors.log.abstract import Lease
from flows import metrics
from flows.bases import Bases
from flows.deciding import Deciding
from flows.logging import get_logger
from flows.manifest import Restored
from flows.shard_sink import ShardSink
from flows.succession import Succession


class Leadership:
    """Follows until it has the leases, then writes.

    Args:
        deciding: tells other processes what was refused.
        sink: writes decisions.
        bases: keeps base files, where there is a recovery folder.
        restored: what the shards began with.
    """

    def __init__(
        self,
        deciding: Deciding,
        sink: ShardSink,
        bases: Bases | None,
        restored: Mapping[int, Restored],
    ) -> None:
        self._deciding, self._sink, self._bases = deciding, sink, bases
        self._restored = restored
        self._succession: Succession | None = None
        self.leads = False
        metrics.LEADER.set(0)

    def await_turn(self, succession: Succession) -> None:
        """Lead as soon as the leases are had."""
        self._succession = succession

    def look(self) -> None:
        """Begin to lead if it is time to."""
        if self._succession is None or self.leads:
            return
        lease = self._succession.lease()
        if lease is not None:
            get_logger(flow="risk").warning("lease.taken", epochs=dict(lease.epochs))
            self.lead(lease)

    def lead(self, lease: Lease) -> None:
        """Write from now on; what was kept back, or is not there yet, goes out first."""
        if self._bases is not None:
            self._bases.lead(
                shard for shard, found in self._restored.items() if found.shard is None
            )
        self._deciding.lead()
        for part in self._sink.parts.values():
            part.lead(lease)
        self.leads = True
        metrics.LEADER.set(1)
