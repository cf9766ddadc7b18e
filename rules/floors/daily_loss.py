"""An account may not lose more than its allowance within one trading day.

    floor = reference − allowance

The reference is captured at the session boundary (balance, equity, or the higher of the two), or
follows the day's highest equity. The first session's reference is the initial balance. The firm's
own payments are no loss: a payout or withdrawal lowers the reference, a deposit or bonus raises
it. A captured reference keeps its allowance until the next boundary.

``step_up`` names other amounts from certain balances on. A step is reached by the balance at a
boundary, so it takes effect with the next session, and is kept unless ``step_down``.

>>> from decimal import Decimal
>>> from rules.floors.common import Standing
>>> params = DailyLossParams(id="daily", family="daily_loss", pct="0.05")
>>> rule = DailyLossFloor(params, Decimal(200000), At(1))
>>> rule.floor
Decimal('190000.00000000')
>>> rule.rebase(Standing(Decimal(204000), Decimal(201000)), At(9))
>>> rule.floor
Decimal('194000.00000000')

Source: contract section 2, "Daily loss"; catalogue section 1.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import model_validator

from rules.api import At
from rules.floors.common import ZERO, Adjustment, FloorParams, Standing
from rules.params import PositiveMoney
from schemas.errors import BadValue
from schemas.fields import FROM_LIST, Flag, Shape
from schemas.money import shared, text

Reference = Literal["balance", "equity", "max_balance_equity", "intraday_peak_equity"]
_SIGNS = {"payout": -1, "withdrawal": -1, "deposit": 1, "bonus": 1}


class Step(Shape):
    """From ``balance`` on, the allowance is ``amount``."""

    balance: PositiveMoney
    amount: PositiveMoney

    def __str__(self) -> str:
        return f"{text(self.amount)} at {text(self.balance)}"


class SessionLossParams(FloorParams):
    """Parameters of a loss limit within a session, whatever its length."""

    pct_base: Literal["initial", "reference", "hwm"] = "initial"
    reference: Reference = "balance"
    step_up: Annotated[tuple[Step, ...] | None, FROM_LIST] = None
    step_down: Flag = False

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.amount is not None and "pct_base" in self.model_fields_set:
            raise BadValue("has no meaning beside `amount`", "pct_base")
        if self.pct_base == "hwm" and self.reference != "intraday_peak_equity":
            raise BadValue("`hwm` needs `reference: intraday_peak_equity`", "pct_base")
        if self.step_up is not None and self.amount is None:
            raise BadValue("needs `amount` to step up from", "step_up")
        balances = [step.balance for step in self.step_up or ()]
        if sorted(set(balances)) != balances:
            raise BadValue("balances must ascend", "step_up")
        if self.step_down and not balances:
            raise BadValue("has no meaning without `step_up`", "step_down")
        return self


class DailyLossParams(SessionLossParams):
    """Parameters of ``daily_loss`` (contract 1.4)."""

    family: Literal["daily_loss"]


class DailyLossFloor:
    """The floor of one account's daily loss rule, and when it moves."""

    __slots__ = ("_base", "_initial", "_step", "allowance", "params", "reference", "set_at")

    # What only a payout from a drawdown rule does.
    reduction: ClassVar[Decimal] = ZERO
    lowered_by: ClassVar[Decimal] = ZERO

    def __init__(self, params: SessionLossParams, initial: Decimal, at: At) -> None:
        self.params = params
        self._initial = initial
        self._step = self._step_at(initial)
        self.reference = initial
        self._base = initial
        self.set_at = at
        self.allowance = self._allowed()

    @property
    def follows_equity(self) -> bool:
        """The reference rises with every new high of the day."""
        return self.params.reference == "intraday_peak_equity"

    @property
    def mark(self) -> Decimal:
        """What the floor is measured from."""
        return self.reference

    @property
    def allowance_follows_mark(self) -> bool:
        """The allowance is a percentage of the rising reference."""
        return (
            self.follows_equity
            and self.params.pct is not None
            and self.params.pct_base != "initial"
        )

    @property
    def floor(self) -> Decimal:
        """The level the metric may not fall below."""
        return self.reference - self.allowance

    def rebase(self, standing: Standing, at: At) -> None:
        """Start a new session from the standing just before its first instant."""
        match self.params.reference:
            case "balance":
                self.reference = standing.balance
            case "max_balance_equity":
                self.reference = max(standing)
            case "equity" | "intraday_peak_equity":
                self.reference = standing.equity
        self._base = self.reference
        reached = self._step_at(standing.balance)
        self._step = reached if self.params.step_down else max(self._step, reached)
        self.set_at = at
        self.allowance = self._allowed()

    def adjust(self, adjustment: Adjustment, at: At) -> None:
        """Shift the reference by what the firm paid out or in."""
        sign = _SIGNS.get(adjustment.reason)
        if sign is not None:
            self.reference += sign * adjustment.amount
            self.set_at = at
            self.allowance = self._allowed()

    def raise_marks(self, standing: Standing, at: At) -> None:
        """Raise the day's peak, when that is the reference."""
        if self.follows_equity and standing.equity > self.reference:
            self.reference = standing.equity
            self.set_at = at
            if self.allowance_follows_mark:
                self.allowance = self._allowed()

    def adopt(self, old: "DailyLossFloor") -> None:
        """Take over the reference of the same rule under an earlier version."""
        self.reference, self.set_at = old.reference, old.set_at
        self._base = old._base
        if old.params.step_up == self.params.step_up:
            self._step = old._step
        else:
            self._step = max(self._step, self._step_at(old.reference))
        self.allowance = self._allowed()

    def derivation(self) -> dict[str, Any]:
        """Say how the floor came about, for the evidence."""
        return {
            "reference": text(self.reference),
            "reference_kind": self.params.reference,
            "set_by_seq": self.set_at,
            "allowance": text(self.allowance),
        }

    def _allowed(self) -> Decimal:
        """Return the loss allowed now; it is asked for far more often than it changes."""
        if self._step:
            assert self.params.step_up is not None
            return self.params.step_up[self._step - 1].amount
        if self.params.pct_base == "initial":
            return shared(self.params.allowance_on(self._initial))
        # A captured reference keeps the base of its boundary whatever is paid in or out since.
        return self.params.allowance_on(self.reference if self.follows_equity else self._base)

    def _step_at(self, balance: Decimal) -> int:
        """Return how many steps a balance has reached."""
        return sum(step.balance <= balance for step in self.params.step_up or ())
