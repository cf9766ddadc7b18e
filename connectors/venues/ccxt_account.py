"""What an account of an exchange did: its working orders, every trade, what funding cost it.

Trades are asked for by time and told apart by the venue's ids: they are the truth. Its sockets
only say that something happened, because ccxt may lose what they push and may repeat it.
"""

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.venues.abstract import OrderState, Side, VenueError, VenueFill
from connectors.venues.ccxt_venue import CcxtVenue, answer, order_state

_PAGE_MIN = 50
"""A shorter page is the last one: no exchange's pages are shorter."""
_WINDOW_MS = 7 * 86_400_000
"""Binance answers about a week at a time; a longer silence is crossed in such steps."""
_PAUSE_S = 0.5
_PAUSE_MAX_S = 30.0
_WATCHES = {
    "watchMyTrades": "watch_my_trades",
    "watchOrders": "watch_orders",
    "watchBalance": "watch_balance",
}


class WorkingOrder(NamedTuple):
    """An order on the venue's book.

    Attributes:
        order_id: the venue's.
        client_id: whoever placed it calls it so.
        qty: all of it, what was filled already too.
        kind: `limit`, `market`, `stop`, `stop_limit` or `take_profit`.
        price: at which it works, or starts to.
        ts_ms: when it was placed.
    """

    order_id: str
    client_id: str
    symbol: str
    side: Side
    qty: Decimal
    kind: str
    price: Decimal | None
    reduce_only: bool
    ts_ms: int


class Funding(NamedTuple):
    """What holding a position cost or brought; negative is a cost."""

    payment_id: str
    symbol: str
    amount: Decimal
    currency: str
    ts_ms: int


class CcxtReports:
    """What one account did.

    Args:
        venue: open; with streams, if hints are wanted.
        account_id: of ours.
        symbols: ours to the exchange's.
    """

    def __init__(self, venue: CcxtVenue, account_id: str, symbols: Mapping[str, str]) -> None:
        self._venue = venue
        self._account_id = account_id
        self._account = venue.account(account_id)
        self._client = self._account.client
        self._symbols = symbols

    async def working(self) -> list[WorkingOrder]:
        """Return the orders on the book, of the configured symbols.

        Raises:
            VenueError: there is no answer.
        """
        ways: list[dict[str, Any]] = [{}, {"stop": True}] if self._account.stops_apart else [{}]
        found = []
        for ours, theirs in self._symbols.items():
            for params in ways:
                call = self._client.fetch_open_orders(theirs, None, None, params)
                found += [_working(ours, item) for item in await answer(call)]
        return found

    async def order(self, symbol: str, order_id: str) -> tuple[OrderState, str]:
        """Return what became of an order, and its client id.

        Raises:
            VenueError: there is no answer, or no such order.
        """
        found = await answer(self._client.fetch_order(order_id, self._symbols.get(symbol, symbol)))
        name = str(found.get("clientOrderId") or "")
        return order_state(name, found), name

    async def trades(self, symbol: str, since_ms: int, now_ms: int) -> list[VenueFill]:
        """Return every trade of a symbol since then, oldest first.

        Raises:
            VenueError: there is no answer.
        """
        found: dict[str, VenueFill] = {}
        while True:
            page = await self._account.fills(symbol, since_ms)
            new = [item for item in page if item.trade_id not in found]
            found.update((item.trade_id, item) for item in new)
            if len(page) >= _PAGE_MIN:
                # Those of the last millisecond may go on behind the page.
                last_ms = max(item.ts_ms for item in page)
                since_ms = last_ms if new else last_ms + 1
            elif since_ms + _WINDOW_MS <= now_ms:
                since_ms += _WINDOW_MS
            else:
                return sorted(found.values(), key=lambda item: item.place)

    async def funding(self, since_ms: int) -> list[Funding]:
        """Return the funding since then, oldest first; none where the exchange tells nothing.

        Raises:
            VenueError: there is no answer.
        """
        if not self._client.has["fetchFundingHistory"]:
            return []
        found = await answer(self._client.fetch_funding_history(None, since_ms))
        ours = {theirs: name for name, theirs in self._symbols.items()}
        return [
            Funding(
                str(item["id"]),
                ours.get(item["symbol"], item["symbol"] or ""),
                Decimal(item["amount"]),
                item["code"],
                int(item["timestamp"]),
            )
            for item in found
        ]

    async def listen(self, hear: Callable[[], None]) -> None:
        """Say so whenever something may have happened, until cancelled.

        Raises:
            VenueError: the exchange refuses to tell.
        """
        pause = _PAUSE_S
        while True:
            # All state is new: a key of a stream that has lapsed is not used again.
            client = self._venue.streaming(self._account_id)
            try:
                await _watched(client, hear)
            except VenueError:
                hear()  # what was missed meanwhile nobody repeats
                await asyncio.sleep(pause)
                pause = min(2 * pause, _PAUSE_MAX_S)
            else:
                return
            finally:
                await client.close_ws_clients()


# Returns where the exchange has none of these sockets.
async def _watched(client: Any, hear: Callable[[], None]) -> None:
    calls = [getattr(client, call) for name, call in _WATCHES.items() if client.has.get(name)]

    async def watch(call: Any) -> None:
        while True:
            await answer(call())
            hear()

    tasks = [asyncio.ensure_future(watch(call)) for call in calls]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _working(symbol: str, item: Mapping[str, Any]) -> WorkingOrder:
    kind, price = _kind(item), item.get("price")
    if kind in ("stop", "take_profit"):
        price = _trigger(item)
    return WorkingOrder(
        str(item["id"]),
        str(item.get("clientOrderId") or ""),
        symbol,
        item["side"],
        Decimal(item["amount"]),
        kind,
        Decimal(price) if price and Decimal(price) else None,
        bool(item.get("reduceOnly")),
        int(item.get("timestamp") or 0),
    )


# ccxt says at which price an order starts to work, but not always whether to stop a loss or to
# take a profit; then what the exchange itself calls it does.
def _kind(item: Mapping[str, Any]) -> str:
    plain = "limit" if item.get("type") == "limit" else "market"
    if not _trigger(item):
        return plain
    if item.get("takeProfitPrice") or "PROFIT" in str(item.get("info")).upper():
        return "take_profit"
    return "stop" if plain == "market" else "stop_limit"


def _trigger(item: Mapping[str, Any]) -> str | None:
    for name in ("stopLossPrice", "takeProfitPrice", "triggerPrice", "stopPrice"):
        if item.get(name):
            return str(item[name])
    return None
