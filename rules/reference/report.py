"""How far an account is: every goal's value, every rule's room."""

from typing import TYPE_CHECKING, Any

from rules.conduct.scene import Scene
from rules.floors.common import Standing
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
        "unpriced": scene.unpriced,
        "goals": goal_fields(account),
        "rules": [_rule_fields(rule, scene) for rule in account.judged],
    }


def _rule_fields(rule: RuleState | ConductState, scene: Scene) -> dict[str, Any]:
    if isinstance(rule, RuleState):
        return _floor_fields(rule, scene.standing)
    fields: dict[str, Any] = {"id": rule.params.id, "family": rule.params.family}
    if (measure := rule.measure(scene)) is not None:
        fields |= {"floor": text(measure.limit), "room": text(measure.limit - measure.observed)}
        fields["used"] = used_part(measure.observed, measure.limit)
    else:
        fields |= dict.fromkeys(("floor", "room", "used"))
    fields["latched"] = rule.latched
    if rule.params.strikes_to_hard is not None:
        fields["strikes"] = rule.strikes
    return fields


def _floor_fields(rule: RuleState, standing: Standing) -> dict[str, Any]:
    params, floor = rule.params, rule.floor.floor
    room = standing.measure(params.metric) - floor
    return {
        "id": params.id,
        "family": params.family,
        "floor": text(floor),
        "room": text(room),
        "used": used_share(room, rule.floor.allowance),
        "latched": rule.latched,
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
