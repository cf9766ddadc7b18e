"""What a venue says about an account and the journal does not, or the other way round."""

from typing import Any, Literal

import orjson
from pydantic import Field

from schemas.fields import Id, Shape

DriftKind = Literal[
    "in_flight",  # recent trades of the venue explain it: they are still on their way
    "missing_fill",  # trades that the journal never got explain it
    "unknown_position",  # the venue holds what the journal does not know at all
    "wrong_quantity",  # both know the position, with another quantity
    "balance",  # positions agree, the money does not
    "unreadable",  # the venue does not say what the account holds
]
DriftState = Literal["watching", "raised", "resolved"]


class Drift(Shape):
    """One disagreement and how far it has come.

    Attributes:
        drift_id: the same as long as it lasts.
        state: `watching` until it was looked at often enough, then `raised` for an operator.
        subject: the instrument's symbol, or the currency of a balance.
        journal, venue: what each says, signed decimals; None where there is nothing to say.
        looks: how often it was seen.
        evidence: trades, journal offset and whatever else a person needs.
    """

    drift_id: Id
    state: DriftState
    kind: DriftKind
    venue_id: Id
    firm_id: Id
    account_id: Id
    subject: str
    journal: str | None
    venue: str | None
    looks: int = Field(ge=1)
    first_ts: str
    ts: str
    evidence: dict[str, Any]

    def to_json(self) -> bytes:
        """Write it as one JSON object, without a line end."""
        return orjson.dumps(self.model_dump())
