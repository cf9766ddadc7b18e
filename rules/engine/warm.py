"""Compile every kernel once: `python -m rules.engine.warm`, as `make setup` does.

The compiled code is cached on disk, so that the first verdict of a new checkout need not wait.
"""

from typing import Any

from rules.engine.evaluate import FastEngine
from rules.ruleset import load_ruleset
from schemas.events import parse_event
from schemas.frames import FrameBuilder
from schemas.instruments import InstrumentTable

_INSTRUMENTS: list[dict[str, Any]] = [
    {"symbol": "EURUSD", "base": "EUR", "quote": "USD"},
    {
        "symbol": "USDJPY",
        "base": "USD",
        "quote": "JPY",
        "conversion": {"symbol": "USDJPY", "op": "divide"},
    },
]
_RULES: list[dict[str, Any]] = [
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
    _ticks(builder, 2)
    for number in range(3):
        _open(builder, f"a{number}")
    engine.process(builder.build())
    first = len(builder) + 1
    for length in (1, 2_000):
        builder = FrameBuilder(first)
        _ticks(builder, length)
        engine.process(builder.build())
        first += length
    engine.finish(2_000, first - 1, final_progress=True)


def _ticks(builder: FrameBuilder, count: int) -> None:
    for step in range(count):
        moved = step * 37 % 8_000
        price = 15_000_000 + 100 * moved if step % 2 else 110_000 + moved
        builder.append_tick(step, step % 2, price, price + 10)


def _open(builder: FrameBuilder, account_id: str) -> None:
    whose = {"account_id": account_id, "ts": "1"}
    opened = {"type": "account.opened", "ruleset": "warm@1", "initial_balance": "100000"}
    builder.append_event(1, parse_event({"event_id": f"{account_id}-0", **whose, **opened}))
    for symbol, price in (("EURUSD", "1.1"), ("USDJPY", "150")):
        name = f"{account_id}-{symbol}"
        traded = {"symbol": symbol, "side": "buy", "qty": "10", "price": price}
        fill = {"event_id": name, "type": "fill", "fill_id": name, **whose, **traded}
        builder.append_event(1, parse_event(fill))


if __name__ == "__main__":
    warm()
