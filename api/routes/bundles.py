"""Proof of what was decided about an account, as one file."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.access.caller import Exporter
from api.problems import MEDIA_TYPE
from api.routes.accounts import AccountId, Shared, own_account
from api.shapes import NothingAsked

router = APIRouter(tags=["accounts"])

_ZIP = "application/zip"
_SCHEMA = {"schema": {"type": "string", "format": "binary"}}
_PROBLEM = {"schema": {"$ref": "#/components/schemas/ProblemBody"}}


@router.get(
    "/v1/accounts/{account_id}/audit",
    response_class=Response,
    responses={
        200: {"description": "the bundle", "content": {_ZIP: _SCHEMA}},
        409: {"description": "there is no bundle yet", "content": {MEDIA_TYPE: _PROBLEM}},
    },
)
async def get_bundle(
    account_id: AccountId,
    _: Annotated[NothingAsked, Query()],
    caller: Exporter,
    service: Shared,
) -> Response:
    """Return the bundle of proof of an account, for `highwater audit verify` or its `verify.py`.

    It says itself which input of the journal it is as of. Making one goes through the journal.
    """
    account = own_account(service, caller, account_id)
    await service.limits.act("bundle", caller)
    data = await service.bundles.make(account.account_id)
    name = quote(f"{account_id}.zip", safe="")
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
    }
    return Response(data, headers=headers, media_type=_ZIP)
