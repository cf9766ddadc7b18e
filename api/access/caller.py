"""The door: from the header of a request to its caller, who may do what is asked for."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.access.keys import PREFIX
from api.access.principal import EXPORT, OVERRIDE, READ, READ_ANY, Principal, Refused
from api.access.tokens import KeysUnavailable
from api.problems import Problem, unavailable
from api.service import Service, service_of

_BEARER = HTTPBearer(
    auto_error=False,
    description="a token of the identity provider, or an API key (`hw_…`)",
)
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


async def authenticate(
    request: Request,
    scopes: SecurityScopes,
    given: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
) -> Principal:
    """Return who asks.

    Raises:
        Problem: 401 for bad credentials, 403 when they do not suffice, 429 for too many requests.
    """
    if given is None:
        raise Problem(401, "send `Authorization: Bearer …`", headers=_CHALLENGE)
    return await admit(request, given.credentials, scopes.scopes)


async def admit(request: Request, credentials: str, scopes: Sequence[str]) -> Principal:
    """Return whose credentials these are, as `authenticate`."""
    service = service_of(request)
    address = request.client.host if request.client else ""
    await service.limits.check_address(address)
    principal = await _verified(service, credentials, address)
    await service.limits.request(principal)
    if not principal.scopes.issuperset(scopes):
        raise Problem(403, f"this needs {' and '.join(scopes)}")
    return principal


async def _verified(service: Service, credentials: str, address: str) -> Principal:
    try:
        if credentials.startswith(PREFIX):
            return await service.keys.verify(credentials)
        return await service.tokens.verify(credentials)
    except KeysUnavailable:
        raise unavailable("the identity provider") from None
    except Refused:
        await service.limits.failure(address)
        raise Problem(401, "these credentials are not valid", headers=_CHALLENGE) from None


Reader = Annotated[Principal, Security(authenticate, scopes=[READ])]
Staff = Annotated[Principal, Security(authenticate, scopes=[READ_ANY])]
Exporter = Annotated[Principal, Security(authenticate, scopes=[EXPORT])]
Operator = Annotated[Principal, Security(authenticate, scopes=[OVERRIDE])]
