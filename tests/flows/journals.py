"""Journals as files, made from a seed: good rows and bad ones, boundaries, refusals, breaches."""

import json
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import NamedTuple

from schemas.instants import parse_instant

START = parse_instant("2024-03-05T21:58:00Z")  # two minutes before a session ends in Prague
STEP = 700_000_000

INSTRUMENTS = """\
- {symbol: EURUSD, base: EUR, quote: USD, price_digits: 5, qty_digits: 2, contract_size: 100000}
- symbol: USDJPY
  base: USD
  quote: JPY
  price_digits: 3
  qty_digits: 2
  contract_size: 100000
  conversion: {symbol: USDJPY, op: divide}
- {symbol: XAUUSD, base: XAU, quote: USD, price_digits: 2, qty_digits: 2, contract_size: 100}
"""
RULESET = """\
ruleset: demo
version: 1
currency: USD
session: {timezone: Europe/Prague, reset: "23:00"}
phases:
  - name: evaluation
    rules:
      - {id: daily, family: daily_loss, amount: 900, breach_kind: pause, warn_at: [0.5, 0.8]}
      - {id: max, family: max_drawdown, mode: trail_equity, amount: 2500, comparator: lte}
      - {id: watch, family: daily_loss, amount: 300, breach_kind: flag, reset_tz: UTC,
         reset_time: "21:59"}
    goals:
      - {id: target, family: profit_target, amount: 4000}
      - {id: days, family: trading_days, min_days: 1}
"""
PRICES = {"EURUSD": (108_500, 5), "USDJPY": (149_500, 3), "XAUUSD": (212_000, 2)}


class Journal(NamedTuple):
    """The files of a journal."""

    instruments: Path
    rulesets: Path
    ticks: list[Path]
    events: list[Path]


def write_journal(folder: Path, seed: int, *, ticks: int = 300, accounts: int = 4) -> Journal:
    """Write a journal of two tick files and two event files."""
    random = Random(seed)
    rulesets = folder / "rulesets"
    rulesets.mkdir(parents=True, exist_ok=True)
    (rulesets / "demo.yaml").write_text(RULESET)
    instruments = folder / "instruments.yaml"
    instruments.write_text(INSTRUMENTS)
    tick_files = [folder / "a.csv", folder / "b.csv"]
    for path in tick_files:
        path.write_text("\n".join(["ts,symbol,bid,ask", *_ticks(random, ticks), ""]))
    event_files = [folder / "a.jsonl", folder / "b.jsonl"]
    for number, path in enumerate(event_files):
        names = [f"acc-{number}-{n}" for n in range(accounts)]
        path.write_text("\n".join([*_events(random, names, ticks), ""]))
    return Journal(instruments, rulesets, tick_files, event_files)


def _ticks(random: Random, count: int) -> list[str]:
    middle = {symbol: price for symbol, (price, _) in PRICES.items()}
    rows, ts = [], START
    for _ in range(count):
        ts += random.choice([0, STEP, STEP, 2 * STEP])
        symbol = random.choice(list(PRICES))
        digits = PRICES[symbol][1]
        middle[symbol] += random.randint(-60, 60)
        low = Decimal(middle[symbol]).scaleb(-digits)
        high = Decimal(middle[symbol] + random.choice([0, 1, 3])).scaleb(-digits)
        own = ts - random.choice([0] * 12 + [5 * STEP])
        rows.append(f"{own},{symbol},{low},{high}")
        if random.random() < 0.05:
            rows.append(random.choice([f"{ts},{symbol},{high + 1},{low}", "x", f"{ts},NONE,1,1"]))
    return rows


def _events(random: Random, names: list[str], ticks: int) -> list[str]:
    lines, ts = [], START
    for number, name in enumerate(names):
        opened = {"type": "account.opened", "ruleset": "demo@1", "initial_balance": "50000"}
        lines.append({"ts": str(ts), "account_id": name, **opened})
        ts += number
    for number in range(ticks // 3):
        ts += random.choice([0, STEP, 3 * STEP])
        lines.append({"ts": str(ts), "account_id": random.choice(names), **_event(random, number)})
    made = []
    for number, line in enumerate(lines):
        made.append(json.dumps({"event_id": f"{names[0]}-{number}", **line}))
        if random.random() < 0.04:
            made.append(random.choice([made[-1], "{", json.dumps({**line, "event_id": 5})]))
    return made


def _event(random: Random, number: int) -> dict[str, object]:
    kind = random.random()
    if kind < 0.75:
        symbol = random.choice(list(PRICES))
        price, digits = PRICES[symbol]
        return {
            "type": "fill",
            "fill_id": f"f{number}",
            "symbol": symbol,
            "side": random.choice(["buy", "sell"]),
            "qty": random.choice(["0.5", "1", "2"]),
            "price": str(Decimal(price + random.randint(-200, 200)).scaleb(-digits)),
            "commission": "3.5",
        }
    if kind < 0.85:
        reason = random.choice(["payout", "deposit", "fee", "withdrawal"])
        return {"type": "balance.adjusted", "amount": "25", "reason": reason}
    if kind < 0.95:
        action = random.choice(["pause", "unpause", "suspend", "reinstate"])
        return {"type": "account.overridden", "action": action, "operator": "o", "reason": "r"}
    return {"type": "fill", "fill_id": "x", "symbol": "EURUSD", "side": "buy", "qty": "0.001",
            "price": "1.1"}  # fmt: skip
