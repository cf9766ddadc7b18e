"""From what the key groups decided to the numbered, ordered and chained decisions.

``seq`` counts accepted inputs over all key groups, so it is known only when every group has
reported a frame. The finisher turns journal positions into seqs, gives decisions their ids, puts
them in the contract's order and links them into one audit chain per account. It is the last pure
step: its bytes do not depend on how accounts were spread over groups or frames were cut.

Source: contract section 3.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from rules.api import NEVER, At, Decision, DecisionRef, Outcome, Rejection
from schemas.canonical import canonical_bytes
from schemas.ids import decision_id, intervention_id
from schemas.instants import instant_text

AUDIT_TAG = b"highwater/v1/audit\n"
FIRST_HASH = "0" * 64

_instant = lru_cache(maxsize=256)(instant_text)  # many decisions are made at one instant
_Key = tuple[int, int, bool, str, int]


class Finished(NamedTuple):
    """A decision as the outside sees it, and its line of JSON (without the line feed).

    ``derived`` tells that no input decided, but a session boundary or a timer before it.
    """

    decision: dict[str, Any]
    line: bytes
    derived: bool


class Finisher:
    """Numbers, orders and chains the decisions of one journal.

    Args:
        hold_last: keep back what the very last input decided until the next frame or ``flush``,
            so that the progress a replay ends with can take its place beside it.
    """

    def __init__(self, *, hold_last: bool = False) -> None:
        self._hold_last = hold_last
        self._rejected: list[int] = []
        self._pending: list[tuple[_Key, Decision]] = []
        self._heads: dict[str, str] = {}
        self.accepted = 0
        """Accepted inputs so far."""

    def seq_of(self, position: int) -> int:
        """Return the seq of an accepted entry; of a refused one, that of the next accepted."""
        return position - bisect_left(self._rejected, position)

    def add(self, outcomes: Iterable[Outcome], end: int) -> tuple[list[Finished], list[Rejection]]:
        """Take what every key group said about one frame.

        Args:
            outcomes: one of each group.
            end: the position after the frame's last entry.

        Returns:
            The decisions that can no longer be preceded by another, and the refused entries.
        """
        reported = list(outcomes)
        rejections = self._reject(reported)
        self._hold(reported)
        self.accepted = end - 1 - len(self._rejected)
        due = min((outcome.next_due for outcome in reported), default=NEVER)
        return self._release(due, self.accepted if self._hold_last else NEVER), rejections

    def flush(self, outcomes: Iterable[Outcome]) -> list[Finished]:
        """Take what the engines said when the journal ended, and release everything."""
        self._hold(outcomes)
        return self._release(NEVER, NEVER)

    def _hold(self, outcomes: Iterable[Outcome]) -> None:
        """Put new decisions in their places among those that wait, in order."""
        before = len(self._pending)
        self._pending += [
            (self._key(decision), decision) for made in outcomes for decision in made.decisions
        ]
        if len(self._pending) > before:
            self._pending.sort(key=itemgetter(0))

    def _reject(self, outcomes: list[Outcome]) -> list[Rejection]:
        # An event of the whole market is refused by every group, and counts once.
        found = {entry.position: entry for outcome in outcomes for entry in outcome.rejections}
        rejections = [found[position] for position in sorted(found)]
        for rejection in rejections:
            insort(self._rejected, rejection.position)
        return rejections

    def _key(self, decision: Decision) -> _Key:
        seq = self.seq_of(decision.position)
        return decision.ts, seq, not decision.derived, decision.account_id, decision.ordinal

    def _release(self, due: int, last_seq: int) -> list[Finished]:
        pending, released = self._pending, 0
        for key, _ in pending:
            if key[0] >= due or key[1] >= last_seq:
                break
            released += 1
        finished = [self._finish(key[1], decision) for key, decision in pending[:released]]
        del pending[:released]
        return finished

    def _finish(self, seq: int, decision: Decision) -> Finished:
        account_id, body = decision.account_id, decision.body
        kind = body["type"]
        made = {
            "decision_id": decision_id(
                account_id, seq, decision.ts, decision.derived, decision.ordinal, kind
            ),
            "type": kind,
            "seq": seq,
            "ts": _instant(decision.ts),
        }
        if kind == "progress":
            made.update(body)  # refers to nothing, and there is one for every account at once
        else:
            made.update((name, self._resolved(value, account_id)) for name, value in body.items())
        head = self._heads.get(account_id, FIRST_HASH)
        if kind == "breach":
            made["evidence"]["previous_hash"] = head
        elif kind == "intervention":
            made["intervention_id"] = intervention_id(made["breach_id"])
        if kind != "progress":  # a view that the caller may ask for, not a decision to prove
            record = canonical_bytes(made | {"prev": head})
            self._heads[account_id] = sha256(AUDIT_TAG + record).hexdigest()
        return Finished(made, orjson.dumps(made), decision.derived)

    def _resolved(self, value: Any, account_id: str) -> Any:
        if isinstance(value, At):
            return self.seq_of(value)
        if isinstance(value, DecisionRef):
            seq = self.seq_of(value.position)
            return decision_id(account_id, seq, value.ts, value.derived, value.ordinal, value.type)
        if isinstance(value, dict):
            return {name: self._resolved(item, account_id) for name, item in value.items()}
        if isinstance(value, list):
            return [self._resolved(item, account_id) for item in value]
        return value
