"""Ids that are pure functions of what they name, so that a replay gives the same ones."""

import hashlib
import zlib

_DECISION = "highwater/v1/decision"
_INTERVENTION = "highwater/v1/intervention"


def decision_id(  # noqa: PLR0917 - the order of the contract
    account_id: str, seq: int, ts: int, derived: bool, ordinal: int, kind: str
) -> str:
    """Name one decision.

    Args:
        account_id: the account decided about.
        seq: count of accepted inputs; a derived entry carries the seq of the input it precedes.
        ts: effective time, ns since the epoch.
        derived: whether a session boundary or a timer decided, and not the input itself.
        ordinal: place among the decisions of this account, seq, ts and `derived`.
        kind: the decision's type, such as `breach`.

    Returns:
        32 lower-case hex characters.
    """
    # The account id comes last because it alone might hold any character.
    return _digest(f"{_DECISION}\n{seq}\n{ts}\n{int(derived)}\n{ordinal}\n{kind}\n{account_id}")


def intervention_id(breach_id: str) -> str:
    """Name the intervention that answers a breach: 32 lower-case hex characters."""
    return _digest(f"{_INTERVENTION}\n{breach_id}")


def key_group(account_id: str, groups: int) -> int:
    """Return the shard of an account, below `groups`, the same on every machine.

    Each is one stretch of the hashes, so that whole key groups make up a larger one: of 64, the
    first 16 are the first of 4.
    """
    return zlib.crc32(account_id.encode()) * groups >> 32


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:32]
