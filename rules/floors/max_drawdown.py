"""An account may not fall further than its allowance below its start or its high-water mark.

    candidate = high-water mark − allowance
    floor     = max(floor before, min(candidate, initial + lock_offset))

``static`` has no high-water mark: its floor is initial − allowance. Market events never lower a
floor; a payout may, as ``payout_effect`` says. With ``lock_trigger`` a trailing floor has no cap
until the balance (closed profit, not floating) is that far above initial; then it locks.

>>> from decimal import Decimal
>>> from rules.floors.common import Standing
>>> params = MaxDrawdownParams(id="max", family="max_drawdown", mode="trail_equity",
...                            amount="2500", lock_offset="100")
>>> rule = MaxDrawdownFloor(params, Decimal(50000), At(1))
>>> rule.raise_marks(Standing(Decimal(50000), Decimal(50875)), At(7))
>>> rule.floor
Decimal('48375')

Source: contract section 2, "Max drawdown"; catalogue sections 2 and 3.
"""

from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import model_validator

from rules.api import At
from rules.floors.common import ZERO, Adjustment, FloorParams, Standing
from rules.params import Money, PositiveMoney
from schemas.errors import BadValue
from schemas.money import shared, text

Mode = Literal[
    "static",
    "trail_eod_balance",
    "trail_eod_max",
    "trail_closed_balance",
    "trail_equity",
    "lock_on_profit",
]
PayoutEffect = Literal["none", "lower_hwm", "lock", "reduce_allowance", "lower_floor", "reset"]
_UNTRAILED = ("static", "lock_on_profit")


class MaxDrawdownParams(FloorParams):
    """Parameters of ``max_drawdown`` (contract 1.4)."""

    family: Literal["max_drawdown"]
    mode: Mode
    pct_base: Literal["initial", "hwm"] = "initial"
    lock_offset: Money | None = None
    lock_trigger_profit: PositiveMoney | None = None
    lock_trigger: PositiveMoney | None = None
    payout_effect: PayoutEffect = "none"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.amount is not None and "pct_base" in self.model_fields_set:
            raise BadValue("has no meaning beside `amount`", "pct_base")
        if self.mode in _UNTRAILED and self.pct_base == "hwm":
            raise BadValue(f"`hwm` needs a trailing mode, not `{self.mode}`", "pct_base")
        if self.mode in _UNTRAILED and self.payout_effect == "lower_hwm":
            raise BadValue(f"`lower_hwm` needs a trailing mode, not `{self.mode}`", "payout_effect")
        if (self.mode == "lock_on_profit") != (self.lock_trigger_profit is not None):
            missing = self.lock_trigger_profit is None
            reason = "is required" if missing else f"has no meaning with `mode: {self.mode}`"
            raise BadValue(reason, "lock_trigger_profit")
        if self.mode in _UNTRAILED and self.lock_trigger is not None:
            raise BadValue(f"needs a trailing mode, not `{self.mode}`", "lock_trigger")
        return self

    @property
    def closed_profit_to_lock(self) -> Decimal | None:
        """The profit on the balance that locks the floor, in any mode."""
        return self.lock_trigger_profit or self.lock_trigger


