"""Evidence of a breach: everything one verdict rests on, so that it can be recomputed by hand."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from schemas.decision_fields import DecimalText, Hash, Seq, TimeText
from schemas.fields import Shape


class TickEntry(Shape):
    """The tick that decided."""

    kind: Literal["tick"]
    seq: Seq
    ts: TimeText
    symbol: str
    bid: DecimalText
    ask: DecimalText
    last: DecimalText | None = None
    late: Literal[True] | None = None
    own_ts: TimeText | None = None


class EventEntry(Shape):
    """The account event that decided; `own_ts` is its own time when it came late."""

    kind: Literal["event"]
    seq: Seq
    ts: TimeText
    event_id: str
    type: str
    late: Literal[True] | None = None
    own_ts: TimeText | None = None


class DerivedEntry(Shape):
    """The session boundary or timer that decided, just before the input of the same seq."""

    kind: Literal["boundary", "timer"]
    seq: Seq
    ts: TimeText


Entry = Annotated[TickEntry | EventEntry | DerivedEntry, Field(discriminator="kind")]


class PositionEvidence(Shape):
    """One open position and what it was worth.

    Attributes:
        cost: Σ price × qty × contract_size, in the P/L currency.
        mark: the price it was marked at; `None` when neither a tick nor an open price counts.
        mark_seq: the seq of the tick that gave the mark, `None` before any.
        rate: symbol of the conversion rate, `None` when there is none.
        priced: false while its rate is not known; it counts as 0.
        pnl: account currency.
    """

    id: str
    symbol: str
    side: Literal["buy", "sell"]
    qty: DecimalText
    cost: DecimalText
    mark: DecimalText | None
    mark_seq: Seq | None
    rate: str | None
    priced: bool
    pnl: DecimalText


class RateEvidence(Shape):
    """One conversion rate that was used: the mid of `symbol`."""

    symbol: str
    op: Literal["multiply", "divide"]
    bid: DecimalText
    ask: DecimalText
    mid: DecimalText
    seq: Seq


class FloorDerivation(Shape):
    """How the floor came about. Each family adds its own facts to these.

    Attributes:
        set_by_seq: the seq that last set the reference or high-water mark.
        allowance: account currency.
        reference, reference_kind: of a daily loss.
        mode, initial, high_water_mark, locked, locked_at, lowered_by: of a maximum drawdown.
    """

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    set_by_seq: Seq
    allowance: DecimalText
    reference: DecimalText | None = None
    reference_kind: str | None = None
    mode: str | None = None
    initial: DecimalText | None = None
    high_water_mark: DecimalText | None = None
    locked: bool | None = None
    locked_at: DecimalText | None = None
    lowered_by: DecimalText | None = None


class Evidence(Shape):
    """Everything a verdict rests on.

    Attributes:
        floor: `None` for conduct rules and the built-in `kyc_gate`, which have none.
        facts: what a conduct rule measured and from what; each family says it in its own words.
        previous_hash: of the audit chain; 64 zeros for an account's first decision.
    """

    entry: Entry
    positions: list[PositionEvidence]
    rates: list[RateEvidence]
    floor: FloorDerivation | None
    previous_hash: Hash | None
    facts: dict[str, Any] | None = None
