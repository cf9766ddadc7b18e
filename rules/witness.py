"""An engine that is watched: what operators and payments changed, and where decisions came from.

Nothing here decides. The audit trail shows an account before and after what was done to it from
outside; a bundle of proof holds the few ticks that mattered, and this tells which.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rules.reference.account import Account
from rules.reference.engine import ReferenceEngine
from rules.reference.evidence import standing_fields
from rules.reference.step import Step
from rules.ruleset import Ruleset
from schemas.events import AccountOverridden, BalanceAdjusted, KycUpdated
from schemas.instruments import InstrumentTable
from schemas.money import text

ACTS = (AccountOverridden, BalanceAdjusted, KycUpdated)
"""Events by which somebody other than the trader changes an account."""


class Act(NamedTuple):
    """What one such event did; the floors by rule id, all money in account currency."""

    position: int
    account_id: str
    before: dict[str, Any]
    after: dict[str, Any]


class Witness(ReferenceEngine):
    """Keeps an account of acts, in ``acts`` until somebody takes them; may be mixed into an engine.

    Takes the arguments of :class:`ReferenceEngine`, but for the progress.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        rulesets: Iterable[Ruleset] = (),
        owns: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__(instruments, rulesets, owns)
        self.acts: list[Act] = []

    def _prepared(self, event: object, ts: int) -> Callable[[Step], Account] | None:
        act = super()._prepared(event, ts)
        if act is None or not isinstance(event, ACTS):
            return act
        carry_out, account_id = act, event.account_id

        def watched(step: Step) -> Account:
            before = shown(self.accounts[account_id], step)
            account = carry_out(step)
            self.acts.append(Act(int(step.at), account_id, before, shown(account, step)))
            return account

        return watched


class Tracer(Witness):
    """Keeps the places in the journal that an account's decisions came from.

    Attributes:
        places: journal positions at which the account was looked at, or its floors were set.
        instants: when its sessions ended and its timers fired, ns.
    """

    def __init__(
        self,
        instruments: InstrumentTable,
        rulesets: Iterable[Ruleset] = (),
        owns: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__(instruments, rulesets, owns)
        self.places: set[int] = set()
        self.instants: set[int] = set()

    def _collect(self, account: Account, step: Step) -> None:
        self.places.add(int(step.at))
        self.places.update(int(rule.floor.set_at) for rule in account.rules)
        super()._collect(account, step)

    def _boundary(self, instant: int, account_id: str, position: int) -> None:
        self.instants.add(instant)
        super()._boundary(instant, account_id, position)


def shown(account: Account, step: Step) -> dict[str, Any]:
    """Show an account's state, money and floors at the latest prices."""
    standing, _ = account.value(step)
    return {
        "state": account.state,
        "ruleset": account.identity.ruleset,
        **standing_fields(standing),
        "floors": {rule.params.id: text(rule.floor.floor) for rule in account.rules},
    }
