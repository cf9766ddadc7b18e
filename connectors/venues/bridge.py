"""What is said to a bridge, whatever carries it: commands and answers in JSON.

Every command is an object: `command`, `account_id`, `valid_until_ms` and what it needs. The answer
is a status, with the meaning it has in HTTP, and an object: 200, 4xx for "no", 429 for "later", 501
for "not offered"; anything else, and silence, means that nobody knows. A bridge refuses a command
after `valid_until_ms`, and an order whose `client_id` it has seen it does not carry out again.
"""

import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol, TypeVar

import orjson

from connectors.venues.abstract import (
    OPPOSITE,
    Ambiguous,
    Busy,
    Definite,
    NotOffered,
    Order,
    OrderState,
    Position,
    VenueFill,
)

ResultT = TypeVar("ResultT")

_OK, _LATER, _NOT_OFFERED, _NO = 200, 429, 501, range(400, 500)


class Carrier(Protocol):
    """Carries commands to a bridge."""

    async def send(self, message_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a command and return the answer.

        Raises:
            VenueError: there is none, or it is no.
        """


class BridgeAccount:
    """One account behind the bridge."""

    def __init__(self, carrier: Carrier, account_id: str) -> None:
        self._carrier = carrier
        self._account_id = account_id

    async def place(self, order: Order) -> OrderState:
        """Send an order."""
        price = None if order.price is None else f"{order.price:f}"
        fields = {**order._asdict(), "qty": f"{order.qty:f}", "price": price}
        return _order(await self._command("place", order.client_id, **fields))

    async def find(self, symbol: str, client_id: str) -> OrderState | None:
        """Ask for an order by our name of it."""
        found = await self._command("find", symbol=symbol, client_id=client_id)
        return _order(found) if found.get("order") is not None else None

    async def find_stop(self, symbol: str, client_id: str) -> OrderState | None:
        """Ask for a stop order by our name of it."""
        return await self.find(symbol, client_id)

    async def cancel_all(self) -> None:
        """Cancel every working order."""
        await self._command("cancel_all")

    async def close(self, position: Position, client_id: str) -> OrderState:
        """Close a position, never more than it."""
        fields = _position_fields(position, client_id)
        return _order(await self._command("close", client_id, **fields))

    async def set_stop(self, position: Position, stop: Decimal, client_id: str) -> OrderState:
        """Protect a position."""
        fields = _position_fields(position, client_id)
        made = await self._command("set_stop", client_id, **fields, stop_loss=f"{stop:f}")
        return _order(made)

    async def disable(self) -> None:
        """Let the account open nothing more."""
        await self._command("disable")

    async def enable(self) -> None:
        """Take `disable` back."""
        await self._command("enable")

    async def positions(self) -> list[Position]:
        """Return what is held."""
        found = await self._command("positions")
        return _understood(lambda: [_position(item) for item in found["positions"]])

    async def balances(self) -> dict[str, Decimal]:
        """Return the wallet by currency."""
        found = await self._command("balances")
        return _understood(lambda: {n: Decimal(v) for n, v in found["balances"].items()})

    async def fills(self, symbol: str, since_ms: int) -> list[VenueFill]:
        """Return the executions of a symbol."""
        found = await self._command("fills", symbol=symbol, since_ms=since_ms)
        return _understood(lambda: [_fill(item) for item in found["fills"]])

    # What changes something carries its own name as the message's id; a question has none.
    async def _command(self, name: str, message_id: str = "", **fields: Any) -> dict[str, Any]:
        body = {"command": name, "account_id": self._account_id, **fields}
        return await self._carrier.send(message_id or uuid.uuid4().hex, body)


def read_answer(status: int, content: bytes) -> dict[str, Any]:
    """Return what a bridge answers.

    Raises:
        VenueError: it is no, or makes no sense.
    """
    shown = content[:300].decode(errors="replace")
    if status == _LATER:
        raise Busy(f"the bridge is busy: {shown}")
    if status == _NOT_OFFERED:
        raise NotOffered(f"the bridge does not offer this: {shown}")
    if status in _NO:
        raise Definite(f"the bridge refuses with {status}: {shown}")
    try:
        found = orjson.loads(content) if status == _OK else None
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Ambiguous(f"the bridge answers {status}: {shown}")
    return found


# An answer that makes no sense says nothing about what happened.
def _understood(read: Callable[[], ResultT]) -> ResultT:
    try:
        return read()
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise Ambiguous(f"the bridge's answer makes no sense: {error!r}") from None


def _order(found: Mapping[str, Any]) -> OrderState:
    return _understood(lambda: _order_state(found["order"]))


def _order_state(order: Mapping[str, Any]) -> OrderState:
    if order["status"] not in ("open", "filled", "ended", "refused"):
        raise ValueError(f"status {order['status']!r}")
    filled = Decimal(order["filled"])
    return OrderState(order["client_id"], str(order["venue_id"]), order["status"], filled)


def _position(item: Mapping[str, Any]) -> Position:
    side = {"buy": "buy", "sell": "sell"}[item["side"]]
    qty, name = Decimal(item["qty"]), item.get("position_id", "")
    return Position(item["symbol"], side, qty, name)  # type: ignore[arg-type]


def _fill(item: Mapping[str, Any]) -> VenueFill:
    exact = {name: Decimal(item[name]) for name in ("qty", "price", "fee")}
    return VenueFill(**{**item, **exact})


def _position_fields(position: Position, client_id: str) -> dict[str, Any]:
    return {
        **position._asdict(),
        "qty": f"{position.qty:f}",
        "close_side": OPPOSITE[position.side],
        "client_id": client_id,
    }
