"""Where every account stands: the newest of what its decisions say, held in memory.

What the database held when this process started, and every decision since. Readers get the JSON
text they need ready made; nothing here waits for anything.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson

from rules.catalog import FLOORS
from schemas.money import text

ENDED = frozenset({"breached", "passed", "expired", "closed"})
UNIT = 100_000_000
"""A share of 1 in the whole numbers accounts are ordered by."""
NO_HEADROOM = 2**62
"""Of accounts that are not judged any more, or that no rule bounds."""


class Account:
    """One account: who and what it is, its state, and its newest progress as JSON."""

    __slots__ = (
        "account_id",
        "breach",
        "changes",
        "firm_id",
        "headroom",
        "phase",
        "progress",
        "progress_seq",
        "rule",
        "ruleset",
        "ruleset_hash",
        "seq",
        "slot",
        "state",
        "state_seq",
        "trader_id",
        "ts",
    )

    def __init__(self, decision: Mapping[str, Any], slot: int) -> None:
        self.account_id: str = decision["account_id"]
        self.firm_id: str = decision["firm_id"]
        self.trader_id: str | None = decision["trader_id"]
        self.slot = slot
        self.state = "created"
        self.progress = b"{}"
        self.breach: str | None = None
        self.changes = 0
        self.rule: str | None = None
        self.seq = self.state_seq = self.progress_seq = 0
        self.headroom = NO_HEADROOM
        self._bind(decision)

    def apply(self, decision: Mapping[str, Any]) -> None:
        """Take a decision; those of one topic come in order, those of several may not."""
        self.changes += 1
        if decision["seq"] >= self.seq:
            self._bind(decision)
        match decision["type"]:
            case "state":
                if decision["seq"] >= self.state_seq:
                    self.state, self.state_seq = decision["to"], decision["seq"]
            case "progress":
                if decision["seq"] >= self.progress_seq:
                    self._progress(decision)
            case "warning":
                self._rule(decision, decision["room"], decision["used"])
            case "breach":
                self.breach = decision["decision_id"]
        if self.state in ENDED:
            self.headroom, self.rule = NO_HEADROOM, None

    def _bind(self, decision: Mapping[str, Any]) -> None:
        self.seq, self.ts = decision["seq"], decision["ts"]
        self.phase = decision["phase"]
        self.ruleset = decision["ruleset"]
        self.ruleset_hash = decision["ruleset_hash"]

    def _progress(self, decision: Mapping[str, Any]) -> None:
        if decision["seq"] > self.state_seq:
            self.state, self.state_seq = decision["state"], decision["seq"]
        self.progress_seq = decision["seq"]
        names = ("equity", "balance", "unpriced", "goals", "rules")
        self._measure({name: decision[name] for name in names})

    # A warning is newer than the progress it amends, or it is left out.
    def _rule(self, decision: Mapping[str, Any], room: str, used: str) -> None:
        if decision["seq"] < self.progress_seq or self.progress == b"{}":
            return
        progress = orjson.loads(self.progress)
        for rule in progress["rules"]:
            if rule["id"] == decision["rule"]:
                rule.update(floor=decision["floor"], room=room, used=used)
        self._measure(progress)

    def _measure(self, progress: Mapping[str, Any]) -> None:
        self.progress = orjson.dumps(progress)
        self.headroom, self.rule = NO_HEADROOM, None
        for rule in progress["rules"]:
            if rule["latched"] or rule["used"] is None or rule["family"] not in FLOORS:
                continue
            left = UNIT - int(Decimal(rule["used"]) * UNIT)
            if left < self.headroom:
                self.headroom, self.rule = left, rule["id"]


class Live:
    """All accounts, by id."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.in_order: list[Account] = []
        self.seq = 0
        self.ts: str | None = None
        self.changes = 0

    def __iter__(self) -> Iterator[Account]:
        return iter(self.in_order)

    def apply(self, decision: Mapping[str, Any]) -> Account:
        """Take a decision; return its account."""
        account = self.accounts.get(decision["account_id"])
        if account is None:
            account = Account(decision, len(self.in_order))
            self.accounts[account.account_id] = account
            self.in_order.append(account)
        account.apply(decision)
        self.changes += 1
        if decision["seq"] >= self.seq:
            self.seq, self.ts = decision["seq"], decision["ts"]
        return account

    def as_of(self) -> dict[str, Any]:
        """Say up to where this is complete."""
        return {"seq": self.seq, "ts": self.ts, "source": "live"}


def share_text(headroom: int) -> str | None:
    """Write a headroom as a share of the allowance.

    >>> share_text(12_500_000)
    '0.125'
    """
    if headroom == NO_HEADROOM:
        return None
    return text(Decimal(headroom) / UNIT)


def summary(account: Account) -> dict[str, Any]:
    """Write an account as a line of a list."""
    return _line(account, orjson.loads(account.progress))


def details(account: Account) -> dict[str, Any]:
    """Write all that is known of an account from its decisions."""
    progress = orjson.loads(account.progress)
    rules = progress.get("rules", [])
    return _line(account, progress) | {
        "ruleset_hash": account.ruleset_hash,
        "unpriced": progress.get("unpriced"),
        "rules": rules,
        "goals": progress.get("goals", []),
        "day_loss_used": _most_used(rules, "daily_loss"),
        "drawdown_used": _most_used(rules, "max_drawdown"),
        "progress_seq": account.progress_seq or None,
        "last_breach": account.breach,
    }


def _line(account: Account, progress: Mapping[str, Any]) -> dict[str, Any]:
    nearest = next((one for one in progress.get("rules", ()) if one["id"] == account.rule), None)
    return {
        "account_id": account.account_id,
        "firm_id": account.firm_id,
        "trader_id": account.trader_id,
        "phase": account.phase,
        "ruleset": account.ruleset,
        "state": account.state,
        "equity": progress.get("equity"),
        "balance": progress.get("balance"),
        "headroom": share_text(account.headroom),
        "rule": account.rule,
        "room": None if nearest is None else nearest["room"],
        "seq": account.seq,
        "ts": account.ts,
    }


def _most_used(rules: list[dict[str, Any]], family: str) -> str | None:
    used = (one["used"] for one in rules if one["family"] == family)
    return max((one for one in used if one is not None), key=Decimal, default=None)
