"""The rules of a phase, ready to judge one account."""

from collections.abc import Iterable
from decimal import Decimal

from rules.api import At
from rules.catalog import open_conduct, open_floor
from rules.conduct.common import ConductParams
from rules.floors.common import FloorParams
from rules.reference.conduct_state import ConductState
from rules.reference.rule_state import RuleState
from rules.response import RuleParams
from rules.sessions import Session


def open_rules(
    rules: Iterable[RuleParams], initial: Decimal, default: Session, at: At
) -> list[RuleState | ConductState]:
    """Return the state of every rule as an account opens with it, in rule order.

    Args:
        rules: of the phase.
        initial: initial balance, account currency.
        default: the ruleset's session, for what a rule leaves out of its own.
        at: journal position of the opening.
    """
    states: list[RuleState | ConductState] = []
    for params in rules:
        session = params.session(default)
        if isinstance(params, FloorParams):
            states.append(RuleState(params, open_floor(params, initial, at), session))
        else:
            assert isinstance(params, ConductParams)
            states.append(ConductState(params, open_conduct(params), session))
    return states
