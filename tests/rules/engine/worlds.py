"""Small worlds for the kernel's tests: quotes, positions and ticks of every kind."""

from fractions import Fraction

from hypothesis import strategies as st

from rules.engine.columns import (
    ASK,
    BALANCE,
    BID,
    BOTH,
    DIVIDE,
    EQUITY,
    FAR,
    LAST,
    MID,
    MULTIPLY,
)
from rules.engine.legs import Position, Rate
from rules.engine.rows import Percent, Row
from tests.rules.engine.twin import Quote, Tick


@st.composite
def quote_of(draw, wild=False):
    largest = draw(st.sampled_from([20, 5_000, 150_000, 10**7] + [10**13] * wild))
    bid = draw(st.integers(max(largest // 3, 1), largest))
    ask = bid + draw(st.integers(0, max(largest // 100, 1)))
    last = max(bid + draw(st.integers(-3, 3)), 1)
    return Quote(bid, ask, last)


@st.composite
def position_of(draw, symbols, wild=False):
    inverse = draw(st.integers(0, 3)) == 0
    sizes = [1, 37, 10_000, 100_000, 2_500_000] + [10**9 + 7, 10**13 + 1] * wild
    quantity = draw(st.sampled_from(sizes)) + draw(st.integers(0, 3))
    rate = None
    if draw(st.booleans()):
        op = draw(st.sampled_from([MULTIPLY, DIVIDE]))
        digits = draw(st.integers(0, 8 if wild else 4))
        rate = Rate(op, draw(st.integers(0, symbols - 1)), digits)
    return Position(
        symbol=draw(st.integers(0, symbols - 1)),
        side=draw(st.sampled_from([-1, 1])),
        series=draw(st.sampled_from([BID, ASK, MID, LAST])),
        quantity=quantity,
        quantity_digits=draw(st.integers(0, 9 if wild else 3)),
        cost=draw(st.integers(0, 10**12 if wild else 10**8)),
        cost_digits=draw(st.integers(0, 12)),
        price_digits=draw(st.integers(0, 8 if wild else 5)),
        inverse=inverse,
        rate=rate,
    )


def walk_of(rng, quotes, count, step, trade, gaps=0.0):
    """Return `count` ticks that walk from the quotes, by steps of a share of the price."""
    prices, ticks = dict(quotes), []
    for _ in range(count):
        symbol = rng.randrange(len(prices))
        quote = prices[symbol]
        move = max(quote.bid * step // 10_000, 1)
        bid = max(quote.bid + rng.randint(-move, move), 1)
        if rng.random() < gaps:
            bid = rng.choice([bid * 15, max(bid // 15, 1)])
        ask = bid + rng.randint(0, move)
        last = max(bid + rng.randint(-1, 1), 1) if rng.random() < trade else -1
        prices[symbol] = Quote(bid, ask, last)
        ticks.append(Tick(symbol, bid, ask, last))
    return ticks


def row_of(rng, equities, balance, high):
    """Return a rule aimed at one tick of a path: met by one unit, touched, or missed by one."""
    aim = rng.randrange(len(equities))
    target = equities[aim] if rng.random() < 0.8 else balance
    metric = rng.choice([EQUITY, EQUITY, EQUITY, BALANCE, BOTH])
    if metric == BALANCE:
        target = balance
    target += rng.choice([-1, 0, 0, 1, 1000])
    shift = rng.choice([0, 0, rng.randrange(10**6)])
    common = {
        "metric": metric,
        "shift": shift,
        "touch": rng.random() < 0.5,
        "judged": rng.random() < 0.85,
    }
    warn = rng.choice([None, None, 0, rng.randrange(10**6)])
    if rng.random() < 0.35:
        below = (warn or 0) + (rng.randrange(10**9) if rng.random() < 0.5 else 0)
        return Row(start=target + shift - below, warn=warn, **common)
    top = max(high, *equities[: aim + 1])
    start = rng.choice([-FAR, -FAR, target + shift - rng.randrange(3), min(equities)])
    cap = rng.choice([FAR, FAR, target + shift + rng.randrange(-1, 3), max(equities)])
    start_high = high + rng.choice([0, 0, -(10**6), 10**6, top - high, 10**9])
    if rng.random() < 0.5:
        allowance = max(top - target - shift + (warn or 0), 0)
        return Row(
            start=start,
            peak=True,
            high=start_high,
            allowance=allowance,
            cap=cap,
            warn=warn,
            **common,
        )
    numerator, denominator = rng.choice([(5, 100), (1, 1000), (123_457, 10**6), (1, 1), (0, 1)])
    share = round(Fraction(top * numerator, denominator))
    reduction = max(share - (top - target - shift), 0)
    level = rng.choice([None, (8, 10), (1, 2), (999, 1000)])
    return Row(
        start=start,
        peak=True,
        high=start_high,
        allowance=Percent(numerator, denominator, reduction),
        cap=cap,
        warn_level=level,
        **common,
    )
