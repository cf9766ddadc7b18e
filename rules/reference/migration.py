"""Migration: an operator moves an account to other parameters, and to nothing else.

Balance, high-water marks, references, day counts and the latches of rules with the same id stay.
The account's own overrides stay too: they are what its owner bought.

Source: contract section 2, "States".
"""

from typing import TYPE_CHECKING

from rules.catalog import open_goal
from rules.lifecycle import TERMINAL
from rules.reference.binding import open_rules
from rules.reference.conduct_state import ConductState
from rules.reference.step import Step
from rules.ruleset import Ruleset
from schemas.errors import InputError

if TYPE_CHECKING:
    from rules.reference.account import Account


def migrate(account: "Account", target: Ruleset, event_id: str, step: Step) -> None:
    """Bind ``account`` to ``target``.

    Raises:
        InputError: ``bad_state``, ``currency_mismatch``, ``unknown_phase``, or ``bad_value`` when
            its overrides do not fit the target; nothing has changed.
    """
    if account.state in TERMINAL:
        raise InputError("bad_state", f"`migrate` is not possible while {account.state}", "action")
    if target.currency != account.ledger.currency:
        message = f"{target.ref} is in {target.currency}, the account in {account.ledger.currency}"
        raise InputError("currency_mismatch", message, "ruleset")
    named = target.phase(account.phase.name, "ruleset")
    phase = target.customised(named, account.overrides)
    account.ruleset, account.phase = target, phase
    account.identity = account.identity._replace(ruleset=target.ref, ruleset_hash=target.hash)
    _replace_rules(account, step)
    _replace_goals(account)
    account.boundaries = account.boundaries_after(step.ts)
    if account.state == "paused" and not (account.operator_paused or account.pause_latched):
        # The rule that paused it is gone, so no boundary would ever lift the pause.
        account.move(step, "active", "pause_ended", event_id)


def _replace_rules(account: "Account", step: Step) -> None:
    before = {rule.params.id: rule for rule in account.judged}
    initial, default = account.ledger.initial, account.ruleset.session
    account.bind_rules(open_rules(account.phase.rules, initial, default, step.at))
    scene = account.scene(step)
    for rule in account.judged:
        old = before.get(rule.params.id)
        if isinstance(rule, ConductState):
            rule.rule.open(scene)
        if type(old) is type(rule):
            rule.adopt(old)  # type: ignore[arg-type]
        elif old is not None:
            rule.latched, rule.breach = old.latched, old.breach


def _replace_goals(account: "Account") -> None:
    before = {goal.params.id: goal for goal in account.goals}
    account.goals = tuple(
        open_goal(params, account.ledger.initial) for params in account.phase.goals
    )
    for goal in account.goals:
        old = before.get(goal.params.id)
        if type(old) is type(goal):
            goal.adopt(old)  # type: ignore[arg-type]
