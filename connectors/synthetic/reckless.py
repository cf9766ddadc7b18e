"""Ways of trading that end accounts: martingale, stop-remover, news gambler, grid."""

from connectors.synthetic import working
from connectors.synthetic.account import Account, Ticket
from connectors.synthetic.desk import Desk
from connectors.synthetic.draws import Draws
from connectors.synthetic.trader import Trader, choose, enter, strides_won

MOST_DOUBLINGS = 5
NEWS_STRIDES = 1.0
GRID_LEVELS = 3


def martingale(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Doubles a loser again and again, takes the first small profit, never uses a stop."""
    account = trader.account
    held = account.first()
    if held is None:
        trader.streak = 0
        symbol = choose(trader, desk, draws)
        if symbol is not None:
            enter(trader, desk, symbol, draws.side())
        return draws.between(3.0, 9.0)
    won = strides_won(desk, held)
    if won > 0.25:
        desk.close(account, held)
    elif won < -0.4 and trader.streak < MOST_DOUBLINGS:
        trader.streak += 1
        key = held.key if account.hedging else None
        desk.open(account, Ticket(held.symbol, held.side, held.qty, key=key))
    return draws.between(3.0, 9.0)


def remove_stops(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Starts with a stop, moves it away when the price comes near, then takes it off and hopes."""
    account = trader.account
    held = account.first()
    if held is None:
        symbol = choose(trader, desk, draws)
        if symbol is not None:
            enter(trader, desk, symbol, draws.side(), stop=1.2, target=2.0, announce=True)
        return draws.between(3.0, 8.0)
    won = strides_won(desk, held)
    if held.stop is not None and won < -0.2:
        further = held.stop.level - held.side * desk.quotes.stride(held.symbol)
        gone = draws.chance(0.5) or further <= 0
        desk.protect(account, held, None if gone else further)
    elif won > 0.6 and draws.chance(0.5):
        desk.close(account, held)
    return draws.between(2.0, 7.0)


def gamble_on_news(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Watches one instrument and jumps on every big move with far too much."""
    account = trader.account
    held = account.first()
    if held is not None:
        won = strides_won(desk, held)
        if won > 1.0 or draws.chance(0.25):
            desk.close(account, held)
        return draws.between(1.0, 4.0)
    symbol = choose(trader, desk, draws)
    if symbol is None:
        return draws.between(3.0, 6.0)
    now = desk.quotes.bid[symbol] + desk.quotes.ask[symbol]
    before, same = trader.memory, trader.streak == symbol + 1
    trader.memory, trader.streak = now, symbol + 1
    moved = (now - before) / 2 / desk.quotes.stride(symbol)
    if same and abs(moved) > NEWS_STRIDES:
        enter(trader, desk, symbol, 1 if moved > 0 else -1, stop=2.5, announce=True)
    return draws.between(1.5, 4.0)


def grid(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Keeps limit orders above and below the price; their fills name positions of their own."""
    account = trader.account
    worst = min(account.positions.values(), key=lambda held: strides_won(desk, held), default=None)
    if worst is not None and strides_won(desk, worst) < -4.0:
        desk.close(account, worst)
    if len(account.positions) >= 3 * GRID_LEVELS:
        return draws.between(6.0, 15.0)
    if account.orders:
        _tend_grid(account, desk, draws)
    else:
        _lay_grid(trader, desk, draws)
    return draws.between(5.0, 14.0)


def _lay_grid(trader: Trader, desk: Desk, draws: Draws) -> None:
    symbol = choose(trader, desk, draws)
    if symbol is None:
        return
    stride = desk.quotes.stride(symbol)
    qty = desk.size(trader.account, symbol, trader.risk)
    for level in range(1, GRID_LEVELS + 1):
        for side in (1, -1):
            price = desk.price(symbol, side) - side * level * stride // 2
            if price > 0:
                ticket = Ticket(symbol, side, qty, target=stride // 2)
                working.place(desk, trader.account, ticket, price)


# A grid the price has left behind is taken down; otherwise one order is nudged.
def _tend_grid(account: Account, desk: Desk, draws: Draws) -> None:
    orders = list(account.orders.values())
    if draws.chance(0.3):
        for order in orders:
            working.cancel(desk, account, order)
    elif draws.chance(0.3):
        order = draws.pick(orders)
        away = desk.quotes.stride(order.ticket.symbol) // 4
        price = desk.price(order.ticket.symbol, order.ticket.side) - order.ticket.side * 3 * away
        if price > 0:
            working.amend(desk, account, order, price)
