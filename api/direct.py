"""A route that is asked most of all answers plain requests by a short way.

FastAPI's way through parameters and dependencies costs more than the answer. A plain request is one
without parameters, for something that is there; every other one goes the usual way, which also is
what the OpenAPI document describes. Who asks is verified and counted alike on both.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.access.caller import admit
from api.access.principal import Principal
from api.service import Service, service_of

_BEARER = "Bearer "

Answer = Callable[[Service, Principal, str], Awaitable[Response]]


def direct_route(scope: str, answer: Answer) -> type[APIRoute]:
    """Make a class of routes with `account_id` in their path.

    Args:
        scope: what a caller needs.
        answer: answers for the id of an account that is known.
    """

    class DirectRoute(APIRoute):
        """Goes the short way where it can."""

        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            """Put the short way before the usual one."""
            usual = super().get_route_handler()

            async def handle(request: Request) -> Response:
                given = request.headers.get("authorization", "")
                if request.scope["query_string"] or not given.startswith(_BEARER):
                    return await usual(request)
                service = service_of(request)
                account_id = request.path_params["account_id"]
                if account_id not in service.live.accounts:
                    return await usual(request)
                caller = await admit(request, given.removeprefix(_BEARER), (scope,))
                return await answer(service, caller, account_id)

            return handle

    return DirectRoute
