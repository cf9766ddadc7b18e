"""What operators and identity checks do to an account: they move its state, or its ruleset.

Source: contract section 2, "States".
"""

from typing import TYPE_CHECKING

from rules.lifecycle import kyc_target, operator_target
from rules.reference.migration import migrate
from rules.reference.step import Step
from rules.ruleset import Ruleset
from schemas.events import AccountOverridden, KycUpdated

if TYPE_CHECKING:
    from rules.reference.account import Account


def override(
    account: "Account", event: AccountOverridden, step: Step, target: Ruleset | None
) -> None:
    """Carry out an operator's act; ``target`` is the ruleset to migrate to.

    Raises:
        InputError: ``bad_state``, ``unknown_phase`` or ``currency_mismatch``; nothing changed.
    """
    if event.action == "migrate":
        assert target is not None
        migrate(account, target, event.event_id, step)
    else:
        moved = operator_target(account.state, event.action, account.pause_latched)
        account.operator_paused = moved == "paused" and event.action == "pause"
        acts = {"operator": event.operator, "note": event.reason}
        account.move(step, moved, event.action, event.event_id, acts)
    account.settle(step)


def kyc(account: "Account", event: KycUpdated, step: Step) -> None:
    """Open or shut the gate of a funded account.

    Raises:
        InputError: ``bad_state``; nothing changed.
    """
    # A migration may have led from a funded phase to one that is not.
    if account.phase.funded or account.state == "awaiting_kyc":
        moved = kyc_target(account.state, event.status)
        if moved != account.state:
            account.move(step, moved, f"kyc_{event.status}", event.event_id)
    account.settle(step)
