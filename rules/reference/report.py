"""How far an account is: every goal's value, every rule's room."""

from typing import TYPE_CHECKING, Any

from rules.conduct.scene import Scene
from rules.reference.conduct_state import ConductState
from rules.reference.evidence import standing_fields, used_part, used_share
from rules.reference.rule_state import RuleState
from schemas.money import text

if TYPE_CHECKING:
    from rules.reference.account import Account


def progress_fields(account: "Account", scene: Scene) -> dict[str, Any]:
    """Report every goal and rule as the account stands."""
    return {
        "state": account.state,
        **standing_fields(scene.standing),
        "unpriced": not all(value.priced for value in scene.values),
        "goals": goal_fields(account),
        "rules": [_rule_fields(rule, scene) for rule in account.judged],
    }


def _rule_fields(rule: RuleState | ConductState, scene: Scene) -> dict[str, Any]:
    fields: dict[str, Any] = {"id": rule.params.id, "family": rule.params.family}
    if isinstance(rule, RuleState):
        room, floor = rule.room(scene.standing), rule.floor
        fields |= {"floor": text(floor.floor), "room": text(room)}
        fields["used"] = used_share(room, floor.allowance)
    elif (measure := rule.measure(scene)) is not None:
        fields |= {"floor": text(measure.limit), "room": text(measure.limit - measure.observed)}
        fields["used"] = used_part(measure.observed, measure.limit)
    else:
        fields |= dict.fromkeys(("floor", "room", "used"))
    fields["latched"] = rule.latched
    if isinstance(rule, ConductState) and rule.params.strikes_to_hard is not None:
        fields["strikes"] = rule.strikes
    return fields


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
