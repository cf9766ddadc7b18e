r"""The audit trail of an account: one chain of hashed records.

A record is an event of the account (fills and payments, operators' and compliance's acts, also
what was refused), or a decision about it; `progress` is none. What operators and payments did
shows the account before and after. Each record holds the hash of the one before:

    head = SHA-256("highwater/v1/trail\n" followed by the record as canonical JSON, RFC 8785)

Nothing in it differs when the journal is judged again: no clock, no host, no random id.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from rules.api import Rejection
from rules.finish import Finished
from rules.witness import Act
from schemas.audit.verify import FIRST_HASH, TRAIL_TAG
from schemas.canonical import canonical_bytes
from schemas.events import AccountEvent, event_json
from schemas.instants import instant_text

Key = tuple[int, int, bool, str, bool, int]


class Item(NamedTuple):
    """Something that happened to an account, in the order of the journal.

    Attributes:
        key: time, seq, whether an input was entered, account, whether it is a decision, number.
        body: of its record; `None` for a `progress`.
        breach: it is a breach.
    """

    key: Key
    body: dict[str, Any] | None
    breach: bool = False

    @property
    def ts(self) -> int:
        """When, ns."""
        return self.key[0]

    @property
    def seq(self) -> int:
        """Count of accepted inputs."""
        return self.key[1]

    @property
    def account_id(self) -> str:
        """Whom it concerns."""
        return self.key[3]


def event_item(
    event: AccountEvent, place: tuple[int, int, int], refusal: Rejection | None, act: Act | None
) -> Item:
    """Make the item of an event; its place is its position, seq and effective time."""
    position, seq, ts = place
    body: dict[str, Any] = {
        "position": position,
        "seq": seq,
        "ts": instant_text(ts),
        "event": event_json(event),  # type: ignore[arg-type]
    }
    if refusal is not None:
        body["refused"] = {
            "code": refusal.code,
            "path": refusal.path,
            "message": refusal.message,
        }
    if act is not None:
        body |= {"before": act.before, "after": act.after}
    return Item((ts, seq, True, event.account_id, False, position), body)


def decision_item(item: Finished, ts: int, number: int) -> Item:
    """Make the item of a decision; `number` counts decisions in the order they were finished."""
    decision = item.decision
    body = None
    if decision["type"] != "progress":
        body = {"seq": decision["seq"], "ts": decision["ts"], "decision": decision}
    key = (ts, decision["seq"], not item.derived, decision["account_id"], True, number)
    return Item(key, body, decision["type"] == "breach")


@dataclass
class Trail:
    """How far an account's chain has come; its lines only where somebody wants them."""

    account_id: str
    records: int = 0
    head: str = FIRST_HASH
    lines: list[bytes] | None = None

    def add(self, body: dict[str, Any]) -> None:
        """Add a record."""
        self.records += 1
        whole = {"account_id": self.account_id, "n": self.records, "prev": self.head, **body}
        line = canonical_bytes(whole)
        self.head = sha256(TRAIL_TAG + line).hexdigest()
        if self.lines is not None:
            self.lines.append(line)

    def leaf(self) -> dict[str, Any]:
        """Return what the log holds of it."""
        return {"account_id": self.account_id, "head": self.head, "records": self.records}
