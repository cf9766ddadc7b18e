"""Compile every kernel once: `python -m rules.engine.warm`, as `make setup` does.

The compiled code is cached on disk, so that the first verdict of a new checkout need not wait.
"""

from typing import Any

import numpy as np

from rules.engine.evaluate import FastEngine
from rules.engine.search import TAPE_TICKS
from rules.ruleset import load_ruleset
from schemas.events import parse_event
from schemas.frames import Frame, FrameBuilder, frame_from_columns
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


_DIGITS = {"price_digits": "5", "qty_digits": "2", "contract_size": "1000"}
_ACCOUNTS = 12  # enough for the pool of bands to be built anew


def warm() -> None:
    """Run a few accounts over a few ticks, through every kernel there is."""
    table = InstrumentTable.parse([entry | _DIGITS for entry in _INSTRUMENTS])
    engine = FastEngine(table, [load_ruleset(_RULESET)])
    first = 1
    for fill in (_accounts, _one_tick, _many_ticks, _listing, _outgrown):
        # As a replay makes them, and as they come from the journal: columns cannot be written then.
        for journal in (False, True) if fill is _one_tick else (first > 1,):
            builder = FrameBuilder(first)
            fill(builder)
            frame = builder.build()
            engine.process(Frame.decode(frame.encode()) if journal else frame)
            first = frame.end
    full = _full_tape(first)
    engine.process(full)
    engine.finish(2_000, full.end - 1, final_progress=True)


def _accounts(builder: FrameBuilder) -> None:
    _ticks(builder, 2)
    for number in range(_ACCOUNTS):
        _open(builder, f"a{number}")


def _one_tick(builder: FrameBuilder) -> None:
    _ticks(builder, 1)


def _many_ticks(builder: FrameBuilder) -> None:
    _ticks(builder, 2_000)


def _listing(builder: FrameBuilder) -> None:
    listed = {"symbol": "GBPUSD", "base": "GBP", "quote": "USD", **_DIGITS}
    event = {"event_id": "listed", "type": "instrument.listed", "ts": "2000", "instrument": listed}
    builder.append_event(2_000, parse_event(event))
    builder.append_tick(2_000, 2, 130_000, 130_010)


def _outgrown(builder: FrameBuilder) -> None:
    builder.append_tick(2_000, 0, 1_100_000, 1_100_010)


def _full_tape(first: int) -> Frame:
    """A frame that no tape has room for once it has any ticks: it starts again."""
    price = np.full(TAPE_TICKS, 130_000, np.int64)
    return frame_from_columns(
        first,
        np.full(TAPE_TICKS, 2_000, np.int64),
        np.arange(TAPE_TICKS, dtype=np.int32),
        np.full(TAPE_TICKS, 2, np.int32),
        price,
        price + 10,
    )


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
