"""One step of one account: the entry that caused it, and the decisions it makes."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from rules.api import At, Decision, DecisionRef
from rules.reference.market import Market

Shown = Callable[[], dict[str, Any]]


class Identity(NamedTuple):
    """What every decision of an account says about whom it concerns."""

    firm_id: str
    account_id: str
    trader_id: str | None
    phase: str
    ruleset: str
    ruleset_hash: str


class Step:
    """Collects an account's decisions about one journal entry, in the order they are made.

    Args:
        ts: effective instant, ns; ``at``: journal position of the entry, or of the input a
            derived entry precedes; ``entry``: makes the entry as the evidence shows it, when asked;
            ``equity``: of the account, where it is known and every position priced.
    """

    __slots__ = ("at", "decisions", "derived", "entry", "equity", "first_ordinal", "market", "ts")

    def __init__(
        self,
        ts: int,
        at: int,
        market: Market,
        entry: Shown,
        *,
        derived: bool = False,
        equity: Decimal | None = None,
    ) -> None:
        self.ts = ts
        self.at = At(at)
        self.market = market
        self.entry = entry
        self.derived = derived
        self.equity = equity
        self.decisions: list[Decision] = []
        self.first_ordinal = 0

    def emit(self, identity: Identity, kind: str, fields: dict[str, Any]) -> DecisionRef:
        """Add a decision and return a reference to it."""
        ordinal = self.first_ordinal + len(self.decisions)
        firm_id, account_id, trader_id, phase, ruleset, ruleset_hash = identity
        body = {
            "type": kind,
            "firm_id": firm_id,
            "account_id": account_id,
            "trader_id": trader_id,
            "phase": phase,
            "ruleset": ruleset,
            "ruleset_hash": ruleset_hash,
            **fields,
        }
        self.decisions.append(Decision(self.ts, self.at, self.derived, account_id, ordinal, body))
        return DecisionRef(self.ts, self.at, self.derived, ordinal, kind)
