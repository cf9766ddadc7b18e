"""Decisions: what the engines say. The engines write plain dicts; these models describe them."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from schemas.decision_fields import (
    Action,
    DecimalText,
    DecisionId,
    Hash,
    Ref,
    Seq,
    State,
    TimeText,
)
from schemas.evidence import Evidence
from schemas.fields import Shape


class DecisionBase(Shape):
    """What every decision has.

    Attributes:
        seq: count of accepted inputs; a derived entry carries that of the input it precedes.
        ts: effective time.
        ruleset_hash: SHA-256 of the version's canonical JSON.
    """

    decision_id: DecisionId
    type: str
    seq: Seq
    ts: TimeText
    firm_id: str
    account_id: str
    trader_id: str | None
    phase: str
    ruleset: Ref
    ruleset_hash: Hash


class Breach(DecisionBase):
    """A rule was broken.

    Attributes:
        rule: the rule's id.
        metric: `None`, as `observed`, `floor`, `overshoot` and `comparator`, for the built-in
            `kyc_gate`, which compares nothing.
        floor: the floor; of a conduct rule, its limit, in the unit of `metric`.
        overshoot: floor − observed, account currency; of a conduct rule, observed − limit.
        also: other hard and pause rules that crossed in the same step, in rule order.
    """

    type: Literal["breach"]
    rule: str
    family: str
    breach_kind: Literal["hard", "pause", "flag"]
    metric: str | None
    observed: DecimalText | None
    floor: DecimalText | None
    overshoot: DecimalText | None
    equity: DecimalText
    balance: DecimalText
    comparator: Literal["lt", "lte", "gt", "gte"] | None
    also: list[str]
    evidence: Evidence


class StateChange(DecisionBase):
    """The account moved in its state machine.

    Attributes:
        cause: id of the decision or event behind it.
        operator, note: who asked for it and why; only there for an operator's act.
    """

    type: Literal["state"]
    from_: State = Field(alias="from")
    to: State
    reason: str
    cause: str | None
    operator: str | None = None
    note: str | None = None


class Warned(DecisionBase):
    """The room to a floor fell to a warning level; `used` is a share of the allowance."""

    type: Literal["warning"]
    rule: str
    level: DecimalText
    used: DecimalText
    floor: DecimalText
    room: DecimalText


class Intervention(DecisionBase):
    """What is to be done about a breach, in order."""

    type: Literal["intervention"]
    intervention_id: DecisionId
    actions: list[Action]
    breach_id: DecisionId


class GoalValue(Shape):
    """A goal and its value when the phase passed."""

    id: str
    family: str
    value: DecimalText | None


class PhasePassed(DecisionBase):
    """Every goal holds; `next_phase` is what comes next, `None` after the last."""

    type: Literal["phase.passed"]
    goals: list[GoalValue]
    next_phase: str | None


class GoalProgress(GoalValue):
    """How far a goal is; `value` is `None` while it is undefined."""

    needed: DecimalText
    met: bool


class RuleProgress(Shape):
    """How far a floor is: room = metric − floor, used = 1 − room / allowance.

    For a conduct rule, `floor` is its limit, room = limit − observed and used = observed / limit;
    all three are `None` for one that judges deeds. `strikes` are those counted so far.
    """

    id: str
    family: str
    floor: DecimalText | None
    room: DecimalText | None
    used: DecimalText | None
    latched: bool
    strikes: int | None = None


class Progress(DecisionBase):
    """Where the account stands; `unpriced` while a conversion rate is not known."""

    type: Literal["progress"]
    state: State
    equity: DecimalText
    balance: DecimalText
    unpriced: bool
    goals: list[GoalProgress]
    rules: list[RuleProgress]


Decision = Annotated[
    Breach | StateChange | Warned | Intervention | PhasePassed | Progress,
    Field(discriminator="type"),
]
DECISION_MODELS: dict[str, type[DecisionBase]] = {
    "breach": Breach,
    "state": StateChange,
    "warning": Warned,
    "intervention": Intervention,
    "phase.passed": PhasePassed,
    "progress": Progress,
}
_ADAPTER: TypeAdapter[Any] = TypeAdapter(Decision)


def check_decision(value: object) -> DecisionBase:
    """Make sure that a plain decision has exactly the contract's fields, in their forms.

    Raises:
        pydantic.ValidationError: it has not. Decisions are ours, so this is a bug, no bad input.
    """
    checked: DecisionBase = _ADAPTER.validate_python(value)
    return checked
