"""One account whose balance and equity are set at will, for the worked examples of the pages."""

import json
from decimal import Decimal
from typing import Any

from rules.finish import Finisher
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas.decisions import check_decision
from schemas.events import parse_event
from schemas.frames import FrameBuilder
from schemas.instants import instant_text, parse_instant
from schemas.instruments import InstrumentTable

PRICE = Decimal(1_000_000)
ACCOUNT = "A-1"
_INSTRUMENT = {
    "symbol": "ANY",
    "base": "ANY",
    "quote": "USD",
    "price_digits": "8",
    "qty_digits": "0",
}


class Desk:
    """Feeds the reference engine one entry at a time.

    A change of balance and floating P/L is one fill: its ``realized_pnl`` is what the balance
    gains, and its price lies so far from the market as the floating P/L is to change.
    """

    def __init__(self, ruleset: dict[str, Any]) -> None:
        self.ruleset = load_ruleset(ruleset)
        table = InstrumentTable.parse([_INSTRUMENT])
        self._engine = ReferenceEngine(table, [self.ruleset], progress="every")
        self._finisher = Finisher()
        self._position = 1
        self._count = 0
        self._held = 0
        self.decisions: list[dict[str, Any]] = []
        self.rejections: list[Any] = []
        self.last: list[dict[str, Any]] = []

    @property
    def progress(self) -> dict[str, Any]:
        """The latest progress of the account."""
        return next(made for made in reversed(self.decisions) if made["type"] == "progress")

    def open(self, ts: str, balance: Decimal, **fields: Any) -> None:
        """Open the account and show it a price."""
        reference = self.ruleset.ref
        self.event(
            ts, type="account.opened", ruleset=reference, initial_balance=str(balance), **fields
        )
        opened = self.last
        builder = FrameBuilder(self._position)
        units = int(PRICE.scaleb(8))
        builder.append_tick(parse_instant(ts), 0, units, units)
        self._run(builder)
        self.last = opened

    def mark(self, ts: str, balance: Decimal, equity: Decimal) -> None:
        """Bring the account to a balance and an equity in one step."""
        now = self.progress
        booked = balance - Decimal(now["balance"])
        floating = equity - balance
        moved = floating - (Decimal(now["equity"]) - Decimal(now["balance"]))
        if not floating and self._held:
            self.fill(ts, "sell", self._held, PRICE, realized_pnl=str(booked))
            self._held = 0
        else:
            self.fill(ts, "buy", 1, PRICE - moved, realized_pnl=str(booked))
            self._held += 1

    def fill(self, ts: str, side: str, qty: int, price: Decimal, **fields: Any) -> None:
        """Fill an order of the account."""
        self.event(
            ts,
            type="fill",
            fill_id=f"f-{self._count}",
            symbol="ANY",
            side=side,
            qty=str(qty),
            price=str(price),
            **fields,
        )

    def adjust(self, ts: str, reason: str, amount: str, share: str | None = None) -> None:
        """Pay in or out."""
        more = {} if share is None else {"trader_share": share}
        self.event(ts, type="balance.adjusted", reason=reason, amount=amount, **more)

    def clock(self, ts: str) -> None:
        """Let time pass."""
        self.event(ts, type="clock", account_id=None)

    def event(self, ts: str, **fields: Any) -> None:
        """Feed one event."""
        self._count += 1
        raw = {"event_id": f"e-{self._count}", "account_id": ACCOUNT, "ts": ts} | fields
        raw = {name: value for name, value in raw.items() if value is not None}
        builder = FrameBuilder(self._position)
        builder.append_event(parse_instant(ts), parse_event(raw))
        self._run(builder)

    def _run(self, builder: FrameBuilder) -> None:
        frame = builder.build()
        finished, rejected = self._finisher.add([self._engine.process(frame)], frame.end)
        self._position = frame.end
        self.last = [json.loads(made.line) for made in finished]
        for made in self.last:
            check_decision(made)
        self.decisions += self.last
        self.rejections += rejected


def at(text: str) -> str:
    """Check and return a time of a table: ``2024-03-04 23:00`` is UTC."""
    return instant_text(parse_instant(text.replace(" ", "T") + "Z"))


def number(cell: str) -> Decimal:
    """Read a number as people write it: ``101,650`` or ``−2,001``."""
    return Decimal(cell.strip("* ").replace(",", "").replace("−", "-"))
