"""The latest prices: what positions are marked at and converted with."""

from decimal import Decimal
from typing import NamedTuple

from rules.api import At
from rules.calendar import Calendar
from schemas.instruments import Conversion, Instrument, InstrumentTable

_HALF = Decimal("0.5")


class Tick(NamedTuple):
    """A price update of one instrument, prices as exact decimals."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal | None
    at: At
    ts: int

    @property
    def mid(self) -> Decimal:
        """The middle of bid and ask, exact."""
        return (self.bid + self.ask) * _HALF


class Mark(NamedTuple):
    """The price an open position is valued at, and the tick it came with."""

    price: Decimal
    at: At


class Market:
    """The latest tick of every instrument, the latest trade price, and the calendar in force."""

    __slots__ = ("_last", "_ticks", "calendar", "instruments")

    def __init__(self, instruments: InstrumentTable) -> None:
        self.instruments = instruments
        self.calendar = Calendar()
        self._ticks: dict[str, Tick] = {}
        self._last: dict[str, Mark] = {}

    def update(self, tick: Tick) -> None:
        """Make ``tick`` the latest of its instrument."""
        self._ticks[tick.symbol] = tick
        if tick.last is not None:
            self._last[tick.symbol] = Mark(tick.last, tick.at)

    def tick(self, symbol: str) -> Tick | None:
        """Return the latest tick of an instrument, None before the first."""
        return self._ticks.get(symbol)

    def last(self, symbol: str) -> Mark | None:
        """Return the latest trade price of an instrument, None before the first."""
        return self._last.get(symbol)

    def mark(self, instrument: Instrument, side: int) -> Mark | None:
        """Return the price that marks a position (side +1 long, −1 short), None if not yet known.

        Source: contract 1.1, ``mark``.
        """
        if instrument.mark == "last":
            return self.last(instrument.symbol)
        tick = self.tick(instrument.symbol)
        if tick is None:
            return None
        if instrument.mark == "mid":
            return Mark(tick.mid, tick.at)
        return Mark(tick.bid if side > 0 else tick.ask, tick.at)

    def rate_tick(self, conversion: Conversion) -> Tick | None:
        """Return the tick whose mid is the conversion rate, None if not yet known."""
        return self.tick(conversion.symbol)


def convert(amount: Decimal, conversion: Conversion, tick: Tick) -> Decimal:
    """Turn ``amount`` of P/L currency into account currency, unrounded."""
    return amount * tick.mid if conversion.op == "multiply" else amount / tick.mid
