"""A trader's lifetime: all accounts, verdicts and payouts, in one picture."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from psycopg.rows import DictRow
from pydantic import Field
from starlette.responses import Response

from api import history
from api.access.caller import Reader
from api.access.principal import ANY, Principal
from api.answers import answer
from api.database import Connection
from api.facts import OPENED, opening
from api.live import summary
from api.problems import not_found
from api.routes.accounts import Shared
from api.service import Service
from api.shapes import Asked, Id, Lifetime
from schemas.instants import instant_text
from schemas.money import text

router = APIRouter(tags=["traders"])

NEWEST = 1_000
_ACCOUNTS = f"{OPENED} WHERE account.trader_id = %s AND (%s::text IS NULL OR account.firm_id = %s)"
_BREACHES = """
SELECT decision_id, account_id, ts_ns, seq, rule, family, breach_kind, overshoot
FROM highwater.breaches WHERE account_id = ANY(%s) ORDER BY seq DESC, decision_id LIMIT %s"""
_PASSED = """
SELECT decision_id, account_id, ts_ns, seq, phase, next_phase
FROM highwater.phases_passed WHERE account_id = ANY(%s) ORDER BY seq DESC, decision_id LIMIT %s"""
_PAYOUTS = """
SELECT event_id, account_id, ts_ns, content ->> 'reason' AS reason, content ->> 'amount' AS amount,
    content ->> 'trader_share' AS trader_share
FROM highwater.accepted_events
WHERE type = 'balance.adjusted' AND content ->> 'reason' = 'payout' AND account_id = ANY(%s)
ORDER BY log_offset DESC LIMIT %s"""


class TraderAsked(Asked):
    """Which trader's picture."""

    firm: Id | None = Field(None, description="where ids of traders are not unique")


@router.get("/v1/traders/{trader_id}", response_model=Lifetime)
async def get_trader(
    trader_id: Annotated[Id, Path()],
    asked: Annotated[TraderAsked, Query()],
    caller: Reader,
    service: Shared,
) -> Response:
    """Return all accounts of a trader, what was decided about them, and what was paid out."""
    if caller.trader not in (ANY, trader_id):
        raise not_found("trader")
    return answer(await _lifetime(service, caller, trader_id, asked.firm))


async def _lifetime(
    service: Service, caller: Principal, trader_id: str, firm: str | None
) -> dict[str, Any]:
    async with service.database.transaction(caller.firm, caller.trader) as connection:
        at = await history.as_of(connection)
        values = (trader_id, firm, firm)
        accounts = await (await connection.execute(_ACCOUNTS, values)).fetchall()
        if not accounts:
            raise not_found("trader")
        ids = [row["account_id"] for row in accounts]
        breaches = await _newest(connection, _BREACHES, ids)
        passed = await _newest(connection, _PASSED, ids)
        payouts = await _newest(connection, _PAYOUTS, ids)
    currencies = {row["account_id"]: row["currency"] for row in accounts}
    paid = [{**row, "currency": currencies[row["account_id"]]} for row in payouts]
    for breach in breaches:
        overshoot = breach["overshoot"]
        breach["overshoot"] = None if overshoot is None else text(overshoot)
    return {
        "as_of": at,
        "trader_id": trader_id,
        "accounts": [_account(service, row) for row in accounts],
        "breaches": breaches,
        "phases_passed": passed,
        "payouts": paid,
        "paid_out": _totals(paid),
    }


async def _newest(connection: Connection, query: str, ids: list[str]) -> list[DictRow]:
    rows = await (await connection.execute(query, (ids, NEWEST))).fetchall()
    return [{**row, "ts": instant_text(row.pop("ts_ns"))} for row in rows]


def _account(service: Service, row: DictRow) -> dict[str, Any]:
    live = service.live.accounts.get(row["account_id"])
    now = {} if live is None else summary(live)
    names = ("phase", "ruleset", "state", "equity", "balance", "headroom")
    known = {name: now.get(name) for name in names}
    return {"account_id": row["account_id"], "firm_id": row["firm_id"], **known, **opening(row)}


def _totals(payouts: list[dict[str, Any]]) -> dict[str, str]:
    totals: dict[str, Decimal] = {}
    for payout in payouts:
        currency = payout["currency"] or ""
        totals[currency] = totals.get(currency, Decimal(0)) + Decimal(payout["amount"])
    return {currency: text(total) for currency, total in totals.items()}
