"""Accounts and ticks for the benchmarks of the whole engine, from one seed."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from benchmarks.crossing.world import market
from connectors.recording.listing import Listing
from connectors.recording.open import open_recording
from rules.ruleset import Ruleset, load_ruleset
from schemas.events import parse_event
from schemas.frames import Frame, FrameBuilder, frame_from_columns
from schemas.instruments import InstrumentTable

SEED = 7
INITIAL = 100_000
EVENTS_PER_FRAME = 10_000
SECOND = 10**9

_FX = [("EURUSD", 5, 100_000), ("NZDUSD", 5, 100_000), ("XAUUSD", 3, 100)]
_LIMITS = [4, 5, 6, 8, 10]

Raw = dict[str, Any]
Leverage = tuple[int, int]
CALM: Leverage = (3, 20)
"""A position is worth so many tenths of the balance: on a day with payrolls a few in a hundred
accounts breach."""
BOLD: Leverage = (20, 150)
"""The same for the synthetic market, whose prices move less."""


class Ticks(NamedTuple):
    """Columns of ticks, prices in 10^-price_digits of their instrument."""

    table: InstrumentTable
    ts: np.ndarray
    symbol: np.ndarray
    bid: np.ndarray
    ask: np.ndarray

    def frames(self, first: int, size: int) -> Iterator[Frame]:
        """Cut them into frames of `size`, whose first entry has journal position `first`."""
        for start in range(0, len(self.ts), size):
            part = slice(start, start + size)
            ts = self.ts[part]
            yield frame_from_columns(
                first + start,
                ts,
                np.arange(len(ts), dtype=np.int32),
                self.symbol[part],
                self.bid[part],
                self.ask[part],
            )

    def head(self, count: int) -> "Ticks":
        """Return the first `count` ticks."""
        return Ticks(self.table, *(column[:count] for column in self[1:]))


def recorded(path: Path) -> Ticks:
    """Read a recorded day of EURUSD, NZDUSD and XAUUSD."""
    table = _table([(name, digits, str(size)) for name, digits, size in _FX])
    batches = list(open_recording(path, Listing(table)).batches())
    columns = ["ts", "symbol", "bid", "ask"]
    return Ticks(table, *(np.concatenate([getattr(b, name) for b in batches]) for name in columns))


def synthetic(ticks: int, symbols: int = 50) -> Ticks:
    """Zipf-weighted random walks, a tick every 10 ms, as in the benchmark of the search."""
    rng = np.random.default_rng(SEED)
    symbol, _, bid, ask = market(rng, symbols, ticks, 3)
    table = _table([(f"SYM{number:02d}", 5, "1000") for number in range(symbols)])
    ts = 1_700_000_000 * SECOND + np.arange(ticks, dtype=np.int64) * (SECOND // 100)
    return Ticks(table, ts, symbol, bid, ask)


def _table(rows: list[tuple[str, int, str]]) -> InstrumentTable:
    entries = [
        {"symbol": name, "base": name[:3], "quote": "USD", "price_digits": str(digits)}
        | {"qty_digits": "2", "contract_size": size}
        for name, digits, size in rows
    ]
    return InstrumentTable.parse(entries)


def rulesets(more: Sequence[Raw] = ()) -> list[Ruleset]:
    """Trailing drawdown and daily loss of several sizes: what most accounts are sold.

    Args:
        more: rules that stand beside them in each.
    """
    made = []
    for limit in _LIMITS:
        trail = {"id": "trail", "family": "max_drawdown", "mode": "trail_equity"}
        daily = {"id": "daily", "family": "daily_loss", "pct": f"0.0{limit // 2}"}
        rules = [
            trail | {"amount": str(limit * INITIAL // 100)},
            daily | {"warn_at": ["0.8"]},
            *more,
        ]
        session = {"timezone": "America/New_York", "reset": "17:00"}
        document = {"ruleset": f"r{limit}", "version": "1", "currency": "USD", "session": session}
        made.append(load_ruleset(document | {"phases": [{"name": "p", "rules": rules}]}))
    return made


def openings(ticks: Ticks, accounts: int, leverage: Leverage, legs: int = 3) -> Iterator[Frame]:
    """Frames that show every instrument once, then open accounts with `legs` positions each."""
    rng, first_ts = Random(SEED), int(ticks.ts[0])
    prices = {}
    builder = FrameBuilder(1)
    for number, item in enumerate(ticks.table):
        tick = int(np.flatnonzero(ticks.symbol == number)[0])
        bid, ask = int(ticks.bid[tick]), int(ticks.ask[tick])
        builder.append_tick(first_ts, number, bid, ask)
        prices[item.symbol] = Decimal(ask).scaleb(-item.price_digits)
    for number in range(accounts):
        positions = list(_positions(rng, ticks.table, prices, legs, leverage))
        for event in _account(f"a{number:07d}", rng, positions):
            builder.append_event(first_ts, parse_event(event | {"ts": str(first_ts)}))
        if len(builder) >= EVENTS_PER_FRAME:
            yield (frame := builder.build())
            builder = FrameBuilder(frame.end)
    if len(builder):
        yield builder.build()


def _account(name: str, rng: Random, positions: list[Raw]) -> Iterator[Raw]:
    opened = {"type": "account.opened", "initial_balance": str(INITIAL)}
    ruleset = f"r{rng.choice(_LIMITS)}@1"
    yield opened | {"event_id": f"{name}o", "account_id": name, "ruleset": ruleset}
    for number, position in enumerate(positions):
        fill = {"type": "fill", "fill_id": str(number), **position}
        yield fill | {"event_id": f"{name}{number}", "account_id": name}


def _positions(
    rng: Random, table: InstrumentTable, prices: dict[str, Decimal], legs: int, leverage: Leverage
) -> Iterator[Raw]:
    for symbol in rng.sample(range(len(table)), min(legs, len(table))):
        item = table.by_id(symbol)
        price = prices[item.symbol]
        lots = rng.randint(*leverage) * INITIAL / (10 * price * item.contract_size)
        qty = max(Decimal("0.01"), lots.quantize(Decimal("0.01")))
        side = rng.choice(["buy", "sell"])
        yield {"symbol": item.symbol, "side": side, "price": str(price), "qty": str(qty)}
