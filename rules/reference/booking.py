"""Book an account's fills, adjustments, orders and stops, and judge the result.

Each takes an event that has been checked; what it means for the money is the ledger's business.

Source: contract section 1.3 and section 2, "One step".
"""

from typing import TYPE_CHECKING

from rules.conduct.facts import Adjusted, Ordered, Protected
from rules.floors.common import ZERO, Adjustment
from rules.reference.judge import Judge
from rules.reference.ledger import FillPlan, filled
from rules.reference.step import Step
from schemas.events import (
    BalanceAdjusted,
    Fill,
    OrderCancelled,
    OrderModified,
    OrderPlaced,
    PositionProtected,
)

if TYPE_CHECKING:
    from rules.reference.account import Account


def fill(account: "Account", plan: FillPlan, event: Fill, step: Step) -> None:
    """Book a planned fill and judge the result."""
    held = plan.position
    before = (ZERO, None) if held is None else (held.qty, held.stop_loss)
    trade = account.ledger.apply(plan, event, step.market, step.ts)
    account.orders.filled(event.order_id, event.qty)
    if trade is not None:
        for goal in account.goals:
            goal.close_trade(trade)
    if account.conduct:
        account.tell(filled(plan, event, trade, account.ledger, before), step)
    account.settle(step)
    if account.state == "awaiting_kyc":
        Judge(account, step, account.scene(step)).flag_kyc()


def adjust(account: "Account", event: BalanceAdjusted, step: Step) -> None:
    """Book a balance adjustment, let it move the floors, and judge the result."""
    account.ledger.adjust(event)
    if account.live:
        adjustment = Adjustment(event.reason, event.amount, event.trader_share)
        for rule in account.rules:
            rule.floor.adjust(adjustment, step.at)
    if account.conduct:
        account.tell(Adjusted(event), step)
    account.settle(step)


def order(
    account: "Account", event: OrderPlaced | OrderModified | OrderCancelled, step: Step
) -> None:
    """Book a checked order event."""
    account.orders.apply(event)
    if account.conduct:
        account.tell(Ordered(event), step)
        account.settle(step)


def protect(account: "Account", event: PositionProtected, step: Step) -> None:
    """Set, move or remove protective stops (the position has been found already)."""
    position = account.ledger.find(event.position_id, event.symbol)
    before = Protected(position, position.stop_loss, position.take_profit)
    if "stop_loss" in event.model_fields_set:
        position.stop_loss = event.stop_loss
    if "take_profit" in event.model_fields_set:
        position.take_profit = event.take_profit
    if account.conduct:
        account.tell(before, step)
        account.settle(step)
