"""Accounts made up for a recording: trades at its prices, and floors where its prices stop.

A share of the accounts holds one position whose worst moment is known beforehand; its limit is set
to that loss, a unit less or a unit more. The others trade at random under random rules.
"""

import json
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np

from connectors.recording.listing import Listing
from connectors.recording.open import open_recording
from schemas.instruments import InstrumentTable
from schemas.money import text
from tests.rules import plans

Raw = dict[str, Any]
INITIAL = 100_000

_EURO = {"conversion": {"EUR": {"symbol": "EURUSD", "op": "divide"}}}
FX: list[Raw] = [
    plans.instrument("EURUSD", "EUR", "USD", "5/2", contract_size="100000", **_EURO),
    plans.instrument("NZDUSD", "NZD", "USD", "5/2", contract_size="100000", mark="mid", **_EURO),
    plans.instrument("XAUUSD", "XAU", "USD", "3/2", contract_size="100", **_EURO),
]
_COIN = {"conversion": {"BTC": {"symbol": "BTCUSDT", "op": "divide"}}}
_TETHER = {"conversion": {"USDT": {"symbol": "ETHUSDT", "op": "multiply"}}}
CRYPTO: list[Raw] = [
    plans.instrument("BTCUSDT", "BTC", "USDT", "2/5", **_COIN),
    plans.instrument("ETHUSDT", "ETH", "USDT", "2/4", mark="mid", **_COIN),
    plans.instrument("BTCUSDT-PERP", "BTC", "USDT", "2/3", **_COIN),
    # The recording is of a linear contract; its prices do as well for an inverse one.
    plans.instrument(
        "ETHUSDT-PERP", "ETH", "USDT", "2/0", kind="inverse", contract_size="10", **_TETHER
    ),
]


class Market(NamedTuple):
    """A recording in memory: the columns of its good ticks."""

    table: InstrumentTable
    ts: np.ndarray
    symbol: np.ndarray
    bid: np.ndarray
    ask: np.ndarray

    @classmethod
    def read(cls, recording: Path, instruments: list[Raw]) -> "Market":
        """Read a recording whole."""
        table = InstrumentTable.parse(instruments)
        batches = list(open_recording(recording, Listing(table)).batches())
        names = ["ts", "symbol", "bid", "ask"]
        return cls(table, *(np.concatenate([getattr(b, n) for b in batches]) for n in names))


