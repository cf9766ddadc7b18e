"""A sink that hands everything to a function, in order, in the process of the flow."""

from collections.abc import Callable
from typing import Generic, TypeVar

from bytewax.outputs import DynamicSink, StatelessSinkPartition

ItemT = TypeVar("ItemT")


class _Part(StatelessSinkPartition[ItemT]):
    def __init__(self, take: Callable[[list[ItemT]], None]) -> None:
        self._take = take

    def write_batch(self, items: list[ItemT]) -> None:
        self._take(items)


class TakingSink(DynamicSink[ItemT], Generic[ItemT]):
    """Calls a function with what comes; the flow has one worker.

    Args:
        take: what is done with it.
    """

    def __init__(self, take: Callable[[list[ItemT]], None]) -> None:
        self._take = take

    def build(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        worker_index: int,  # noqa: ARG002
        worker_count: int,  # noqa: ARG002
    ) -> _Part[ItemT]:
        """Return the one partition."""
        return _Part(self._take)
