"""What the loss rules share: their common parameters, and how a limit becomes an allowance."""

from decimal import Decimal
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, model_validator

from rules.params import Params, PositiveMoney, Share, require_one
from rules.sessions import Session
from schemas.errors import BadValue
from schemas.money import round_unit
from schemas.rulesets import TimeOfDay, Zone

Action = Literal["disable_trading", "cancel_orders", "close_positions", "reapply_stop", "notify"]
Metric = Literal["equity", "balance", "min_balance_equity"]
BreachKind = Literal["hard", "pause", "flag"]

_FULL: tuple[Action, ...] = ("disable_trading", "cancel_orders", "close_positions", "notify")
_DEFAULT_ACTIONS: dict[str, tuple[Action, ...]] = {
    "hard": _FULL,
    "pause": _FULL,
    "flag": ("notify",),
}
ZERO = Decimal(0)


def _listed(value: object) -> object:
    if isinstance(value, str):
        return (value,)  # one level or action needs no list
    return tuple(value) if isinstance(value, list) else value


class Standing(NamedTuple):
    """An account's money at one instant, in account currency."""

    balance: Decimal
    equity: Decimal

    def measure(self, metric: str) -> Decimal:
        """Return what a rule compares with its floor."""
        if metric == "equity":
            return self.equity
        if metric == "balance":
            return self.balance
        return min(self.balance, self.equity)


class Adjustment(NamedTuple):
    """A balance adjustment as the floors see it: what moved, and the trader's part of a payout."""

    reason: str
    amount: Decimal
    trader_share: Decimal | None


class FloorParams(Params):
    """Parameters every loss rule takes (contract 1.4, row "both")."""

    pct: Share | None = None
    amount: PositiveMoney | None = None
    metric: Metric = "equity"
    comparator: Literal["lt", "lte"] = "lt"
    breach_kind: BreachKind = "hard"
    reset_tz: Zone | None = None
    reset_time: TimeOfDay | None = None
    warn_at: Annotated[tuple[Share, ...], BeforeValidator(_listed)] = ()
    action: Annotated[tuple[Action, ...] | None, BeforeValidator(_listed)] = Field(default=None)

    @model_validator(mode="after")
    def _limit(self) -> Self:
        require_one(self.pct, self.amount)
        if len(set(self.warn_at)) != len(self.warn_at):
            raise BadValue("repeats a level", "warn_at")
        return self

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is done about a breach, in order."""
        return self.action if self.action is not None else _DEFAULT_ACTIONS[self.breach_kind]

    @property
    def levels(self) -> tuple[Decimal, ...]:
        """Warning levels, ascending."""
        return tuple(sorted(self.warn_at))

    def session(self, default: Session) -> Session:
        """Return the rule's own session: each half it leaves out is the ruleset's."""
        return Session(self.reset_tz or default.timezone, self.reset_time or default.reset)

    def crosses(self, metric: Decimal, floor: Decimal) -> bool:
        """Tell whether ``metric`` breaches ``floor``; touching does only under ``lte``."""
        return metric <= floor if self.comparator == "lte" else metric < floor

    def allowance_on(self, base: Decimal) -> Decimal:
        """Return the allowed loss on ``base``, rounded half-even to the unit."""
        if self.amount is not None:
            return self.amount
        assert self.pct is not None
        return round_unit(self.pct * base)
