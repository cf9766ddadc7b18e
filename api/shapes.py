"""What callers send and get, as the OpenAPI document describes it.

Answers are written as JSON where they are made; these models describe them and tests hold them to
it. What callers send is checked by these models and nothing else.
"""

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.decision_fields import DecimalText, DecisionId, Hash, Ref, State, TimeText
from schemas.decisions import GoalProgress, RuleProgress
from schemas.evidence import PositionEvidence

PAGE_MAX = 500

# No control characters: Postgres holds no NUL, and no id of ours has any.
Id = Annotated[
    str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]
Note = Annotated[
    str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")
]
RulesetRefText = Annotated[
    str,
    StringConstraints(max_length=140, pattern=r"^[^@\x00-\x1f\x7f-\x9f]{1,128}@[1-9][0-9]{0,9}$"),
]
Cursor = Annotated[str, StringConstraints(max_length=512)]


class Asked(BaseModel):
    """Something a caller sends: unknown fields are refused, never ignored."""

    model_config = ConfigDict(extra="forbid")


class Paged(Asked):
    """A page of a list."""

    limit: int = Field(50, ge=1, le=PAGE_MAX)
    cursor: Cursor | None = Field(None, description="`next` of the page before")


class AccountsAsked(Paged):
    """Which accounts; several values of one filter mean any of them."""

    firm: list[Id] = Field(default_factory=list, max_length=50)
    trader: list[Id] = Field(default_factory=list, max_length=50)
    state: list[State] = Field(default_factory=list, max_length=9)
    phase: list[Id] = Field(default_factory=list, max_length=50)
    ruleset: list[Id] = Field(default_factory=list, max_length=50, description="`id@version`")


class DecisionsAsked(Paged):
    """Which decisions, newest first."""

    account: Id | None = None
    firm: Id | None = None
    trader: Id | None = None
    rule: Id | None = Field(None, description="of breaches and warnings")


class NothingAsked(Asked):
    """No parameters."""


class AsOf(BaseModel):
    """Every decision up to `seq` is in the answer; `ts` is that one's time, where it is known."""

    seq: int
    ts: TimeText | None
    source: Literal["live", "history"]


class AccountLine(BaseModel):
    """An account in a list.

    `headroom` is the share of the allowance that is left of the rule that has least left of it.
    """

    account_id: str
    firm_id: str
    trader_id: str | None
    phase: str
    ruleset: Ref
    state: State
    equity: DecimalText | None
    balance: DecimalText | None
    headroom: DecimalText | None
    rule: str | None
    room: DecimalText | None
    seq: int
    ts: TimeText


class Positions(BaseModel):
    """What was held when the account last broke a rule."""

    seq: int
    items: list[PositionEvidence]


class AccountDetails(AccountLine):
    """All that is known of one account."""

    as_of: AsOf
    ruleset_hash: Hash
    unpriced: bool | None
    rules: list[RuleProgress]
    goals: list[GoalProgress]
    day_loss_used: DecimalText | None
    drawdown_used: DecimalText | None
    progress_seq: int | None
    last_breach: DecisionId | None
    positions: Positions | None
    initial_balance: str | None
    currency: str | None
    opened_ts: TimeText | None
    previous_account_id: str | None


ItemT = TypeVar("ItemT")


class Page(BaseModel, Generic[ItemT]):
    """Part of a list; `next` asks for the part behind it and is null at the end."""

    as_of: AsOf
    items: list[ItemT]
    next: str | None


class RulesetLine(BaseModel):
    """One published version."""

    ruleset: str
    version: int
    hash: Hash
    position: int = Field(description="in the journal; 0 for what holds from its start")


class RulesetVersion(RulesetLine):
    """One published version with its text, numbers as decimal text."""

    as_of: AsOf
    content: dict[str, object]


class Money(BaseModel):
    """A payment, as the journal has it."""

    event_id: str
    account_id: str
    ts: TimeText
    reason: str
    amount: str
    trader_share: str | None
    currency: str | None


class LifetimeBreach(BaseModel):
    """A breach without its evidence."""

    decision_id: DecisionId
    account_id: str
    ts: TimeText
    seq: int
    rule: str
    family: str
    breach_kind: str
    overshoot: DecimalText | None


class LifetimePass(BaseModel):
    """A phase that was passed."""

    decision_id: DecisionId
    account_id: str
    ts: TimeText
    seq: int
    phase: str
    next_phase: str | None


class LifetimeAccount(BaseModel):
    """An account of a trader, from its opening to where it stands."""

    account_id: str
    firm_id: str
    phase: str | None
    ruleset: str | None
    state: str | None
    equity: DecimalText | None
    balance: DecimalText | None
    headroom: DecimalText | None
    initial_balance: str | None
    currency: str | None
    opened_ts: TimeText
    previous_account_id: str | None


class Lifetime(BaseModel):
    """A trader's accounts, verdicts and payouts; each list holds the newest 1,000 at most."""

    as_of: AsOf
    trader_id: str
    accounts: list[LifetimeAccount]
    breaches: list[LifetimeBreach]
    phases_passed: list[LifetimePass]
    payouts: list[Money]
    paid_out: dict[str, DecimalText] = Field(description="by currency")


class FirmLine(BaseModel):
    """A firm and how many accounts it has."""

    firm_id: str
    accounts: int


class FirmSummary(FirmLine):
    """Where a firm's accounts stand."""

    as_of: AsOf
    states: dict[str, int]
    phases: dict[str, int]
    rulesets: dict[str, int]
    nearest: list[AccountLine]
    breaches: dict[str, int] = Field(description="by rule, of all time")
    paid_out: dict[str, DecimalText] = Field(description="by currency, of all time")


class CommandAsked(Asked):
    """An operator's order."""

    action: Literal["suspend", "reinstate", "close", "pause", "unpause", "migrate"]
    reason: Note
    ruleset: RulesetRefText | None = Field(None, description="for `migrate` alone")
    force: bool = Field(False, description="migrate even where that makes something harder")


class CommandTaken(BaseModel):
    """An order that became an account event; what comes of it is a decision, or a refusal."""

    event_id: str
    account_id: str
    action: str
    as_of: AsOf


class Command(BaseModel):
    """An order the journal has; `refused` says why it came to nothing."""

    event_id: str
    account_id: str
    ts: TimeText
    position: int
    action: str
    operator: str
    reason: str
    ruleset: str | None
    refused: str | None


class TicketIssued(BaseModel):
    """What opens one socket within `valid_s` seconds."""

    ticket: str
    valid_s: int


class Health(BaseModel):
    """Whether the service does its work."""

    status: Literal["ok"]
