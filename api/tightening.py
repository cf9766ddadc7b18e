"""Whether moving an account to another ruleset version makes anything harder for its trader."""

from decimal import Decimal
from typing import Any

from api.database import Database
from api.live import Account
from api.problems import Problem, bad_field
from rules.compare import bind, compare_phases, tightens
from rules.ruleset import Ruleset, load_ruleset
from schemas.errors import InputError

_VERSIONS = """
SELECT ruleset || '@' || version AS ref, content FROM highwater.published_rulesets
WHERE ruleset || '@' || version = ANY(%s)"""
_OPENED = """
SELECT content ->> 'initial_balance' AS initial, content -> 'overrides' AS overrides
FROM highwater.accepted_events WHERE type = 'account.opened' AND account_id = %s"""


async def check_migration(database: Database, account: Account, target: str) -> list[str]:
    """Return, in words, what gets harder or might.

    Raises:
        Problem: the migration is not possible at all.
    """
    rows = await database.read_own(_VERSIONS, ([account.ruleset, target],))
    known = {row["ref"]: load_ruleset(row["content"]) for row in rows}
    opened = await database.read_own(_OPENED, (account.account_id,))
    if account.ruleset not in known or not opened:
        raise Problem(409, "how this account was opened is not known yet")
    if target not in known:
        raise bad_field("body.ruleset", "no such version is published")
    return _harder(known[account.ruleset], known[target], account.phase, opened[0])


def _harder(old: Ruleset, new: Ruleset, phase: str, opened: dict[str, Any]) -> list[str]:
    overrides = opened["overrides"] or {}
    try:
        before = old.customised(old.phase(phase), overrides)
        after = new.customised(new.phase(phase), overrides)
    except InputError as error:
        raise Problem(409, f"this account cannot move there: {error}") from None
    changes = compare_phases(bind(old, before), bind(new, after), Decimal(opened["initial"]))
    return [change.words for change in tightens(changes)]
