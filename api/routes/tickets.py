"""Tickets for sockets."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access.caller import Reader
from api.access.tickets import VALID_S
from api.answers import answer
from api.routes.accounts import Shared
from api.shapes import NothingAsked, TicketIssued

router = APIRouter(tags=["live"])


@router.post("/v1/tickets", response_model=TicketIssued, status_code=201)
async def issue_ticket(
    _: Annotated[NothingAsked, Query()], caller: Reader, service: Shared
) -> Response:
    """Issue what opens one socket: a browser cannot send a header with it."""
    await service.limits.act("ticket", caller)
    return answer({"ticket": service.tickets.issue(caller), "valid_s": int(VALID_S)}, 201)
