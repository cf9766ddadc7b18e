"""Orders of operators: the only writes there are."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import StringConstraints
from starlette.responses import Response

from api import history
from api.access.caller import Operator, Reader
from api.answers import answer
from api.commands import order
from api.cursors import read_cursor, write_cursor
from api.problems import Problem, bad_field
from api.routes.accounts import AccountId, Shared, own_account
from api.shapes import Command, CommandAsked, CommandTaken, NothingAsked, Page, Paged
from api.tightening import check_migration
from schemas.instants import instant_text

router = APIRouter(tags=["commands"])

# Any visible ASCII: the draft of the header calls it a string and leaves its text to us.
Key = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[!-~]+$"), Header()]

_ORDERS = """
SELECT event.event_id, event.account_id, event.ts_ns, event.log_offset AS position,
    event.content ->> 'action' AS action, event.content ->> 'operator' AS operator,
    event.content ->> 'reason' AS reason, event.content ->> 'ruleset' AS ruleset,
    letter.code || ': ' || letter.message AS refused
FROM highwater.account_events event
LEFT JOIN highwater.dead_letters letter
    ON letter.source = 'journal' AND letter.source_offset = event.log_offset
WHERE event.type = 'account.overridden' AND event.account_id = %s AND event.log_offset < %s
ORDER BY event.log_offset DESC LIMIT %s"""
_LAST = 2**62


@router.post(
    "/v1/accounts/{account_id}/commands",
    response_model=CommandTaken,
    status_code=202,
    responses={409: {"description": "the order makes something harder, or cannot be"}},
)
async def give_order(
    account_id: AccountId,
    _: Annotated[NothingAsked, Query()],
    asked: CommandAsked,
    idempotency_key: Key,
    caller: Operator,
    service: Shared,
) -> Response:
    """Order something about an account: it becomes an event on the journal, with your name."""
    account = own_account(service, caller, account_id)
    await service.limits.act("command", caller)
    if (asked.action == "migrate") != (asked.ruleset is not None):
        wanted = "is required to migrate" if asked.action == "migrate" else "only for migrate"
        raise bad_field("body.ruleset", wanted)
    forced = ""
    if asked.ruleset is not None:
        forced = "; ".join(await check_migration(service.database, account, asked.ruleset))
    if forced and not asked.force:
        raise Problem(409, f"refused, it makes things harder unless forced: {forced}")
    made, before = await order(service, caller, account, asked, idempotency_key, forced=forced)
    return answer(made, 202, {"Idempotency-Replayed": "true"} if before else None)


@router.get("/v1/accounts/{account_id}/commands", response_model=Page[Command])
async def list_orders(
    account_id: AccountId,
    asked: Annotated[Paged, Query()],
    caller: Reader,
    service: Shared,
) -> Response:
    """List the orders about an account that the journal has, newest first."""
    own_account(service, caller, account_id)
    before = _LAST if asked.cursor is None else read_cursor(asked.cursor, int)[0]
    async with service.database.transaction(caller.firm, caller.trader) as connection:
        at = await history.as_of(connection)
        values = (account_id, before, asked.limit + 1)
        rows = await (await connection.execute(_ORDERS, values)).fetchall()
    items = [{**row, "ts": instant_text(row.pop("ts_ns"))} for row in rows[: asked.limit]]
    end = write_cursor(items[-1]["position"]) if len(rows) > asked.limit else None
    return answer({"as_of": at, "items": items, "next": end})
