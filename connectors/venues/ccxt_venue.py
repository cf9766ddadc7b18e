"""Any exchange of ccxt as a venue."""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any, TypeVar

from ccxt.base import errors

from connectors.venues.abstract import (
    OPPOSITE,
    Definite,
    NotOffered,
    Order,
    OrderState,
    Position,
    Status,
    VenueError,
    VenueFill,
)
from connectors.venues.budget import Budget
from connectors.venues.ccxt_client import (
    HTTP_STATUS,
    for_account,
    for_streams,
    make_client,
)
from connectors.venues.ccxt_errors import classified
from connectors.venues.settings import VenueSettings

ResultT = TypeVar("ResultT")

_STATUS: dict[str, Status] = {
    "open": "open",
    "closed": "filled",
    "canceled": "ended",
    "expired": "ended",
    "rejected": "refused",
}
# Where stop orders are kept apart from the others, and cancelled apart.
_STOPS_APART = {"binance", "binanceusdm", "binancecoinm", "okx", "bitget", "kucoinfutures"}


class CcxtVenue:
    """One exchange, reached with the accounts of one budget.

    Args:
        settings: which exchange and which accounts.
        budget: what all of them share.
        streams: whether it is to have sockets, too.
    """

    def __init__(self, settings: VenueSettings, budget: Budget, *, streams: bool = False) -> None:
        self._streams = streams
        self._settings = settings
        self._budget = budget
        self._client: Any = None
        self._symbols = dict(settings.symbols)
        self._ours = {theirs: ours for ours, theirs in settings.symbols.items()}
        self._accounts: dict[str, CcxtAccount] = {}

    @property
    def settle_s(self) -> float:
        """Requests are signed with the time, and refused when they are older than this."""
        return self._settings.settle_s

    async def open(self) -> None:
        """Read the exchange's markets.

        Raises:
            VenueError: it does not answer.
        """
        settings = self._settings
        settle_ms = round(settings.settle_s * 1000)
        config = {"enableRateLimit": True, "timeout": round(settings.timeout_s * 1000)}
        self._client = make_client(settings.exchange, config, settings.urls, streams=self._streams)
        self._client.highwater_budget = self._budget
        # No brackets: they only serve a margin figure that nobody here reads.
        options = {"recvWindow": settle_ms, "leverageBrackets": {}, "fetchMargins": False}
        self._client.options.update(options)
        self._client.has["fetchCurrencies"] = False
        try:
            await answer(self._client.load_markets())
        except VenueError:
            await self._client.close()  # the next attempt begins with another one
            raise
        missing = [name for name in self._symbols.values() if name not in self._client.markets]
        if missing:
            raise Definite(f"{settings.exchange} does not list {', '.join(sorted(missing))}")

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()

    def account(self, account_id: str) -> "CcxtAccount":
        """Return one of its accounts."""
        found = self._accounts.get(account_id)
        if found is None:
            credentials = self._settings.accounts[account_id].secrets()
            client = for_account(self._client, self._budget, credentials)
            found = CcxtAccount(client, self._symbols, self._ours, self._settings.exchange)
            self._accounts[account_id] = found
        return found

    def streaming(self, account_id: str) -> Any:
        """Return a client with sockets of an account's own; whoever asks closes them."""
        credentials = self._settings.accounts[account_id].secrets()
        return for_streams(self._client, self._budget, credentials)


