"""Accounts as they stand now."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from api.access.caller import Reader
from api.access.principal import ANY, READ, Principal
from api.answers import answer, answered
from api.board import Place, Wanted
from api.cursors import read_cursor, write_cursor
from api.direct import direct_route
from api.live import Account, summary
from api.problems import not_found
from api.service import Service, shared
from api.shapes import AccountDetails, AccountLine, AccountsAsked, Id, NothingAsked, Page

router = APIRouter(tags=["accounts"])
Shared = Annotated[Service, Depends(shared)]
AccountId = Annotated[Id, Path()]


@router.get("/v1/accounts", response_model=Page[AccountLine])
async def list_accounts(
    asked: Annotated[AccountsAsked, Query()], caller: Reader, service: Shared
) -> Response:
    """List accounts, those nearest to a floor first, those that ended last."""
    firms = tuple(asked.firm) if caller.firm == ANY else (caller.firm,)
    traders = tuple(asked.trader) if caller.trader == ANY else (caller.trader,)
    foreign = (asked.firm and caller.firm not in (ANY, *asked.firm)) or (
        asked.trader and caller.trader not in (ANY, *asked.trader)
    )
    wanted = Wanted(firms, traders, tuple(asked.state), tuple(asked.phase), tuple(asked.ruleset))
    after = None if asked.cursor is None else Place(*_place(asked.cursor))
    at = service.live.as_of()
    found = [] if foreign else service.board.page(wanted, after, asked.limit + 1)
    shown = found[: asked.limit]
    end = write_cursor(*shown[-1][0]) if len(found) > asked.limit else None
    items = [summary(account) for _, account in shown]
    return answer({"as_of": at, "items": items, "next": end})


async def _account(service: Service, caller: Principal, account_id: str) -> Response:
    account = own_account(service, caller, account_id)
    facts = orjson.dumps(await service.facts.row(account))
    at = orjson.dumps(service.live.as_of())
    return answered(b'{"as_of":' + at + b"," + service.details(account)[1:-1] + b"," + facts[1:])


async def get_account(
    account_id: AccountId,
    _: Annotated[NothingAsked, Query()],
    caller: Reader,
    service: Shared,
) -> Response:
    """Return one account: floors, room and use of every rule, goals, equity, how it was opened."""
    return await _account(service, caller, account_id)


router.add_api_route(
    "/v1/accounts/{account_id}",
    get_account,
    response_model=AccountDetails,
    methods=["GET"],
    route_class_override=direct_route(READ, _account),
)


def own_account(service: Service, caller: Principal, account_id: str) -> Account:
    """Return an account the caller may see.

    Raises:
        Problem: 404 when there is none, or it is somebody else's: nobody learns which.
    """
    account = service.live.accounts.get(account_id)
    if account is None or not caller.sees(account.firm_id, account.trader_id):
        raise not_found("account")
    return account


def _place(cursor: str) -> tuple[int, str]:
    headroom, account_id = read_cursor(cursor, int, str)
    return headroom, account_id
