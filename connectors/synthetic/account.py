"""A simulated trader's account: positions, working orders and a rough idea of the money in it."""

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.synthetic.plans import Plan


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a trader asks for.

    Args:
        side: 1 buys, -1 sells.
        stop, target: distances in price points from the price that would close it; 0: none.
        key: id of the hedging position to open or add to; None lets the fill name it.
        announce: whether the order is reported before its fill.
    """

    symbol: int
    side: int
    qty: int
    stop: int = 0
    target: int = 0
    key: str | None = None
    announce: bool = False


@dataclass(slots=True, eq=False)
class Guard:
    """A price level that waits to be touched: a protective stop, a target or a working order.

    A guard that is moved, removed or used up goes dead and is skipped when its turn comes, which
    is cheaper than searching for it.
    """

    account: "Account"
    level: int
    reason: str  # "stop_loss", "take_profit" or "order"
    position: "Position | None" = None
    order: "Order | None" = None
    live: bool = True


def drop(guard: Guard | None) -> None:
    """Let a guard, if there is one, wait no more."""
    if guard is not None:
        guard.live = False


@dataclass(slots=True, eq=False)
class Position:
    """An open position; quantity and price are integers in the instrument's digits.

    Args:
        key: its `position_id` on a hedging account, the symbol's index when netting.
        side: 1 is long, -1 short.
    """

    key: str
    symbol: int
    side: int
    qty: int
    entry: int
    opened_ns: int
    stop: Guard | None = None
    target: Guard | None = None


@dataclass(slots=True, eq=False)
class Order:
    """A working order."""

    order_id: str
    ticket: Ticket
    price: int
    guard: Guard | None = None


@dataclass(slots=True, eq=False)
class Account:
    """One trader's account as the trader sees it.

    Args:
        number: counts from 1; the account's id is made of it.
        cash: realised money by the trader's own reckoning, to the cent or finer.
        retired: the trader has left for good.
    """

    number: int
    trader_id: str
    plan: Plan
    phase: str
    funded: bool
    hedging: bool
    cash: Decimal
    retired: bool = False
    positions: dict[str, Position] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        """Return the id events carry."""
        return f"A{self.number:05d}"

    @property
    def spent(self) -> bool:
        """Return whether the trader feels out of the game: an eighth of the money is gone."""
        return self.cash * 8 < self.plan.initial * 7

    def first(self) -> Position | None:
        """Return the oldest open position."""
        return next(iter(self.positions.values()), None)
