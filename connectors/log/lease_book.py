"""Who holds which lease, told by a compacted topic: its order decides, no clock does.

A record is keyed by `NAME/HOLDER` and says `{"name", "epoch", "holder", "host", "pid", "began",
"ttl_ms", "state"}`. The first `claim` of an epoch higher than all before it wins; a `renew` counts
while its epoch is the highest; a `release` frees the name at once. Every reader of the topic comes
to the same result.
"""

import os
import socket
from pathlib import Path
from typing import Literal, NamedTuple

import orjson

State = Literal["claim", "renew", "release"]


class Holder(NamedTuple):
    """A process, so that another one on the same machine can see whether it lives."""

    id: str
    host: str
    pid: int
    began: str

    @classmethod
    def here(cls, unique: str) -> "Holder":
        """Return this process, under a name that is its own."""
        return cls(unique, socket.gethostname(), os.getpid(), began(os.getpid()))

    @property
    def is_dead(self) -> bool:
        """Whether it surely is: only a process of this machine can be known to be."""
        return self.host == socket.gethostname() and began(self.pid) != self.began


class Standing(NamedTuple):
    """What is known of one lease.

    Attributes:
        epoch: how many have held it.
        holder: who does, `None` when it was given back.
        ttl_s: its holder writes nothing when it could not renew it for so long.
        offset: of the record that said so last.
    """

    epoch: int
    holder: Holder | None
    ttl_s: float
    offset: int


class LeaseBook:
    """Folds the records of the topic, in their order."""

    def __init__(self) -> None:
        self._known: dict[str, Standing] = {}

    def of(self, name: str) -> Standing:
        """Return where a lease stands; epoch 0 when nobody has ever had it."""
        return self._known.get(name, Standing(0, None, 0.0, -1))

    def read(self, offset: int, value: bytes) -> None:
        """Take the next record."""
        if not value:
            return
        said = orjson.loads(value)
        before = self.of(said["name"])
        holder = Holder(said["holder"], said["host"], said["pid"], said["began"])
        same = before.holder is not None and before.holder.id == holder.id
        if said["epoch"] < before.epoch or (said["epoch"] == before.epoch and not same):
            return  # too late: another one has had it since
        held = None if said["state"] == "release" else holder
        ttl_s = said["ttl_ms"] / 1000
        self._known[said["name"]] = Standing(said["epoch"], held, ttl_s, offset)


def record(
    name: str, epoch: int, holder: Holder, ttl_s: float, state: State
) -> tuple[bytes, bytes]:
    """Return key and value of a record."""
    value = {
        "name": name,
        "epoch": epoch,
        "holder": holder.id,
        "host": holder.host,
        "pid": holder.pid,
        "began": holder.began,
        "ttl_ms": round(ttl_s * 1000),
        "state": state,
    }
    return f"{name}/{holder.id}".encode(), orjson.dumps(value)


def began(pid: int) -> str:
    """Return when a process of this boot began, in the kernel's words; empty if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else f"{boot}:{fields[19]}"