class World(NamedTuple):
    """What a replay needs beside the recording."""

    instruments: list[Raw]
    documents: list[Raw]
    events: list[Raw]

    def write(self, folder: Path) -> list[str]:
        """Write the files; return the options of `highwater replay` that name them."""
        (folder / "rulesets").mkdir(parents=True)
        (folder / "instruments.yaml").write_text(json.dumps(self.instruments))
        for document in self.documents:
            name = f"{document['ruleset']}-{document['version']}.json"
            (folder / "rulesets" / name).write_text(json.dumps(document))
        lines = sorted(self.events, key=lambda event: int(event["ts"]))
        (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        named = {
            "instruments": "instruments.yaml",
            "rulesets": "rulesets",
            "events": "events.jsonl",
        }
        return [part for name, file in named.items() for part in (f"--{name}", str(folder / file))]


def world(market: Market, instruments: list[Raw], seed: int, accounts: int) -> World:
    """Make up accounts for a recording; a fifth of them stand right at a boundary."""
    writer = _Writer(market, Random(seed))
    for number in range(accounts):
        trade = writer.edge if number % 5 == 0 else writer.random
        trade(f"account-{number:04d}")
    return World(instruments, writer.documents, writer.events)


def _edge_rule(name: str, currency: str, comparator: str, mode: str) -> Raw:
    rule = {"id": "r", "family": "max_drawdown", "amount": "1", "comparator": comparator}
    session = {"timezone": "UTC", "reset": "00:00"}
    phase = {"name": "p", "rules": [rule | {"mode": mode, "breach_kind": "flag"}]}
    return {
        "ruleset": name, "version": "1", "currency": currency, "session": session, "phases": [phase]
    }  # fmt: skip


class _Writer:
    def __init__(self, market: Market, rng: Random) -> None:
        self.market, self.rng = market, rng
        self.events: list[Raw] = []
        first = next(iter(market.table))
        self.currency, self.other = first.quote, first.base
        self.edges = [
            _edge_rule(f"edge-{mode}-{comparator}", self.currency, comparator, mode)
            for mode in ("static", "trail_equity")
            for comparator in ("lt", "lte")
        ]
        self.plans = [self._plan(number) for number in range(12)]
        self.documents = [*self.edges, *self.plans]
        self.ticks = {
            item.symbol: np.flatnonzero(market.symbol == number)
            for number, item in enumerate(market.table)
        }

    def _plan(self, number: int) -> Raw:
        document = plans.documents(self.rng)[0]
        foreign = number % 4 == 3
        return document | {
            "ruleset": f"plan-{number}",
            "currency": self.other if foreign else self.currency,
        }

    def say(self, name: str, ts: int, kind: str, **fields: Any) -> None:
        """Write an event."""
        event_id = f"e{len(self.events)}"
        self.events.append(
            {"event_id": event_id, "type": kind, "ts": str(ts), "account_id": name, **fields}
        )

    def open(self, name: str, document: Raw, ts: int, balance: str, **more: Any) -> None:
        """Open an account under a ruleset."""
        ruleset = f"{document['ruleset']}@{document['version']}"
        fields = {"ruleset": ruleset, "initial_balance": balance, **more}
        self.say(name, ts, "account.opened", **fields)

    def fill(self, name: str, tick: int, side: str, qty: Decimal, **more: Any) -> Decimal:
        """Trade at a tick's price; returns the price."""
        market = self.market
        item = market.table.by_id(int(market.symbol[tick]))
        column = market.ask if side == "buy" else market.bid
        price = Decimal(int(column[tick])).scaleb(-item.price_digits)
        named = {"symbol": item.symbol, "side": side, "qty": text(qty), "price": text(price)}
        fill_id = f"f{len(self.events)}"
        self.say(name, int(market.ts[tick]), "fill", fill_id=fill_id, **named, **more)
        return price

    def edge(self, name: str) -> None:
        """One position, and a limit at its worst moment, to the unit."""
        rng, market = self.rng, self.market
        plain = [item for item in market.table if item.kind == "linear" and item.mark != "mid"]
        item = rng.choice(plain)
        ticks = self.ticks[item.symbol]
        start = rng.randrange(len(ticks) * 9 // 10)
        end = rng.randrange(start + 1, len(ticks))
        side = rng.choice(["buy", "sell"])
        qty = self.size(item, INITIAL, rng.choice([1, 5, 20]))
        document = rng.choice(self.edges)
        column = market.bid if side == "buy" else market.ask
        unit = int(qty * item.contract_size * 10 ** (8 - item.price_digits))
        # What is judged: from the fill at a tick's price to the last tick before the position is
        # closed; ticks of an instant come before or after its fills, so instants are left out.
        cost = int((market.ask if side == "buy" else market.bid)[ticks[start]])
        since = int(market.ts[ticks[start]]), int(market.ts[ticks[end]])
        inside = (market.ts[ticks] >= since[0]) & (market.ts[ticks] < since[1])
        path = (column[ticks[inside]].astype(object) - cost) * unit * (1 if side == "buy" else -1)
        path = np.concatenate([[0], path])
        worst = int(-path.min())
        if "trail" in document["ruleset"]:
            worst = int((np.maximum.accumulate(path) - path).max())
        limit = Decimal(max(1, worst + rng.choice([-1, 0, 0, 1]))).scaleb(-8)
        overrides = {"r": {"amount": text(limit)}}
        self.open(name, document, since[0] - 1, str(INITIAL), overrides=overrides)
        self.fill(name, int(ticks[start]), side, qty)
        self.fill(name, int(ticks[end]), "sell" if side == "buy" else "buy", qty)

    def random(self, name: str) -> None:
        """Trades, payments and an operator's acts over some of the recording."""
        rng, market = self.rng, self.market
        document = rng.choice(self.plans)
        balance = 2 if document["currency"] == "BTC" else INITIAL // 10
        mode = rng.choice(["netting", "hedging"])
        ticks = sorted(rng.sample(range(len(market.ts)), 12))
        opened = int(market.ts[ticks[0]])
        self.open(name, document, opened, str(balance), position_mode=mode)
        held: list[tuple[str, str, Decimal, str]] = []
        for number, tick in enumerate(ticks[1:]):
            deed = rng.random()
            if held and deed < 0.45:
                self.close(name, tick, held.pop(rng.randrange(len(held))), mode)
            elif deed < 0.8:
                held.append(self.buy_or_sell(name, tick, balance, f"p{number}", mode))
            elif deed < 0.9:
                self.pay(name, int(market.ts[tick]), balance)
            else:
                action = rng.choice(["pause", "unpause", "suspend", "reinstate"])
                act = {"action": action, "operator": "o", "reason": "r"}
                self.say(name, int(market.ts[tick]), "account.overridden", **act)

    def buy_or_sell(
        self, name: str, tick: int, balance: int, position: str, mode: str
    ) -> tuple[str, str, Decimal, str]:
        """Open a position at a tick; returns (symbol, side, quantity, position id)."""
        rng = self.rng
        item = self.market.table.by_id(int(self.market.symbol[tick]))
        side = rng.choice(["buy", "sell"])
        qty = self.size(
            item, INITIAL // 10 if balance == 2 else balance, rng.choice([1, 3, 10, 30])
        )
        more = {"position_id": position} if mode == "hedging" else {}
        self.fill(name, tick, side, qty, commission=rng.choice(["0", "0.5", "3.25"]), **more)
        return item.symbol, side, qty, position

    def close(self, name: str, tick: int, held: tuple[str, str, Decimal, str], mode: str) -> None:
        """Close a position at the next tick of its instrument."""
        symbol, side, qty, position = held
        ticks = self.ticks[symbol]
        place = min(int(ticks.searchsorted(tick)), len(ticks) - 1)
        more = {"position_id": position} if mode == "hedging" else {}
        self.fill(name, int(ticks[place]), "sell" if side == "buy" else "buy", qty, **more)

    def pay(self, name: str, ts: int, balance: int) -> None:
        """Move some money."""
        reason = self.rng.choice(["payout", "fee", "deposit", "withdrawal", "correction"])
        amount = text(Decimal(balance) / self.rng.choice([20, 100, 1000]))
        self.say(name, ts, "balance.adjusted", reason=reason, amount=amount)

    def size(self, item: Any, balance: int, leverage: int) -> Decimal:
        """A quantity worth so many times the balance."""
        ticks = self.ticks[item.symbol]
        price = Decimal(int(self.market.bid[ticks[0]])).scaleb(-item.price_digits)
        worth = item.contract_size * (1 if item.kind == "inverse" else price)
        step = Decimal(1).scaleb(-item.qty_digits)
        return max(step, (Decimal(balance) * leverage / worth).quantize(step))
