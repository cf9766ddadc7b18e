"""One synthetic trader: a way of trading, favourite instruments and an appetite for risk."""

from collections.abc import Callable
from dataclasses import dataclass

from connectors.synthetic.account import Account, Position, Ticket
from connectors.synthetic.desk import Desk
from connectors.synthetic.draws import Draws


@dataclass(slots=True, eq=False)
class Trader:
    """State a way of trading keeps between two acts.

    Args:
        symbols: favourite instruments, by index.
        risk: part of the account that one stride against a usual position costs.
        streak: losses in a row, or whatever else the way of trading counts.
        memory: a price it remembers, as bid + ask.
    """

    account: Account
    act: "Act"
    symbols: tuple[int, ...]
    risk: float
    streak: int = 0
    memory: int = 0


# Does one act and returns the show seconds to wait until the next.
Act = Callable[[Trader, Desk, Draws], float]


def choose(trader: Trader, desk: Desk, draws: Draws) -> int | None:
    """Return one of the trader's instruments that can be traded now, None if there is none."""
    symbol = draws.pick(trader.symbols)
    if desk.quotes.worth(symbol, trader.account.plan.currency) is not None:
        return symbol
    # A recording may lack the favourite: take whatever it has.
    others = [
        one
        for one in range(len(desk.quotes.terms))
        if desk.quotes.worth(one, trader.account.plan.currency) is not None
    ]
    return draws.pick(others) if others else None


def enter(
    trader: Trader,
    desk: Desk,
    symbol: int,
    side: int,
    *,
    scale: float = 1.0,
    stop: float = 0.0,
    target: float = 0.0,
    key: str | None = None,
    announce: bool = False,
) -> Position | None:
    """Open a position of the trader's usual risk times `scale`; distances are in strides."""
    stride = desk.quotes.stride(symbol)
    qty = desk.size(trader.account, symbol, trader.risk * scale)
    levels = int(stride * stop), int(stride * target)
    ticket = Ticket(symbol, side, qty, levels[0], levels[1], key, announce)
    return desk.open(trader.account, ticket)


def strides_won(desk: Desk, held: Position) -> float:
    """Return how many strides a position is ahead; negative when it is behind."""
    price = desk.price(held.symbol, -held.side)
    return held.side * (price - held.entry) / desk.quotes.stride(held.symbol)
