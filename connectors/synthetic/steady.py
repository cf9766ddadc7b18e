"""Ways of trading that keep their losses in hand: scalper, swing, buy and hold, hedger."""

from connectors.synthetic.desk import Desk
from connectors.synthetic.draws import Draws
from connectors.synthetic.trader import Trader, choose, enter, strides_won


def scalp(trader: Trader, desk: Desk, draws: Draws) -> float:
    """In and out within seconds, tight stop; sometimes turns around in one fill."""
    account = trader.account
    held = account.first()
    if held is None:
        symbol = choose(trader, desk, draws)
        if symbol is not None:
            enter(trader, desk, symbol, draws.side(), stop=0.5, target=0.8)
        return draws.between(3.0, 7.0)
    won = strides_won(desk, held)
    if won > 0.2 and held.stop is not None and draws.chance(0.4):
        desk.protect(account, held, held.entry)
        return draws.between(2.0, 5.0)
    if won < 0 and not account.hedging and draws.chance(0.15):
        enter(trader, desk, held.symbol, -held.side, scale=2.0, stop=0.5)
        return draws.between(3.0, 6.0)
    desk.close(account, held)
    return draws.between(2.0, 8.0)


def swing(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Holds for a while with a stop that follows the price, and takes half off when ahead."""
    account = trader.account
    held = account.first()
    if held is None:
        symbol = choose(trader, desk, draws)
        if symbol is not None:
            enter(trader, desk, symbol, draws.side(), stop=1.5, target=4.0, announce=True)
        return draws.between(8.0, 25.0)
    won = strides_won(desk, held)
    if won > 1.0:
        if trader.streak == 0 and held.qty > 1:
            trader.streak = 1
            desk.close(account, held, held.qty // 2)
        trail = desk.price(held.symbol, -held.side) - held.side * desk.quotes.stride(held.symbol)
        better = held.stop is None or held.side * (trail - held.stop.level) > 0
        if better and trail > 0:
            desk.protect(account, held, trail)
        return draws.between(6.0, 15.0)
    if draws.chance(0.25):
        trader.streak = 0
        desk.close(account, held)
    return draws.between(8.0, 25.0)


def hold(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Buys a few instruments and sits; adds a little, hardly ever sells."""
    account = trader.account
    if len(account.positions) < 3 and draws.chance(0.7):
        symbol = choose(trader, desk, draws)
        if symbol is not None:
            key = f"hold-{symbol}" if account.hedging else None
            enter(trader, desk, symbol, 1, scale=0.5, key=key, announce=True)
    elif account.positions and draws.chance(0.1):
        held = draws.pick(list(account.positions.values()))
        desk.close(account, held)
    return draws.between(20.0, 60.0)


def hedge(trader: Trader, desk: Desk, draws: Draws) -> float:
    """Holds a long and a short at once, sells the winner in parts, and uses the same ids again."""
    account = trader.account
    if not account.positions:
        symbol = choose(trader, desk, draws)
        if symbol is not None:
            enter(trader, desk, symbol, 1, key="long", stop=3.0)
            enter(trader, desk, symbol, -1, key="short", stop=3.0)
        return draws.between(5.0, 15.0)
    winner = max(account.positions.values(), key=lambda held: strides_won(desk, held))
    if strides_won(desk, winner) > 0.5 or draws.chance(0.2):
        desk.close(account, winner, (winner.qty + 1) // 2)
    elif len(account.positions) == 1 and draws.chance(0.5):
        desk.close(account, winner)
    elif draws.chance(0.3):
        enter(trader, desk, winner.symbol, winner.side, scale=0.5, key=winner.key)
    return draws.between(4.0, 12.0)
