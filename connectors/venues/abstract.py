"""What every venue promises, whichever platform is behind it.

Quantities and prices are `Decimal`, made from text and sent as text. Symbols are ours; an adapter
knows what the venue calls them. Every call may raise one of the errors below, and nothing else:
what they mean for an order is all that the flows need to know.
"""

# ruff: noqa: N818 - these are named after what they say, not after failing.

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, NamedTuple, Protocol

Side = Literal["buy", "sell"]
Status = Literal["open", "filled", "ended", "refused"]
"""Of an order: `ended` is cancelled or expired, perhaps partly filled."""

OPPOSITE: Mapping[Side, Side] = {"buy": "sell", "sell": "buy"}


class VenueError(Exception):
    """A venue did not do what it was asked, or nobody knows."""


class Definite(VenueError):
    """The venue said no, and will say so again."""


class NotOffered(Definite):
    """The venue has no such thing."""


class Ambiguous(VenueError):
    """Nobody knows whether it happened: ask the venue before doing it again."""


class Busy(VenueError):
    """Refused before it was looked at: try again later."""


class Position(NamedTuple):
    """What an account holds at the venue.

    Attributes:
        symbol: of ours; the venue's own name where the account may not hold it.
        side: `buy` is long.
        qty: above 0.
        position_id: where the venue keeps several of a symbol apart.
    """

    symbol: str
    side: Side
    qty: Decimal
    position_id: str = ""


class Order(NamedTuple):
    """What is asked for.

    Attributes:
        client_id: our name of it; the venue answers questions about it.
        price: none for a market order.
    """

    client_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal | None = None
    reduce_only: bool = False


class OrderState(NamedTuple):
    """What became of an order: `filled` is the quantity executed so far."""

    client_id: str
    venue_id: str
    status: Status
    filled: Decimal

    @property
    def final(self) -> bool:
        """Whether nothing more happens to it."""
        return self.status != "open"


class VenueFill(NamedTuple):
    """An execution, as the venue counts them.

    Attributes:
        trade_id: the venue's; unique for the account and symbol.
        ts_ms: when, ms since the epoch, by the venue's clock.
        fee, fee_currency: positive is a cost.
    """

    trade_id: str
    order_id: str
    symbol: str
    side: Side
    qty: Decimal
    price: Decimal
    ts_ms: int
    fee: Decimal
    fee_currency: str

    @property
    def place(self) -> tuple[int, int, str]:
        """Where it stands among others: ids count up, but as text "10" is before "9"."""
        return self.ts_ms, len(self.trade_id), self.trade_id


class VenueAccount(Protocol):
    """One account at a venue."""

    async def place(self, order: Order) -> OrderState:
        """Send an order."""

    async def find(self, symbol: str, client_id: str) -> OrderState | None:
        """Return what became of an order; `None` where the venue has never seen it."""

    async def cancel_all(self) -> None:
        """Cancel every working order, stops too."""

    async def close(self, position: Position, client_id: str) -> OrderState:
        """Close a position at the market, never more than it."""

    async def set_stop(self, position: Position, stop: Decimal, client_id: str) -> OrderState:
        """Protect a position with a stop order that closes it."""

    async def find_stop(self, symbol: str, client_id: str) -> OrderState | None:
        """Return what became of a stop order; `None` where the venue has never seen it."""

    async def disable(self) -> None:
        """Let the account open nothing more; `NotOffered` where only the firm can see to that."""

    async def enable(self) -> None:
        """Take `disable` back."""

    async def positions(self) -> list[Position]:
        """Return what is held."""

    async def balances(self) -> dict[str, Decimal]:
        """Return the wallet by currency, without open P/L."""

    async def fills(self, symbol: str, since_ms: int) -> list[VenueFill]:
        """Return the executions of a symbol since then, oldest first."""


class Venue(Protocol):
    """A venue, as far as one API key or one address is allowed to use it."""

    @property
    def settle_s(self) -> float:
        """After so long a request that was not answered can no longer be accepted."""

    def account(self, account_id: str) -> VenueAccount:
        """Return one of its accounts."""

    async def open(self) -> None:
        """Connect, and learn what can be traded."""

    async def close(self) -> None:
        """Release connections."""
