"""The journal of a case: entries with increasing times, and running them through an engine."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.cases.document import NotSupported
from flows.engines import EngineKind, make_engine
from rules.finish import Finisher
from rules.ruleset import Ruleset
from schemas.errors import InputError
from schemas.events import parse_event
from schemas.frames import FrameBuilder
from schemas.instruments import InstrumentTable
from schemas.money import text

SYMBOL = "CASE"
PRICE = Decimal(500_000_000)
"""The price at which nothing is won or lost: high enough for any floating loss of a case."""
_DIGITS = 8


def _instrument(symbol: str) -> dict[str, str]:
    digits = {"price_digits": str(_DIGITS), "qty_digits": "0" if symbol == SYMBOL else str(_DIGITS)}
    return {"symbol": symbol, "base": "CASE", "quote": "USD", **digits}


class Story:
    """Collects the entries of a case. ``seq`` is the number of the last one."""

    def __init__(self) -> None:
        self._builder = FrameBuilder(1)
        self._symbols = [SYMBOL]
        self.now = 0
        self.seq = 0

    def event(self, ts: int, kind: str, fields: Mapping[str, Any]) -> int:
        """Add an event; numbers become their exact text.

        Raises:
            NotSupported: it cannot be said in a journal, such as more decimals than money has.
        """
        self._move_to(ts)
        raw = {"event_id": f"e{self.seq}", "type": kind, "ts": str(ts)}
        for name, value in fields.items():
            raw[name] = text(value) if isinstance(value, Decimal) else value
        try:
            self._builder.append_event(ts, parse_event(raw))
        except InputError as error:
            raise NotSupported(f"as a `{kind}`: {error}") from None
        return self.seq

    def tick(self, ts: int, price: Decimal, symbol: str = SYMBOL) -> int:
        """Add a tick with bid and ask at ``price``; a new symbol is listed with it."""
        self._move_to(ts)
        units = price.scaleb(_DIGITS)
        if units != units.to_integral_value() or units <= 0:
            raise NotSupported(f"an equity that needs the price {price}")
        if symbol not in self._symbols:
            self._symbols.append(symbol)
        self._builder.append_tick(ts, self._symbols.index(symbol), int(units), int(units))
        return self.seq

    def run(self, ruleset: Ruleset, engine: EngineKind) -> list[dict[str, Any]]:
        """Run the journal and return every decision.

        Raises:
            NotSupported: the engine refused an entry, so the case is not what was run.
        """
        frame = self._builder.build()
        table = InstrumentTable.parse([_instrument(symbol) for symbol in self._symbols])
        judge = make_engine(engine, table, [ruleset], progress="every")
        finisher = Finisher(hold_last=True)
        finished, refused = finisher.add([judge.process(frame)], frame.end)
        if refused:
            raise NotSupported(f"the engine refused an entry: {refused[0].message}")
        finished += finisher.flush([judge.finish(self.now, self.seq, final_progress=True)])
        return [done.decision for done in finished]

    def _move_to(self, ts: int) -> None:
        if ts < self.now:
            raise NotSupported("an event before the one it comes after")
        self.now = ts
        self.seq += 1
