"""The register: every account's trail, and the signed log of their heads.

The heads of the accounts that changed go into one Merkle log (RFC 6962), by account, and its root
is sealed: at every full hour of the journal's time, when an account's session ends, and after every
breach. Where it is sealed follows from the journal alone, so everybody who reads the journal comes
to the same roots.
"""

from base64 import b64encode
from collections.abc import Iterable
from typing import Any, NamedTuple

from flows.audit.trail import Item, Trail
from schemas.audit.merkle import MerkleLog
from schemas.audit.notes import Signer
from schemas.canonical import canonical_bytes
from schemas.instants import SECOND, instant_text

HOUR = 3600 * SECOND


class Checkpoint(NamedTuple):
    """One root of the log.

    Attributes:
        size: leaves.
        root: 32 bytes.
        seq: of the last input it takes account of.
        ts: time of the journal it was made at.
        reason: `hour`, `session`, `breach`, or `end` of files.
    """

    size: int
    root: bytes
    seq: int
    ts: str
    reason: str

    def facts(self) -> dict[str, str]:
        """Return what it says beside the root."""
        return {"seq": str(self.seq), "ts": self.ts, "reason": self.reason}

    def sign(self, signer: Signer) -> bytes:
        """Write it as a signed note (C2SP tlog-checkpoint)."""
        facts = "".join(f"{name} {fact}\n" for name, fact in self.facts().items())
        return signer.sign(f"{signer.name}\n{self.size}\n{b64encode(self.root).decode()}\n{facts}")


class Register:
    """Takes items in the order of the journal.

    Args:
        keep: the account whose records are kept.

    Attributes:
        log: the Merkle log.
        checkpoints: made so far.
        leaves: of the account that is kept: index and content of each.
    """

    def __init__(self, keep: str | None = None) -> None:
        self.log = MerkleLog()
        self.checkpoints: list[Checkpoint] = []
        self.leaves: list[tuple[int, dict[str, Any]]] = []
        self.trails: dict[str, Trail] = {}
        self._keep = keep
        self._changed: set[str] = set()
        self._hour: int | None = None
        self._group: tuple[int, int, bool] = (0, 0, False)
        self._reason: str | None = None
        self._seq = 0

    def take(self, items: Iterable[Item], now: int) -> None:
        """Take the next items; up to the instant `now` there will be no others."""
        for item in items:
            if item.key[:3] != self._group:
                self._seal_group()
                self._group = item.key[:3]
            self._seal_hour(item.ts)
            self._seq = item.seq
            self._hour = item.ts // HOUR * HOUR + HOUR
            if item.breach:
                self._reason = "breach"
            elif item.body is None:
                if not item.key[2]:  # the progress a session ends with
                    self._reason = self._reason or "session"
                continue
            self._record(item)
        self._seal_group()
        self._seal_hour(now)

    def close(self, seq: int, ts: int) -> None:
        """Seal the end of a journal that will not go on, also when nothing happened at last."""
        self._seq = seq
        self._append()
        self._checkpoint("end", ts)

    def _record(self, item: Item) -> None:
        assert item.body is not None, "a progress is no record"
        trail = self.trails.get(item.account_id)
        if trail is None:
            trail = self.trails[item.account_id] = Trail(item.account_id)
            trail.lines = [] if item.account_id == self._keep else None
        trail.add(item.body)
        self._changed.add(item.account_id)

    # Everything of one instant and input is there: a breach among it, or the end of a session,
    # is sealed at once.
    def _seal_group(self) -> None:
        if self._reason is not None:
            self._seal(self._reason, self._group[0])
            self._reason = None

    # The first full hour after the last item, however long ago that is: frames must not matter.
    def _seal_hour(self, now: int) -> None:
        if self._hour is not None and now >= self._hour:
            self._seal("hour", self._hour)
            self._hour = None

    def _seal(self, reason: str, ts: int) -> None:
        if self._changed:
            self._append()
            self._checkpoint(reason, ts)

    def _append(self) -> None:
        for account_id in sorted(self._changed):
            leaf = self.trails[account_id].leaf()
            index = self.log.append(canonical_bytes(leaf))
            if account_id == self._keep:
                self.leaves.append((index, leaf))
        self._changed.clear()

    def _checkpoint(self, reason: str, ts: int) -> None:
        size, root = self.log.size, self.log.root()
        self.checkpoints.append(Checkpoint(size, root, self._seq, instant_text(ts), reason))
