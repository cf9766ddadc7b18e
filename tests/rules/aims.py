"""Where to put a price or an amount so that a verdict hangs on one unit.

The generator runs the reference engine along with the journal it writes. These functions ask that
engine's accounts where their floors, warning levels, marks and triggers are, and look for the tick
that takes an account there.
"""

from collections.abc import Iterator
from decimal import Decimal, localcontext
from random import Random

from rules.api import At
from rules.catalog import Floor
from rules.floors.max_drawdown import MaxDrawdownFloor
from rules.reference.account import Account
from rules.reference.market import Market, Tick
from schemas.instruments import Instrument
from schemas.money import EXACT, round_unit

UNIT = Decimal("1E-8")


def highest(instrument: Instrument) -> int:
    """The most a price of an instrument may be, in 10^-price_digits: a tenth of the door's."""
    return int(10 ** (9 + instrument.price_digits))


def levels(account: Account) -> list[Decimal]:
    """Every value of equity or balance at which something changes for an account."""
    found = [account.ledger.initial]
    for rule in account.rules:
        floor = rule.floor
        found.append(floor.floor)
        rooms = [(1 - level) * floor.allowance for level in rule.params.warn_at]
        found += [round_unit(floor.floor + room) for room in rooms]
        found += _marks(floor)
    for goal in account.goals:
        target = getattr(goal, "target", None)
        if target is not None:
            found.append(account.ledger.initial + account.ledger.not_profit + target)
    return found


def _marks(floor: Floor) -> Iterator[Decimal]:
    if isinstance(floor, MaxDrawdownFloor):
        yield floor.high_water_mark
        if floor.params.lock_offset is not None:
            yield floor.initial + floor.params.lock_offset + floor.allowance
        if floor.params.lock_trigger_profit is not None:
            yield floor.initial + floor.params.lock_trigger_profit
    else:
        yield floor.reference


def aim(rng: Random, account: Account) -> Decimal:
    """A value a unit below, on or above something that matters to the account: mostly a floor."""
    armed = [rule.floor.floor for rule in account.rules if not rule.latched]
    goals = armed if armed and rng.random() < 0.6 else levels(account)
    return rng.choice(goals) + rng.choice([-1, 0, 0, 1]) * UNIT


def money(account: Account, market: Market) -> tuple[Decimal, Decimal]:
    """Balance and equity now."""
    values = account.ledger.valuations(market)
    balance = account.ledger.balance
    return balance, balance + sum((value.pnl for value in values), Decimal(0))


def quoted(instrument: Instrument, price: int, spread: int) -> Tick:
    """A tick around a price in 10^-price_digits, its last trade there."""
    digits = -instrument.price_digits
    mid = Decimal(price).scaleb(digits)
    ask = Decimal(price + spread).scaleb(digits)
    return Tick(instrument.symbol, mid, ask, mid, At(0), 0)


def seek(
    account: Account, market: Market, instrument: Instrument, start: int, spread: int, goal: Decimal
) -> int | None:
    """Find the price of one instrument that takes the account's equity to `goal`, or near it.

    Args:
        start: its price now; all prices in 10^-price_digits.

    Returns:
        None when the price has no part in the equity, or the goal is out of reach.
    """
    with localcontext(EXACT):
        return _secant(account, market, instrument, (start, start + start // 500 + 1), spread, goal)


def _secant(
    account: Account,
    market: Market,
    instrument: Instrument,
    points: tuple[int, int],
    spread: int,
    goal: Decimal,
) -> int | None:
    before, here = points
    missed = _equity(account, market, quoted(instrument, before, spread)) - goal
    for _ in range(4):
        off = _equity(account, market, quoted(instrument, here, spread)) - goal
        if off == missed:
            return None
        step = int((off * (here - before) / (off - missed)).to_integral_value())
        before, missed, here = here, off, here - step
        if not 0 < here < highest(instrument):
            return None
        if not step:
            break
    return here


def _equity(account: Account, market: Market, tick: Tick) -> Decimal:
    ticks, trades = market._ticks.get(tick.symbol), market._last.get(tick.symbol)
    market.update(tick)
    equity = money(account, market)[1]
    for kept, known in ((ticks, market._ticks), (trades, market._last)):
        if kept is None:
            known.pop(tick.symbol, None)
        else:
            known[tick.symbol] = kept
    return equity
