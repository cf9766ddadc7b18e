"""What the journal says about an account and its decisions do not: how it was opened."""

from typing import Any

from api.database import Database
from api.live import Account
from schemas.instants import instant_text

OPENED = """
SELECT account.account_id, account.firm_id, account.opened_ts_ns, account.initial_balance,
    coalesce(account.currency, ruleset.content ->> 'currency') AS currency,
    account.previous_account_id
FROM highwater.accounts account
LEFT JOIN highwater.published_rulesets ruleset
    ON account.ruleset = ruleset.ruleset || '@' || ruleset.version"""
_HELD = (
    "SELECT seq, evidence -> 'positions' AS items FROM highwater.breaches WHERE decision_id = %s"
)
_REMEMBERED = 200_000
_UNKNOWN = dict.fromkeys(("initial_balance", "currency", "opened_ts", "previous_account_id"))


class Facts:
    """Facts that never change, remembered once they are known.

    Args:
        database: where they are; whether a caller may see them is asked before.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._openings: dict[str, dict[str, Any]] = {}
        self._positions: dict[str, dict[str, Any]] = {}

    async def load(self) -> None:
        """Remember how the accounts were opened that are known when a server starts."""
        for row in await self._database.read_own(f"{OPENED} LIMIT %s", (_REMEMBERED,)):
            self._openings[row["account_id"]] = opening(row)

    async def opening(self, account_id: str) -> dict[str, Any]:
        """Return how an account was opened; nulls until the database knows."""
        known = self._openings.get(account_id)
        if known is not None:
            return known
        query = f"{OPENED} WHERE account.account_id = %s"
        rows = await self._database.read_own(query, (account_id,))
        if not rows:
            return _UNKNOWN
        return _remember(self._openings, account_id, opening(rows[0]))

    async def positions(self, account: Account) -> dict[str, Any] | None:
        """Return what the account held at its last breach."""
        if account.breach is None:
            return None
        known = self._positions.get(account.breach)
        if known is not None:
            return known
        rows = await self._database.read_own(_HELD, (account.breach,))
        return _remember(self._positions, account.breach, dict(rows[0])) if rows else None

    async def row(self, account: Account) -> dict[str, Any]:
        """Return both, as an account's details show them."""
        return {
            **await self.opening(account.account_id),
            "positions": await self.positions(account),
        }


def opening(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a row of `OPENED` says."""
    return {
        "initial_balance": row["initial_balance"],
        "currency": row["currency"],
        "opened_ts": instant_text(row["opened_ts_ns"]),
        "previous_account_id": row["previous_account_id"],
    }


def _remember(known: dict[str, dict[str, Any]], key: str, fact: dict[str, Any]) -> dict[str, Any]:
    if len(known) >= _REMEMBERED:
        known.clear()
    known[key] = fact
    return fact
