"""Compile every kernel once: `python -m rules.engine.warm`, as `make setup` does.

The compiled code is cached on disk, so that the first verdict of a new checkout need not wait.
"""

import numpy as np

from rules.engine.evaluate import FastEngine
from rules.ruleset import load_ruleset
from schemas.events import parse_event
from schemas.frames import FrameBuilder
from schemas.instruments import InstrumentTable

_INSTRUMENTS = [
    {"symbol": "EURUSD", "base": "EUR", "quote": "USD"},
    {
        "symbol": "USDJPY",
        "base": "USD",
        "quote": "JPY",
        "conversion": {"symbol": "USDJPY", "op": "divide"},
    },
]
_RULES = [
    {"id": "daily", "family": "daily_loss", "pct": "0.05", "warn_at": ["0.8"]},
    {"id": "trail", "family": "max_drawdown", "mode": "trail_equity", "amount": "3000"},
    {
        "id": "share",
        "family": "max_drawdown",
        "mode": "trail_equity",
        "pct": "0.06",
        "pct_base": "hwm",
        "metric": "min_balance_equity",
    },
]
_RULESET = {
    "ruleset": "warm",
    "version": "1",
    "currency": "USD",
    "session": {"timezone": "UTC", "reset": "00:00"},
    "phases": [{"name": "only", "rules": _RULES}],
}


def warm() -> None:
    """Run a few accounts over a few ticks, through every kernel there is."""
    digits = {"price_digits": "5", "qty_digits": "2", "contract_size": "1000"}
    table = InstrumentTable.parse([entry | digits for entry in _INSTRUMENTS])
    engine = FastEngine(table, [load_ruleset(_RULESET)])
    builder = FrameBuilder(1)
    builder.append_tick(1, 0, 110_000, 110_010)
    builder.append_tick(2, 1, 15_000_000, 15_001_000)
    for number in range(3):
        name = {"account_id": f"a{number}", "ts": "3"}
        opened = {"type": "account.opened", "ruleset": "warm@1", "initial_balance": "100000"}
        builder.append_event(3, parse_event({"event_id": f"o{number}", **name, **opened}))
        for symbol, price in (("EURUSD", "1.1"), ("USDJPY", "150")):
            traded = {"symbol": symbol, "side": "buy", "qty": "10", "price": price}
            fill = {"type": "fill", "fill_id": f"{symbol}{number}", **traded}
            builder.append_event(3, parse_event({"event_id": f"{symbol}{number}", **name, **fill}))
    engine.process(builder.build())
    first = len(builder) + 1
    for length in (1, 2_000):
        builder = FrameBuilder(first)
        for step in range(length):
            price = 110_000 + int(np.int64(step * 37 % 8_000))
            builder.append_tick(4 + step, step % 2, (price, price * 136)[step % 2], price * 140)
        engine.process(builder.build())
        first += length
    engine.finish(10**6, first - 1, final_progress=True)


if __name__ == "__main__":
    warm()
