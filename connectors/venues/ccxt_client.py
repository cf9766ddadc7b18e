"""A ccxt exchange that spends from our budget and keeps every number as text.

ccxt asks `throttle` before each request, with the weight from its tables, and shows each answer to
`on_rest_response`: both are meant to be overridden. Its own limiter is first come, first served.
"""

import copy
import importlib
import math
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ccxt.base.errors import NetworkError

from connectors.venues.budget import Budget

HTTP_STATUS: ContextVar[list[int | None] | None] = ContextVar("http_status", default=None)
"""A cell for the status of the last answer of this task."""

_USED_WEIGHT = "x-mbx-used-weight-1m"
_TOO_MANY = (418, 429)
_HOLD_S = 10.0
"""How long to wait where a venue refuses without saying for how long."""


def make_client(
    exchange: str, config: Mapping[str, Any], urls: Mapping[str, str], *, streams: bool = False
) -> Any:
    """Make a client of a ccxt exchange.

    Args:
        exchange: ccxt's id, such as `binanceusdm`.
        config: ccxt's own options.
        urls: replaces hosts: what every address of its API begins with, and what instead.
        streams: whether it is to have sockets, too.

    Raises:
        ValueError: ccxt knows no such exchange, or no sockets of it.
    """
    name = "ccxt.pro" if streams else "ccxt.async_support"
    library = importlib.import_module(name)  # takes seconds: not at the top
    if exchange not in library.exchanges:
        raise ValueError(f"ccxt knows no {'streams of ' * streams}exchange {exchange!r}")
    base = getattr(library, exchange)
    client = type(exchange, (_Hooks, base), {})(dict(config))
    client.number = str
    for old, new in urls.items():
        client.urls["api"] = _replaced(client.urls["api"], old, new)
    return client


def for_account(client: Any, budget: Budget, credentials: Mapping[str, str]) -> Any:
    """Return a client of one account that shares markets and connections with another.

    A client of its own would cost 20 ms and a megabyte each.
    """
    own = copy.copy(client)
    own.highwater_budget = budget
    for name, value in credentials.items():
        setattr(own, name, value)
    return own


def for_streams(client: Any, budget: Budget, credentials: Mapping[str, str]) -> Any:
    """Return the same with sockets, caches and keys of streams that are its own."""
    own = for_account(client, budget, credentials)
    # No snapshots: they cost weight, and ccxt compares our text with numbers in them.
    own.options = copy.deepcopy(client.options) | {
        "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
        "watchBalance": {"fetchBalanceSnapshot": False, "awaitBalanceSnapshot": False},
    }
    own.clients, own.balance, own.ws_dial_backoff = {}, {}, {}
    own.orders = own.myTrades = own.positions = None
    return own


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    return value.replace(old, new, 1) if value.startswith(old) else value


class _Hooks:
    highwater_budget: Budget | None = None

    async def throttle(self, cost: float | None = None) -> None:
        if self.highwater_budget is not None:
            await self.highwater_budget.spend(math.ceil(cost or 1))

    def on_rest_response(
        self,
        code: int,
        _reason: str,
        _url: str,
        _method: str,
        headers: Mapping[str, str],
        body: str,
        _request_headers: object,
        _request_body: object,
    ) -> str:
        cell = HTTP_STATUS.get()
        if cell is not None:
            cell[0] = code
        if self.highwater_budget is not None:
            lowered = {name.lower(): value for name, value in headers.items()}
            _learn(self.highwater_budget, code, lowered)
        return body.strip()

    # ccxt's reader of a socket dies of a message it does not understand, and nobody is told.
    def handle_message(self, client: Any, message: object) -> None:
        try:
            super().handle_message(client, message)  # type: ignore[misc]
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            client.on_error(NetworkError(f"a message makes no sense: {error!r}"))

    # A copy does not own the session, and only the one that does may complain about it.
    def __del__(self) -> None:
        return


def _learn(budget: Budget, code: int, headers: Mapping[str, str]) -> None:
    used = headers.get(_USED_WEIGHT, "")
    if used.isdigit():
        budget.observe(int(used))
    if code in _TOO_MANY:
        after = headers.get("retry-after", "")
        budget.hold(float(after) if after.isdigit() else _HOLD_S)
