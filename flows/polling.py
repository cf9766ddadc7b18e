"""What every source of ours is to Bytewax: one partition that is polled without a pause.

Blocking for up to two milliseconds inside the poll costs less latency and less CPU than any way of
waiting Bytewax offers (measured: p50 0.1 ms, p99 0.5 ms).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Generic, TypeVar

from bytewax.inputs import FixedPartitionedSource, StatefulSourcePartition

from connectors.log.abstract import Log

ItemT = TypeVar("ItemT")
PlaceT = TypeVar("PlaceT", bound=tuple[str, int])

BLOCK_S = 0.002
LONG_BLOCK_S = 0.02
"""Where what is waited for has been away for a while."""
_PAST = datetime(2000, 1, 1, tzinfo=UTC)


class Poller(Generic[ItemT]):
    """Reads something as far as it goes."""

    def poll(self) -> list[ItemT]:
        """Return what is there; wait for the first item up to `BLOCK_S`.

        Raises:
            StopIteration: there is nothing more to come.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Release what it reads."""


def at_end(log: Log, positions: Mapping[PlaceT, int]) -> bool:
    """Tell whether the partitions hold nothing at or behind these offsets.

    That a reader returned nothing does not say so: Kafka's may only have been slow.
    """
    return all(log.end_offset(*place) <= position for place, position in positions.items())


class _Partition(StatefulSourcePartition[ItemT, None]):
    def __init__(self, poller: Poller[ItemT]) -> None:
        self._poller = poller

    def next_batch(self) -> Iterable[ItemT]:
        return self._poller.poll()

    def next_awake(self) -> datetime:
        return _PAST

    def snapshot(self) -> None:
        # Where to continue is read back from what was written: there is no recovery store yet.
        return None

    def close(self) -> None:
        self._poller.close()


class PolledSource(FixedPartitionedSource[ItemT, None]):
    """One partition, read by the poller that `build` makes when the flow starts."""

    def __init__(self, part: str, build: Callable[[], Poller[ItemT]]) -> None:
        self._part = part
        self._build = build

    def list_parts(self) -> list[str]:
        """Name the one partition."""
        return [self._part]

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,  # noqa: ARG002
        resume_state: None,  # noqa: ARG002
    ) -> StatefulSourcePartition[ItemT, None]:
        """Make the reader."""
        return _Partition(self._build())
