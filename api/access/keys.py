"""API keys of machines: `hw_<id>_<secret>`, of which the database knows a hash."""

import hashlib
import hmac
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from api.access.principal import Principal, Refused, make_principal

PREFIX = "hw_"
REMEMBERED_S = 10.0
"""A revoked key works for so long."""
_FORM = re.compile(r"hw_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
_REMEMBERED = 10_000

Find = Callable[[str], Awaitable[Mapping[str, Any] | None]]


class KeyVerifier:
    """Verifies keys.

    Args:
        find: returns the row of a key by its id.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[str, tuple[float, Mapping[str, Any] | None]] = {}

    async def verify(self, key: str) -> Principal:
        """Return whose key it is.

        Raises:
            Refused: it is none, has expired or was revoked.
        """
        match = _FORM.fullmatch(key)
        if match is None:
            raise Refused("not the form of a key")
        row = await self._row(match[1])
        if row is None or not hmac.compare_digest(row["hash"], key_hash(key)):
            raise Refused("unknown key")
        expires = row["expires"]
        if row["revoked"] or (expires is not None and expires <= time.time()):
            raise Refused("revoked or expired")
        expires = float("inf") if expires is None else expires
        return make_principal(
            f"key:{match[1]}", row["role"], row["firm_id"], row["trader_id"], expires=expires
        )

    async def _row(self, key_id: str) -> Mapping[str, Any] | None:
        now = time.monotonic()
        read_at, row = self._known.get(key_id, (-REMEMBERED_S, None))
        if now - read_at >= REMEMBERED_S:
            row = await self._find(key_id)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key_id] = now, row
        return row


def key_hash(key: str) -> bytes:
    """Return what is stored of a key; its secret has 256 bits, so one round is enough."""
    return hashlib.sha256(key.encode()).digest()