class MaxDrawdownFloor:
    """The floor of one account's drawdown rule, and when it moves."""

    __slots__ = (
        "high_water_mark",
        "initial",
        "locked",
        "lowered_by",
        "params",
        "reduction",
        "set_at",
        "unlowered",
    )

    def __init__(self, params: MaxDrawdownParams, initial: Decimal, at: At) -> None:
        self.params = params
        self.initial = initial
        self.lowered_by = ZERO
        self._open(at)

    def _open(self, at: At) -> None:
        self.high_water_mark = self.initial
        self.reduction = ZERO
        self.locked = False
        self.set_at = at
        self.unlowered = shared(self._candidate())

    @property
    def trails(self) -> bool:
        """The floor follows a high-water mark."""
        return self.params.mode not in _UNTRAILED

    @property
    def follows_equity(self) -> bool:
        """The high-water mark rises with floating equity, tick by tick."""
        return self.params.mode == "trail_equity"

    @property
    def mark(self) -> Decimal:
        """What the floor is measured from."""
        return self.high_water_mark

    @property
    def allowance_follows_mark(self) -> bool:
        """The allowance is a percentage of the rising high-water mark."""
        return self.params.pct is not None and self.params.pct_base == "hwm"

    @property
    def allowance(self) -> Decimal:
        """The drawdown allowed now."""
        params = self.params
        if params.amount is not None and not self.reduction:
            return params.amount
        base = self.high_water_mark if params.pct_base == "hwm" else self.initial
        return max(ZERO, params.allowance_on(base) - self.reduction)

    @property
    def cap(self) -> Decimal | None:
        """The highest the floor may trail to; None while there is no such level."""
        offset = self.params.lock_offset
        if not self.trails or offset is None or self.params.lock_trigger is not None:
            return None
        return self.initial + offset

    @property
    def floor(self) -> Decimal:
        """The level the metric may not fall below."""
        return self.unlowered - self.lowered_by

    def rebase(self, standing: Standing, at: At) -> None:
        """Close the day: an end-of-day mark takes its value now."""
        if self.params.mode == "trail_eod_balance":
            self._raise(standing.balance, at)
        elif self.params.mode == "trail_eod_max":
            self._raise(max(standing), at)

    def adjust(self, adjustment: Adjustment, at: At) -> None:
        """Let a payout take its effect; other adjustments move nothing here."""
        if adjustment.reason != "payout":
            return
        effect = self.params.payout_effect
        if effect == "lower_hwm":
            self.high_water_mark -= adjustment.amount
            self.unlowered = self._candidate()
        elif effect == "lock":
            self._lock()
        elif effect == "reduce_allowance":
            share = adjustment.trader_share
            self.reduction += adjustment.amount if share is None else share
            self._settle()
        elif effect == "lower_floor":
            self.lowered_by += adjustment.amount
        elif effect == "reset":
            self.lowered_by = ZERO
            self._open(at)
        if effect != "none":
            self.set_at = at

    def raise_marks(self, standing: Standing, at: At) -> None:
        """Raise the high-water mark where its source includes this instant, then the floor."""
        if self._triggers_lock(standing.balance):
            self._lock()  # first: the profit that locks does not trail as well
            self.set_at = at
        mode = self.params.mode
        if mode == "trail_equity":
            self._raise(standing.equity, at)
        elif mode == "trail_closed_balance":
            self._raise(standing.balance, at)

    def adopt(self, old: "MaxDrawdownFloor") -> None:
        """Take over the mark, locks and payouts of the same rule under an earlier version."""
        self.high_water_mark, self.set_at = old.high_water_mark, old.set_at
        self.reduction, self.lowered_by = old.reduction, old.lowered_by
        self.unlowered = self._candidate()
        if old.locked:
            self._lock()

    def derivation(self) -> dict[str, Any]:
        """Say how the floor came about, for the evidence."""
        facts: dict[str, Any] = {"mode": self.params.mode, "initial": text(self.initial)}
        if self.trails:
            facts["high_water_mark"] = text(self.high_water_mark)
        facts["set_by_seq"] = self.set_at
        facts["allowance"] = text(self.allowance)
        facts["locked"] = self._held
        if self._held:
            facts["locked_at"] = text(self.unlowered)
        if self.lowered_by:
            facts["lowered_by"] = text(self.lowered_by)
        return facts

    @property
    def _held(self) -> bool:
        return self.locked or (self.cap is not None and self.unlowered == self.cap)

    def _triggers_lock(self, balance: Decimal) -> bool:
        trigger = self.params.closed_profit_to_lock
        return trigger is not None and not self.locked and balance >= self.initial + trigger

    def _raise(self, source: Decimal, at: At) -> None:
        if source > self.high_water_mark:
            self.high_water_mark = source
            self.set_at = at
            self._settle()

    def _settle(self) -> None:
        if self.locked:
            return
        if self.trails:
            self.unlowered = max(self.unlowered, self._candidate())
        else:
            self.unlowered = self._candidate()

    def _candidate(self) -> Decimal:
        mark = self.high_water_mark if self.trails else self.initial
        candidate = mark - self.allowance
        return candidate if self.cap is None else min(candidate, self.cap)

    def _lock(self) -> None:
        offset = self.params.lock_offset
        self.unlowered = max(self.unlowered, self.initial + (ZERO if offset is None else offset))
        self.locked = True
