"""Decisions as they come from a topic: only what becomes a column is read, JSON stays text.

Fields stand in the order of the columns. A field that is missing, or of another type, is an error:
decisions are ours.

>>> read(b'{"type":"breach"}')
Traceback (most recent call last):
msgspec.ValidationError: Object missing required field `decision_id`
"""

from typing import TypeAlias

from msgspec import Raw, Struct
from msgspec.json import Decoder

from schemas.topics import DECISION_TOPICS

_DECIDED_TOPICS = frozenset(DECISION_TOPICS.values())


class Decided(Struct, tag_field="type", gc=False):
    """What every decision has."""

    decision_id: str
    seq: int
    ts: str
    firm_id: str
    account_id: str
    trader_id: str | None
    phase: str
    ruleset: str
    ruleset_hash: str


class Breach(Decided, tag="breach"):
    """A rule was broken."""

    rule: str
    family: str
    breach_kind: str
    metric: str | None
    observed: str | None
    floor: str | None
    overshoot: str | None
    equity: str
    balance: str
    comparator: str | None
    also: list[str]
    evidence: Raw


class PhasePassed(Decided, tag="phase.passed"):
    """Every goal held."""

    goals: Raw
    next_phase: str | None


class Move(Decided, tag="state", rename={"from_state": "from", "to_state": "to"}):
    """The account moved in its state machine; only an operator's act has the last two."""

    from_state: str
    to_state: str
    reason: str
    cause: str | None
    operator: str | None = None
    note: str | None = None


class Warned(Decided, tag="warning"):
    """The room to a floor fell to a warning level."""

    rule: str
    level: str
    used: str
    floor: str
    room: str


class Intervention(Decided, tag="intervention"):
    """What is to be done about a breach."""

    intervention_id: str
    actions: list[str]
    breach_id: str


class Progress(Decided, tag="progress"):
    """Where the account stands."""

    state: str
    equity: str
    balance: str
    unpriced: bool
    goals: Raw
    rules: Raw


Decision: TypeAlias = Breach | PhasePassed | Move | Warned | Intervention | Progress
_DECODER: Decoder[Decision] = Decoder(Decision)


def is_decided(topic: str) -> bool:
    """Tell whether the values of a topic are decisions."""
    return topic in _DECIDED_TOPICS


def read(data: bytes) -> Decision:
    """Read a decision.

    Raises:
        msgspec.ValidationError: it is none.
    """
    return _DECODER.decode(data)
