"""Batches made ready: all that can be done before the database is asked."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from sinks.moves import Moves
from sinks.received import is_decided, read
from sinks.staging import Lines, Staging
from sinks.tables import Record


class Batch(NamedTuple):
    """Records of one topic partition that follow each other, as (offset, value) pairs.

    Attributes:
        topic, partition: where they stood.
        start: the next offset before them.
        end: the next offset after them.
        records: offset and JSON bytes of each.
    """

    topic: str
    partition: int
    start: int
    end: int
    records: Sequence[tuple[int, bytes]]


class Prepared(NamedTuple):
    """Batches of different partitions, and what they come to.

    Attributes:
        batches: in the order of their places.
        seqs: the highest `seq` of each.
        rows: of tables that hold all of them.
        newest: of tables that hold the newest of each account.
        moves: how accounts moved.
    """

    batches: list[Batch]
    seqs: list[int]
    rows: list[Lines]
    newest: list[Lines]
    moves: Moves


def prepare(batches: Sequence[Batch]) -> Prepared:
    """Make batches ready.

    Raises:
        OutOfStep: moves of an account are missing among them.
        msgspec.ValidationError: a value is no decision.
    """
    staging, seqs, ordered = Staging(), [], sorted(batches)
    for batch in ordered:
        highest = 0
        decided = is_decided(batch.topic)
        for offset, data in batch.records:
            value: Any = read(data) if decided else orjson.loads(data)
            highest = max(highest, value.seq if decided else value.get("seq", 0))
            staging.add(Record(batch.partition, offset, value))
        seqs.append(highest)
    return Prepared(ordered, seqs, staging.rows, staging.newest(), staging.moves)
