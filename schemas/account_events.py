"""Events of one account, one frozen model per type."""

from typing import Literal

from pydantic import Field, model_validator

from schemas.errors import BadValue
from schemas.event_base import AccountEvent
from schemas.fields import (
    Amount,
    AmountFromZero,
    Currency,
    Id,
    Label,
    Overrides,
    Price,
    Qty,
    Side,
    Symbol,
    Text,
    Token,
)
from schemas.money import ZERO
from schemas.rulesets import RefText


class AccountOpened(AccountEvent):
    """A new account under one version of a ruleset, for life."""

    type: Literal["account.opened"]
    ruleset: RefText
    phase: Id | None = None
    currency: Currency | None = None
    initial_balance: AmountFromZero
    position_mode: Literal["netting", "hedging"] | None = None
    previous_account_id: Id | None = None
    overrides: Overrides = Field(default_factory=dict)


class _Order(AccountEvent):
    order_id: Id
    symbol: Symbol | None = None
    side: Side | None = None
    qty: Qty | None = None
    order_type: Token | None = None
    price: Price | None = None
    stop_loss: Price | None = None
    take_profit: Price | None = None


class OrderPlaced(_Order):
    """An order entered the account's book; `order_type` is `market` unless given."""

    type: Literal["order.placed"]
    symbol: Symbol
    side: Side
    qty: Qty
    order_type: Token = "market"

    @model_validator(mode="after")
    def _has_its_price(self) -> "OrderPlaced":
        if self.price is None and self.order_type in ("limit", "stop", "stop_limit"):
            msg = f"is required for a {self.order_type} order"
            raise BadValue(msg, "price")
        return self


class OrderModified(_Order):
    """An order changed; what is absent stays as it was."""

    type: Literal["order.modified"]


class OrderCancelled(_Order):
    """An order left the book."""

    type: Literal["order.cancelled"]


class Fill(AccountEvent):
    """An execution: opens, adds to, reduces, closes or reverses a position.

    Attributes:
        commission: a cost in account currency, subtracted; negative is a rebate.
        swap: account currency, added.
        realized_pnl: account currency, before commission and swap; authoritative when given.
    """

    type: Literal["fill"]
    fill_id: Id
    symbol: Symbol
    side: Side
    qty: Qty
    price: Price
    position_id: Id | None = None
    order_id: Id | None = None
    commission: Amount = ZERO
    swap: Amount = ZERO
    realized_pnl: Amount | None = None
    stop_loss: Price | None = None
    take_profit: Price | None = None
    reason: Text = "client"


class PositionProtected(AccountEvent):
    """A protective stop or target was set, moved, or (null) removed; absent leaves it alone."""

    type: Literal["position.protected"]
    position_id: Id | None = None
    symbol: Symbol | None = None
    stop_loss: Price | None = None
    take_profit: Price | None = None

    @model_validator(mode="after")
    def _names_a_position(self) -> "PositionProtected":
        if self.position_id is None and self.symbol is None:
            raise BadValue("is required when there is no symbol", "position_id")
        return self


class BalanceAdjusted(AccountEvent):
    """Money moved. Payouts, withdrawals and fees are positive and subtracted."""

    type: Literal["balance.adjusted"]
    amount: Amount
    reason: Literal["payout", "withdrawal", "fee", "deposit", "bonus", "funding", "correction"]
    trader_share: AmountFromZero | None = None

    @model_validator(mode="after")
    def _signs_fit_the_reason(self) -> "BalanceAdjusted":
        if self.amount <= 0 and self.reason not in ("funding", "correction"):
            msg = f"must be above 0 for a {self.reason}"
            raise BadValue(msg, "amount")
        if self.trader_share is not None:
            if self.reason != "payout":
                raise BadValue("only a payout has it", "trader_share")
            if self.trader_share > self.amount:
                raise BadValue("must not be above the amount", "trader_share")
        return self


class AccountOverridden(AccountEvent):
    """An operator's act; always on the audit trail."""

    type: Literal["account.overridden"]
    action: Literal["suspend", "reinstate", "close", "pause", "unpause", "migrate"]
    operator: Text
    reason: Text
    ruleset: RefText | None = None

    @model_validator(mode="after")
    def _ruleset_is_for_migrate(self) -> "AccountOverridden":
        if (self.action == "migrate") != (self.ruleset is not None):
            wanted = "is required to migrate" if self.action == "migrate" else "only for migrate"
            raise BadValue(wanted, "ruleset")
        return self


class KycUpdated(AccountEvent):
    """The answer of identity checks, which gates a funded account."""

    type: Literal["kyc.updated"]
    status: Literal["pending", "approved", "rejected"]
    tier: Label | None = None
