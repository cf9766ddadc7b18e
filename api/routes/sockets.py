"""Sockets: an account, or a firm, as it stands and as it breaks its rules.

A socket is opened with a ticket. It says first who it is about, then `state` (the newest of an
account) or `accounts` (those of a firm that changed), and `event` for every breach or passed phase.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import orjson
from fastapi import APIRouter, WebSocket
from starlette.websockets import WebSocketDisconnect

from api import feed
from api.access.principal import ANY, READ_ANY, Principal, Refused
from api.hub import Event, Listener
from api.live import Account, summary
from api.problems import Problem
from api.service import Service, service_of

router = APIRouter()

ACCOUNTS_MAX = 500
"""So many changed accounts fit into one message."""
SAID_MAX_S = 20
"""A client has nothing to say; so many messages a second are overlooked."""
TRADER_SOCKETS = 50
_FAR_S = 10**8
_SOON_S = 0.01

UNAUTHORIZED, FORBIDDEN, NOT_FOUND, GONE = 4401, 4403, 4404, 4410
INVALID, AGAIN, POLICY = 4422, 1013, 1008
_CODES = {404: NOT_FOUND, 410: GONE, 422: INVALID, 503: AGAIN}


class _Closed(Exception):  # noqa: N818 - named after what happens
    """The socket is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


Wants = Callable[[Service, Principal], Listener]


@router.websocket("/v1/accounts/{account_id}/live")
async def account_live(socket: WebSocket, account_id: str) -> None:
    """Follow one account."""

    def wants(service: Service, caller: Principal) -> Listener:
        account = service.live.accounts.get(account_id)
        if account is None or not caller.sees(account.firm_id, account.trader_id):
            raise _Closed(NOT_FOUND, "no such account")
        listener = Listener(caller, account.firm_id, account_id)
        listener.due = True
        return listener

    await _serve(socket, wants)


@router.websocket("/v1/firms/{firm_id}/live")
async def firm_live(socket: WebSocket, firm_id: str) -> None:
    """Follow the accounts of a firm, or of all firms with `*`."""

    def wants(_: Service, caller: Principal) -> Listener:
        if READ_ANY not in caller.scopes:
            raise _Closed(FORBIDDEN, "this needs account:read:any")
        if caller.firm not in (ANY, firm_id):
            raise _Closed(NOT_FOUND, "no such firm")
        return Listener(caller, firm_id)

    await _serve(socket, wants)


# Browsers tell a page the code of a socket that was open, and nothing of one that never was.
async def _serve(socket: WebSocket, wants: Wants) -> None:
    service = service_of(socket)
    await socket.accept()
    try:
        _check_origin(socket, service)
        await _run(socket, service, wants(service, _admitted(socket, service)))
    except _Closed as closed:
        await _close(socket, closed.code, str(closed))
    except Problem as problem:
        await _close(socket, _CODES.get(problem.status, AGAIN), problem.detail)
    except WebSocketDisconnect:
        pass


def _admitted(socket: WebSocket, service: Service) -> Principal:
    try:
        caller = service.tickets.redeem(socket.query_params.get("ticket", ""))
    except Refused:
        raise _Closed(UNAUTHORIZED, "the ticket is not valid") from None
    if len(service.hub) >= service.settings.api_sockets or (
        caller.role == "trader" and service.hub.count(caller) >= TRADER_SOCKETS
    ):
        raise _Closed(AGAIN, "too many sockets")
    return caller


async def _run(socket: WebSocket, service: Service, listener: Listener) -> None:
    feed.begin_at(service.hub, listener, socket.query_params.get("cursor"), "query.cursor")
    hello = {"type": "hello", "as_of": service.live.as_of(), "cursor": feed.cursor_of(listener)}
    await socket.send_text(orjson.dumps(hello).decode())
    left = min(_FAR_S, max(0.0, listener.principal.expires - time.time()) + _SOON_S)
    expiry = asyncio.get_running_loop().call_later(left, listener.wake.set)
    telling = asyncio.ensure_future(_tell(socket, service, listener))
    hearing = asyncio.ensure_future(_hear(socket))
    try:
        done, _ = await asyncio.wait((telling, hearing), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        expiry.cancel()
        service.hub.remove(listener)
        for task in (telling, hearing):
            task.cancel()
        await asyncio.gather(telling, hearing, return_exceptions=True)


async def _tell(socket: WebSocket, service: Service, listener: Listener) -> None:
    async for event in feed.missed(service.log, service.hub, listener):
        listener.pass_by(event.partition, event.offset + 1)
        await socket.send_text(_event_text(feed.cursor_of(listener), event))
    while True:
        await listener.wake.wait()
        listener.wake.clear()
        if listener.principal.expires <= time.time():
            raise _Closed(UNAUTHORIZED, "the token has expired")
        for cursor, event in feed.take(listener):
            await socket.send_text(_event_text(cursor, event))
        if listener.cut_off:
            raise _Closed(AGAIN, "too slow: come back with your cursor")
        if listener.due:
            listener.due = False
            await socket.send_text(_state_text(service, listener))


def _state_text(service: Service, listener: Listener) -> str:
    names, listener.told = listener.changes.since(listener.told, ACCOUNTS_MAX)
    if listener.account_id is not None:
        return _account_text(service, service.live.accounts[listener.account_id])
    accounts = (service.live.accounts[name] for name in names)
    lines = [_line_text(service, one) for one in accounts if listener.firm in (ANY, one.firm_id)]
    at = orjson.dumps(service.live.as_of()).decode()
    return f'{{"type":"accounts","as_of":{at},"items":[{",".join(lines)}]}}'


# Many sockets may follow one account: it is written once for all of them.
def _line_text(service: Service, account: Account) -> str:
    text = service.lines.get(account.account_id)
    if text is None or text[0] != account.changes:
        text = account.changes, orjson.dumps(summary(account)).decode()
        service.lines[account.account_id] = text
    return text[1]


def _account_text(service: Service, account: Account) -> str:
    text = service.texts.get(account.account_id)
    if text is None or text[0] != account.changes:
        at = orjson.dumps(service.live.as_of()).decode()
        told = service.details(account).decode()
        text = account.changes, f'{{"type":"state","as_of":{at},"account":{told}}}'
        service.texts[account.account_id] = text
    return text[1]


def _event_text(cursor: str, event: Event) -> str:
    return f'{{"type":"event","cursor":"{cursor}","decision":{event.line.decode()}}}'


async def _hear(socket: WebSocket) -> None:
    since, said = time.monotonic(), 0
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1000))
        said += 1
        if time.monotonic() - since >= 1:
            since, said = time.monotonic(), 1
        if said > SAID_MAX_S:
            raise _Closed(POLICY, "nothing was asked")


def _check_origin(socket: WebSocket, service: Service) -> None:
    origin = socket.headers.get("origin")
    if origin is None or origin in service.settings.api_origins.split(","):
        return
    try:
        page = urlsplit(origin).netloc
    except ValueError:  # half an IPv6 address
        page = None
    if page != socket.headers.get("host"):
        raise _Closed(FORBIDDEN, "this page may not open sockets")


async def _close(socket: WebSocket, code: int, reason: str) -> None:
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        await socket.close(code, reason[:120])
