"""Which accounts a risk process decides about: whole shards, one for each output partition.

Accounts are spread over key groups, key groups over the partitions of the output topics. What
belongs to one partition is a shard: one process alone decides about it and writes it. So whoever
is asked for key groups must be asked for whole shards.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from flows.failures import Failure
from schemas.ids import key_group

_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Owner:
    """Tells which accounts are a shard's.

    >>> [Owner(shard, 2)("A1") for shard in (0, 1)]
    [False, True]
    """

    shard: int
    shards: int

    def __call__(self, account_id: str) -> bool:
        """Tell whether the account is this shard's."""
        return key_group(account_id, self.shards) == self.shard


class Assignment(NamedTuple):
    """The part of all accounts that one process has.

    Attributes:
        mine: the shards it decides about.
        shards: how many there are, as many as the output topics have partitions.
    """

    mine: tuple[int, ...]
    shards: int

    @property
    def others(self) -> list[int]:
        """The shards that other processes decide about."""
        return [shard for shard in range(self.shards) if shard not in self.mine]


def assign(key_groups: int, wanted: str, shards: int) -> Assignment:
    """Return the shards that a range of key groups makes up; all when `wanted` is empty.

    Args:
        key_groups: how many there are.
        wanted: such as `0-31`, both ends included.
        shards: partitions of the output topics.

    Raises:
        Failure: it is no range of them, or not whole shards.
    """
    if not wanted:
        return Assignment(tuple(range(shards)), shards)
    found = _RANGE.fullmatch(wanted)
    if found is None:
        raise Failure(f"key groups: must look like 0-31, was {wanted!r}")
    first, end = int(found[1]), int(found[2]) + 1
    if not first < end <= key_groups:
        raise Failure(f"key groups: {wanted} is no range of 0-{key_groups - 1}")
    if first * shards % key_groups or end * shards % key_groups:
        raise Failure(
            f"key groups: {wanted} of {key_groups} are not whole partitions of the output topics, "
            f"which have {shards}; ranges begin at multiples of {key_groups / shards:g}"
        )
    return Assignment(
        tuple(range(first * shards // key_groups, end * shards // key_groups)), shards
    )


def split_option(key_groups: str | None) -> tuple[int | None, str | None]:
    """Read `--key-groups`: how many there are, or which of them; `0-31/128` says both.

    Raises:
        Failure: it is neither.
    """
    if key_groups is None:
        return None, None
    wanted, slash, count = key_groups.partition("/")
    if not slash and "-" not in wanted:
        wanted, count = "", key_groups
    if count and not count.isdecimal():
        raise Failure(f"setting key_groups: must be a number or a range, was {key_groups!r}")
    return (int(count) if count else None), wanted or None
