"""Bearer tokens of an identity provider (OpenID Connect), verified by PyJWT.

The provider says who somebody is: `sub`, `roles`, `firm_id` and, for a trader, `trader_id`. Which
algorithms count is decided here, never by the token.
"""

import asyncio
import hashlib
import time
from pathlib import Path
from typing import Any

import jwt
from jwt import PyJWK, PyJWKClient, PyJWKSet

from api.access.principal import SCOPES, Principal, Refused, make_principal

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY_S = 30
TOKEN_BYTES_MAX = 8_192
_RELOAD_S = 30.0
_REMEMBERED = 10_000
_OURS = frozenset().union(*SCOPES.values())


class KeysUnavailable(Exception):  # noqa: N818 - named after what is missing
    """The issuer's keys cannot be read now."""


class TokenVerifier:
    """Verifies tokens of one issuer for one audience.

    Args:
        issuer: what `iss` must be; empty to take no tokens.
        audience: what `aud` must hold.
        jwks: the issuer's keys, a file or an `https:` address.
    """

    def __init__(self, issuer: str, audience: str, jwks: str) -> None:
        self._issuer = issuer
        self._audience = audience
        self._jwks = jwks
        self._keys: dict[str, PyJWK] = {}
        self._loaded_at = -_RELOAD_S
        self._loading = asyncio.Lock()
        self._known: dict[bytes, Principal] = {}

    async def verify(self, token: str) -> Principal:
        """Return whose token it is.

        Raises:
            Refused: it is not valid here and now.
            KeysUnavailable: nobody can tell.
        """
        if not self._issuer or len(token) > TOKEN_BYTES_MAX:
            raise Refused("no issuer, or no token of a sensible size")
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        known = self._known.get(digest)
        if known is None:
            known = await self._verify(token)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[digest] = known
        if known.expires <= time.time():
            del self._known[digest]
            raise Refused("expired")
        return known

    async def _verify(self, token: str) -> Principal:
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            key = await self._key(kid)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Refused(str(error)) from None
        return _principal(claims)

    async def _key(self, kid: object) -> PyJWK:
        if not isinstance(kid, str):
            raise Refused("kid is no text")
        if kid not in self._keys:
            async with self._loading:
                # Whoever sends unknown kids must not make us fetch all day.
                if kid not in self._keys and time.monotonic() - self._loaded_at >= _RELOAD_S:
                    self._loaded_at = time.monotonic()
                    self._keys = await asyncio.to_thread(self._load)
        if kid not in self._keys:
            raise Refused("signed by an unknown key")
        return self._keys[kid]

    def _load(self) -> dict[str, PyJWK]:
        try:
            if self._jwks.startswith("https:"):
                found = PyJWKClient(self._jwks, timeout=5).get_jwk_set(refresh=True)
            else:
                found = PyJWKSet.from_json(Path(self._jwks).read_text(encoding="utf-8"))
        except (OSError, ValueError, jwt.PyJWTError) as error:
            raise KeysUnavailable(str(error)) from None
        # A symmetric key in there could be anybody's: a signature must name its maker.
        return {key.key_id or "": key for key in found.keys if key.key_type in ("RSA", "EC", "OKP")}


def _principal(claims: dict[str, Any]) -> Principal:
    granted = None
    if isinstance(claims.get("scope"), str):
        granted = frozenset(claims["scope"].split()) & _OURS or None
    return make_principal(
        f"oidc:{claims['sub']}",
        claims.get("roles"),
        claims.get("firm_id"),
        claims.get("trader_id"),
        expires=float(claims["exp"]) + LEEWAY_S,
        granted=granted,
    )