class CcxtAccount:
    """One account, by its own API key.

    Attributes:
        client: ccxt's.
        stops_apart: stop orders are a list of their own.
    """

    def __init__(
        self, client: Any, symbols: Mapping[str, str], ours: Mapping[str, str], exchange: str
    ) -> None:
        self.client = self._client = client
        self._symbols = symbols
        self._ours = ours
        self.stops_apart = exchange in _STOPS_APART

    async def place(self, order: Order) -> OrderState:
        """Send an order; all numbers go out as the text of their decimals."""
        kind, price = ("market", None) if order.price is None else ("limit", f"{order.price:f}")
        params = {"clientOrderId": order.client_id}
        if order.reduce_only:
            params["reduceOnly"] = True  # type: ignore[assignment]
        symbol = self._theirs(order.symbol)
        made = await answer(
            self._client.create_order(symbol, kind, order.side, f"{order.qty:f}", price, params)
        )
        return order_state(order.client_id, made)

    async def find(self, symbol: str, client_id: str) -> OrderState | None:
        """Ask for an order by our name of it."""
        return await self._find(symbol, client_id, {})

    async def find_stop(self, symbol: str, client_id: str) -> OrderState | None:
        """Ask for a stop order by our name of it."""
        return await self._find(symbol, client_id, {"stop": True} if self.stops_apart else {})

    async def cancel_all(self) -> None:
        """Cancel the working orders of every symbol the account may trade."""
        for symbol in self._symbols.values():
            await self._cancel(symbol, {})
            if self.stops_apart:
                await self._cancel(symbol, {"stop": True})

    async def close(self, position: Position, client_id: str) -> OrderState:
        """Send a market order that can only reduce."""
        side = OPPOSITE[position.side]
        order = Order(client_id, position.symbol, side, position.qty, reduce_only=True)
        return await self.place(order)

    async def set_stop(self, position: Position, stop: Decimal, client_id: str) -> OrderState:
        """Send a stop order at the market that can only reduce."""
        params = {"clientOrderId": client_id, "stopLossPrice": f"{stop:f}", "reduceOnly": True}
        symbol, side = self._theirs(position.symbol), OPPOSITE[position.side]
        made = await answer(
            self._client.create_order(symbol, "market", side, f"{position.qty:f}", None, params)
        )
        return order_state(client_id, made)

    async def disable(self) -> None:
        """Exchanges know no such order: a firm ends the trading of an account itself."""
        raise NotOffered("an exchange does not stop an account from trading")

    async def enable(self) -> None:
        """See `disable`."""
        raise NotOffered("an exchange does not stop an account from trading")

    async def positions(self) -> list[Position]:
        """Return what is held, in symbols that are not ours too."""
        found = await answer(self._client.fetch_positions())
        return [
            Position(
                self._ours.get(item["symbol"], item["symbol"]),
                "sell" if item["side"] == "short" else "buy",
                abs(Decimal(item["contracts"])),
            )
            for item in found
            if Decimal(item["contracts"] or "0")
        ]

    async def balances(self) -> dict[str, Decimal]:
        """Return the wallet by currency."""
        found = await answer(self._client.fetch_balance())
        return {name: Decimal(value) for name, value in found["total"].items() if value is not None}

    async def fills(self, symbol: str, since_ms: int) -> list[VenueFill]:
        """Return the account's own trades."""
        theirs = self._theirs(symbol)
        found = await answer(self._client.fetch_my_trades(theirs, since_ms))
        fills = [
            VenueFill(
                item["id"],
                item["order"] or "",
                symbol,
                item["side"],
                Decimal(item["amount"]),
                Decimal(item["price"]),
                int(item["timestamp"]),
                Decimal((item["fee"] or {}).get("cost") or "0"),
                (item["fee"] or {}).get("currency") or "",
            )
            for item in found
        ]
        return sorted(fills, key=lambda fill: fill.place)

    async def _find(
        self, symbol: str, client_id: str, more: Mapping[str, object]
    ) -> OrderState | None:
        params = {"clientOrderId": client_id, **more}
        try:
            found = await answer(self._client.fetch_order(None, self._theirs(symbol), params))
        except Definite as error:
            if isinstance(error.__cause__, errors.OrderNotFound):
                return None
            raise
        return order_state(client_id, found)

    async def _cancel(self, symbol: str, params: dict[str, object]) -> None:
        if self._client.has["cancelAllOrders"]:
            await answer(self._client.cancel_all_orders(symbol, params))
            return
        for order in await answer(self._client.fetch_open_orders(symbol, None, None, params)):
            with suppress(Definite):  # it ended meanwhile; whether all are gone is checked after
                await answer(self._client.cancel_order(order["id"], symbol, params))

    # A position in a symbol nobody configured is closed under the venue's own name.
    def _theirs(self, symbol: str) -> str:
        return self._symbols.get(symbol, symbol)


async def answer(call: Awaitable[ResultT]) -> ResultT:
    """Return what ccxt returns.

    Raises:
        VenueError: instead of any error of ccxt's.
    """
    cell: list[int | None] = [None]
    token = HTTP_STATUS.set(cell)
    try:
        return await call
    except errors.BaseError as error:
        raise classified(error, cell[0]) from error
    except TimeoutError as error:
        raise classified(errors.RequestTimeout(str(error)), cell[0]) from error
    finally:
        HTTP_STATUS.reset(token)


def order_state(client_id: str, found: Mapping[str, Any]) -> OrderState:
    """Read an order of ccxt."""
    filled = Decimal(found.get("filled") or "0")
    status = _STATUS.get(found.get("status") or "open", "open")
    return OrderState(client_id, str(found.get("id") or ""), status, filled)
