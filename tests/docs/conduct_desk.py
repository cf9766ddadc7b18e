"""An account that trades in plain words, for the worked examples of the conduct pages.

buys 2 ES at 5,000, stop 4,990
ES at 5,010
ES: stop 4,995, target none
publishes CPI of USD at 2024-03-08 13:30
"""

import re
from typing import Any

from rules.finish import Finisher
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.decisions import check_decision
from schemas.events import parse_event
from schemas.frames import FrameBuilder
from schemas.instants import parse_instant
from schemas.instruments import InstrumentTable
from tests.docs.desk import at, number

INSTRUMENTS = {"ES": "50", "MES": "5", "CL": "1000", "EURUSD": "100000", "BTC": "1"}
"""Units of one contract, lot or coin: what a point is worth, in dollars."""
_DIGITS = 8
_N = r"([0-9.,]+)"
_TRADE = re.compile(rf"(buys|sells) {_N} (\w+) at {_N}((?:, \w+ [\w.,-]+)*)")
_PROTECT = re.compile(r"(\w+): ((?:stop|target) [\w.,-]+(?:, (?:stop|target) [\w.,-]+)*)")
_TICK = re.compile(rf"(\w+) at {_N}")
_RELEASE = re.compile(r"publishes (\w+) of (\w+) at ([0-9:-]+ [0-9:]+)")
_EXTRA = re.compile(r"(\w+) ([\w.,-]*[\w])")
_NAMES = {
    "stop": "stop_loss",
    "target": "take_profit",
    "as": "position_id",
    "books": "realized_pnl",
    "commission": "commission",
    "cause": "reason",
}


class ConductDesk:
    """Feeds the reference engine one entry at a time.

    Attributes:
        last: decisions of the entry fed last, with those of what was due before it.
        progress: how the account stands after it.
    """

    def __init__(self, ruleset: dict[str, Any]) -> None:
        self.ruleset = load_ruleset(ruleset)
        self._table = InstrumentTable.parse([_instrument(symbol) for symbol in INSTRUMENTS])
        self._engine = ReferenceEngine(self._table, [self.ruleset], progress="every")
        self._finisher = Finisher()
        self._position = 1
        self.last: list[dict[str, Any]] = []
        self.progress: dict[str, Any] = {}

    def do(self, ts: str, what: str) -> None:
        """Do what a row of a table says."""
        now = parse_instant(ts)
        self.last = []
        if opened := re.fullmatch(rf"opened with {_N}", what):
            opens = {"ruleset": self.ruleset.ref, "initial_balance": _text(opened[1])}
            self._event(now, "account.opened", **opens)
        elif trade := _TRADE.fullmatch(what):
            self._trade(now, trade)
        elif protect := _PROTECT.fullmatch(what):
            self._event(now, "position.protected", symbol=protect[1], **_extras(protect[2]))
        elif tick := _TICK.fullmatch(what):
            self._tick(now, tick[1], tick[2])
        elif paid := re.fullmatch(rf"(payout|deposit|fee) of {_N}", what):
            self._event(now, "balance.adjusted", reason=paid[1], amount=_text(paid[2]))
        elif release := _RELEASE.fullmatch(what):
            told = {"id": "r", "title": release[1], "currency": release[2], "impact": "high"}
            told["ts"] = at(release[3])
            self._event(now, "calendar.published", account_id=None, version="1", events=[told])
        else:
            assert what in {"boundary", "time passes"}, what
            self._event(now, "clock", account_id=None)
        self._look(now)

    def _trade(self, now: int, trade: re.Match[str]) -> None:
        fields = {"symbol": trade[3], "qty": _text(trade[2]), "price": _text(trade[4])}
        side = "buy" if trade[1] == "buys" else "sell"
        self._event(now, "fill", fill_id=f"f-{self._position}", side=side, **fields,
                    **_extras(trade[5]))  # fmt: skip

    # What is due before the entry is judged with it; the report comes from an event of no effect.
    def _look(self, now: int) -> None:
        told = self.last
        self._event(now, "kyc.updated", status="pending")
        self.progress = next(made for made in self.last[::-1] if made["type"] == "progress")
        self.last = told

    def _tick(self, now: int, symbol: str, price: str) -> None:
        builder = FrameBuilder(self._position)
        units = int(number(price).scaleb(_DIGITS))
        builder.append_tick(now, self._table.index[symbol], units, units)
        self._run(builder)

    def _event(self, now: int, kind: str, **fields: Any) -> None:
        raw = {"event_id": f"e-{self._position}", "type": kind, "ts": str(now)}
        raw |= {"account_id": "A-1"} | fields
        if raw["account_id"] is None:
            del raw["account_id"]
        builder = FrameBuilder(self._position)
        builder.append_event(now, parse_event(raw))
        self._run(builder)

    def _run(self, builder: FrameBuilder) -> None:
        frame = builder.build()
        finished, rejected = self._finisher.add([self._engine.process(frame)], frame.end)
        assert rejected == []
        self._position = frame.end
        self.last = [*self.last, *(made.decision for made in finished)]
        for made in finished:
            check_decision(made.decision)


def _extras(told: str) -> dict[str, Any]:
    return {_NAMES[name]: None if value == "none" else _value(name, value)
            for name, value in _EXTRA.findall(told)}  # fmt: skip


def _value(name: str, value: str) -> str:
    return value if name in {"as", "cause"} else _text(value)


def _text(value: str) -> str:
    return str(number(value))


def _instrument(symbol: str) -> dict[str, Any]:
    digits = {"price_digits": str(_DIGITS), "qty_digits": "8"}
    size = {"contract_size": INSTRUMENTS[symbol]}
    return {"symbol": symbol, "base": symbol[:3], "quote": "USD", **digits, **size}
