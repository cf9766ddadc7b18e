"""An operator's order becomes an account event: nothing is changed here, the engine decides.

The id of the event follows from the caller and his idempotency key, so an order that is sent twice,
by him or by us after a crash, is one event to the sequencer.
"""

import asyncio
import hashlib
from contextlib import closing
from typing import Any

import orjson
from psycopg.types.json import Jsonb

from api.access.principal import Principal
from api.live import Account
from api.problems import Problem, unavailable
from api.service import Service
from api.shapes import CommandAsked
from connectors.log.abstract import Log, LogError
from schemas.account_events import AccountOverridden
from schemas.canonical import content_hash
from schemas.events import event_json
from schemas.ids import key_group
from schemas.instants import instant_text
from schemas.topics import ACCOUNT_EVENTS

REASON_MAX = 1_000
"""What an event's reason holds at most."""
_MILLISECOND = 1_000_000
_BEGIN = """
INSERT INTO highwater.idempotency_keys (caller, key, request_hash, event_id)
VALUES (%s, %s, %s, %s) ON CONFLICT (caller, key) DO UPDATE SET key = excluded.key
RETURNING request_hash, answer"""
_END = "UPDATE highwater.idempotency_keys SET answer = %s WHERE caller = %s AND key = %s"


async def order(
    service: Service,
    caller: Principal,
    account: Account,
    asked: CommandAsked,
    key: str,
    *,
    forced: str = "",
) -> tuple[dict[str, Any], bool]:
    """Write the event of an order, once.

    Args:
        service: where it is written.
        caller: the operator.
        account: whom it is about.
        asked: what is ordered.
        key: the operator's own name of this order.
        forced: what a migration makes harder all the same, for the audit trail.

    Returns:
        The answer, and whether it was given before.

    Raises:
        Problem: the key was used for another order, or the log does not answer.
    """
    request = content_hash({"account_id": account.account_id, **asked.model_dump()})
    event_id = "api-" + hashlib.sha256(f"{caller.name}\n{key}".encode()).hexdigest()[:32]
    place = (caller.name, key)
    async with service.database.transaction(caller.firm, caller.trader) as connection:
        row = await (await connection.execute(_BEGIN, (*place, request, event_id))).fetchone()
    assert row is not None, "an upsert returns its row"
    if row["request_hash"] != request:
        raise Problem(422, "this Idempotency-Key was used for another order")
    if row["answer"] is not None:
        return row["answer"], True
    reason = f"{asked.reason} (forced: {forced})"[:REASON_MAX] if forced else asked.reason
    event = _event(service.clock_ns(), caller, account, asked, event_id=event_id, reason=reason)
    await _send(service.log, account.account_id, event)
    made = {
        "event_id": event_id,
        "account_id": account.account_id,
        "action": asked.action,
        "as_of": service.live.as_of(),
    }
    async with service.database.transaction(caller.firm, caller.trader) as connection:
        await connection.execute(_END, (Jsonb(made), *place))
    return made, False


def _event(
    now_ns: int,
    caller: Principal,
    account: Account,
    asked: CommandAsked,
    *,
    event_id: str,
    reason: str,
) -> bytes:
    ts = now_ns // _MILLISECOND * _MILLISECOND
    event = AccountOverridden(
        event_id=event_id,
        type="account.overridden",
        ts=ts,
        account_id=account.account_id,
        firm_id=account.firm_id,
        trader_id=account.trader_id,
        action=asked.action,
        operator=caller.name,
        reason=reason,
        ruleset=asked.ruleset,
    )
    return orjson.dumps({**event_json(event), "ts": instant_text(ts)})


async def _send(log: Log, account_id: str, event: bytes) -> None:
    try:
        await asyncio.to_thread(_append, log, account_id, event)
    except LogError:
        raise unavailable("the log of account events") from None


# Opened for each order, which are few: on the local log it would keep every other writer out.
def _append(log: Log, account_id: str, event: bytes) -> None:
    partition = key_group(account_id, log.partitions(ACCOUNT_EVENTS))
    with closing(log.writer(ACCOUNT_EVENTS, partition)) as writer:
        writer.append(event, account_id.encode())
        writer.flush()
