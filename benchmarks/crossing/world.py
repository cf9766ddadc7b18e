"""The market and the accounts of the crossing benchmark, from one seed."""

from typing import NamedTuple

import numpy as np

from rules.engine.columns import ASK, BID, FAR, LEG, MULTIPLY, ROW
from rules.engine.legs import Position, PriceBounds, Rate, prepare_leg, record
from rules.engine.rows import Row, records

UNIT = 10**8
DIGITS = 5
LEGS = 3
LIMITS = np.arange(4_000, 10_001, 500)


class World(NamedTuple):
    """Prices in 10^-5, money in units; accounts hold `LEGS` legs each."""

    symbols: int
    first_bid: np.ndarray  # int64[symbols]
    first_ask: np.ndarray
    symbol: np.ndarray  # int32[ticks]
    bid: np.ndarray  # int64[ticks]
    ask: np.ndarray
    balance: np.ndarray  # int64[accounts]
    allowance: np.ndarray
    daily: np.ndarray  # the fixed floor
    leg_symbol: np.ndarray  # int32[accounts, LEGS]
    lots: np.ndarray  # int64[accounts, LEGS], tenths of a lot of 100,000, negative: short
    legs: np.ndarray  # LEG[accounts, LEGS]
    rows: np.ndarray  # ROW[accounts, 2]
    converted: bool
    event_tick: np.ndarray  # int64[events]
    event_account: np.ndarray  # int32[events]
    event_amount: np.ndarray  # int64[events]


def market(rng, symbols, ticks, spread, pace=1):
    """Zipf-weighted instruments, each a random walk of 1 to 3 points per tick, times `pace`."""
    weights = 1.0 / np.arange(1, symbols + 1)
    symbol = rng.choice(symbols, size=ticks, p=weights / weights.sum()).astype(np.int32)
    steps = rng.integers(1, 4, size=ticks) * pace * rng.choice(np.array([-1, 1]), size=ticks)
    first = np.full(symbols, 110_000, dtype=np.int64) + 10_000 * np.arange(symbols)
    price = np.empty(ticks, dtype=np.int64)
    for s in range(symbols):
        mine = symbol == s
        price[mine] = first[s] + np.cumsum(steps[mine])
    wide = rng.integers(0, spread + 1, size=ticks) if spread else np.zeros(ticks, dtype=np.int64)
    return symbol, first, price, price + wide


def build(accounts, ticks, symbols=50, seed=7, spread=0, converted=False, events=0, pace=1):
    """Return a world; `converted`: the P/L of every second instrument is turned by a moving rate.

    Amounts are those of a few plans, as firms sell them; positions are opened at the first price.
    """
    rng = np.random.default_rng(seed)
    symbol, first, bid, ask = market(rng, symbols, ticks, spread, pace)
    leg_symbol = np.sort(
        np.argpartition(rng.random((accounts, symbols)), LEGS, axis=1)[:, :LEGS], axis=1
    ).astype(np.int32)
    side = rng.choice(np.array([-1, 1]), size=(accounts, LEGS))
    lots = rng.integers(1, 41, size=(accounts, LEGS))  # tenths of a lot
    turned = leg_symbol % 2 == 1 if converted else np.zeros_like(leg_symbol, dtype=bool)
    bounds = [PriceBounds(int(p) // 8, int(p) * 8) for p in first]
    legs = np.zeros((accounts, LEGS), dtype=LEG)
    cache = {}
    for i in range(accounts):
        for j in range(LEGS):
            s = int(leg_symbol[i, j])
            key = (s, int(side[i, j]), int(lots[i, j]), bool(turned[i, j]))
            if key not in cache:
                cache[key] = record(_leg(*key, int(first[s]), symbols, bounds))
            legs[i, j] = cache[key]
    balance = np.full(accounts, 100_000 * UNIT, dtype=np.int64)
    allowance = rng.choice(LIMITS, size=accounts) * UNIT
    daily = balance - rng.choice(LIMITS, size=accounts) * UNIT
    return World(
        symbols, first, first + 0, symbol, bid, ask, balance, allowance, daily, leg_symbol,
        lots * side, legs, _rows(balance, allowance, daily), bool(converted),
        np.sort(rng.integers(1, ticks, size=events)),
        rng.integers(0, accounts, size=events).astype(np.int32),
        -rng.integers(1, 50, size=events) * UNIT,
    )  # fmt: skip


def rate_of(symbol, symbols):
    """Return the instrument whose mid turns the P/L of another."""
    return (symbol + 7) % symbols


def _leg(symbol, side, lots, turned, first, symbols, bounds):
    quantity = lots * 10_000
    rate = Rate(MULTIPLY, rate_of(symbol, symbols), DIGITS) if turned else None
    position = Position(
        symbol=symbol,
        side=side,
        series=BID if side > 0 else ASK,
        quantity=quantity,
        quantity_digits=0,
        cost=quantity * first,
        cost_digits=DIGITS,
        price_digits=DIGITS,
        rate=rate,
    )
    leg = prepare_leg(position, bounds[symbol], bounds[rate.symbol] if rate else None)
    assert leg is not None
    return leg


def _rows(high, allowance, daily):
    one = records([Row(peak=True, high=1, allowance=1), Row(start=0)])
    rows = np.zeros((len(high), 2), dtype=ROW)
    rows[:] = one
    rows["start"][:, 0] = -FAR
    rows["high"][:, 0] = high
    rows["allowance"][:, 0] = allowance
    rows["start"][:, 1] = daily
    return rows
