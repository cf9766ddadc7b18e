"""How far an account is: every goal's value, every rule's room."""

from typing import TYPE_CHECKING, Any

from rules.reference.evidence import standing_fields, used_share
from rules.reference.step import Step
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.account import Account


def progress_fields(account: "Account", step: Step) -> dict[str, Any]:
    """Report every goal and rule at the latest prices."""
    standing, values = account.value(step)
    rules = []
    for rule in account.rules:
        room = rule.room(standing)
        rules.append(
            {
                "id": rule.params.id,
                "family": rule.params.family,
                "floor": text(rule.floor.floor),
                "room": text(room),
                "used": used_share(room, rule.floor.allowance),
                "latched": rule.latched,
            }
        )
    return {
        "state": account.state,
        **standing_fields(standing),
        "unpriced": not all(value.priced for value in values),
        "goals": goal_fields(account),
        "rules": rules,
    }


def goal_fields(account: "Account") -> list[dict[str, Any]]:
    """Report every goal of the phase, in order."""
    profit = account.ledger.profit
    report = []
    for goal in account.goals:
        progress = goal.progress(profit)
        report.append(
            {
                "id": goal.params.id,
                "family": goal.params.family,
                "value": progress.value,
                "needed": progress.needed,
                "met": progress.met,
            }
        )
    return report
