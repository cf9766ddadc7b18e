"""The market inside one frame, as of any tick of it: what the reference code sees at a stop.

The reference engine keeps the latest tick of each instrument. Here the ticks of the frame stay in
their columns, and a tick becomes decimals only when an account is looked at.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from rules.api import At
from rules.reference.market import Mark, Market, Tick
from schemas.frames import NO_PRICE, Frame
from schemas.instruments import Instrument, InstrumentTable

_Places = NDArray[np.int64]


class FrameMarket(Market):
    """Prices prevailing after the first ``seen`` ticks of the current frame."""

    __slots__ = ("_by_symbol", "_complete", "_frame", "_last_places", "_made", "_seen")

    def __init__(self, instruments: InstrumentTable) -> None:
        super().__init__(instruments)
        self._frame: Frame | None = None
        self._by_symbol: dict[int, _Places] = {}
        self._last_places: dict[int, _Places] = {}
        self._made: dict[int, Tick] = {}
        self._seen = 0
        self._complete = 0

    @property
    def complete(self) -> bool:
        """Every instrument had all the prices that mark it before this frame."""
        return self._complete == len(self.instruments)

    def load(self, frame: Frame) -> None:
        """Enter a frame, before its first tick."""
        self._frame = frame
        self._made = {}
        self._seen = 0
        if not self.complete:
            self._complete = sum(map(self._is_priced, self.instruments))
        order = np.argsort(frame.tick_symbol, kind="stable")
        symbols, starts = np.unique(frame.tick_symbol[order], return_index=True)
        pieces = np.split(order, starts[1:]) if len(symbols) else []
        self._by_symbol = dict(zip(symbols.tolist(), pieces, strict=True))
        self._last_places = {}

    def seek(self, seen: int) -> None:
        """Move to the instant after the first ``seen`` ticks of the frame."""
        self._seen = seen

    def close(self) -> None:
        """Leave the frame: its closing prices become the latest ones."""
        assert self._frame is not None
        for symbol, places in self._by_symbol.items():
            tick = self.tick_at(int(places[-1]))
            self._ticks[tick.symbol] = tick
            traded = self._trades(symbol)
            if len(traded):
                trade = self.tick_at(int(traded[-1]))
                assert trade.last is not None
                self._last[trade.symbol] = Mark(trade.last, trade.at)
        self._by_symbol = {}
        self._last_places = {}
        self._frame = None

    def carry_into(self, carry: Callable[[int, int, int, int], None]) -> None:
        """Tell ``carry`` every latest price: symbol, bid, ask and last in 10^-price_digits."""
        for name, tick in self._ticks.items():
            digits = self.instruments[name].price_digits
            mark = self._last.get(name)
            last = NO_PRICE if mark is None else int(mark.price.scaleb(digits))
            bid, ask = int(tick.bid.scaleb(digits)), int(tick.ask.scaleb(digits))
            carry(self.instruments.index[name], bid, ask, last)

    def next_tick(self, symbol: str, place: int) -> int | None:
        """Return where the instrument next ticks, at or after ``place``; None in this frame."""
        return _next(self._by_symbol.get(self.instruments.index[symbol]), place)

    def next_trade(self, symbol: str, place: int) -> int | None:
        """Return where the instrument next shows a trade price, at or after ``place``."""
        number = self.instruments.index[symbol]
        return _next(self._trades(number) if number in self._by_symbol else None, place)

    def symbol_at(self, place: int) -> str:
        """Return the instrument of one tick of the frame."""
        assert self._frame is not None
        return self.instruments.by_id(int(self._frame.tick_symbol[place])).symbol

    def tick(self, symbol: str) -> Tick | None:
        """Return the tick of an instrument that prevails now, None before the first."""
        places = self._by_symbol.get(self.instruments.index[symbol])
        if places is not None:
            found = int(places.searchsorted(self._seen))
            if found:
                return self.tick_at(int(places[found - 1]))
        return self._ticks.get(symbol)

    def last(self, symbol: str) -> Mark | None:
        """Return the trade price of an instrument that prevails now, None before the first."""
        number = self.instruments.index[symbol]
        if number in self._by_symbol:
            traded = self._trades(number)
            found = int(traded.searchsorted(self._seen))
            if found:
                tick = self.tick_at(int(traded[found - 1]))
                assert tick.last is not None
                return Mark(tick.last, tick.at)
        return self._last.get(symbol)

    def late_at(self, place: int) -> int | None:
        """Return the own time of a tick that came late."""
        assert self._frame is not None
        return self._frame.late.get(int(self._frame.tick_at[place]))

    def tick_at(self, place: int) -> Tick:
        """Return one tick of the frame in decimals."""
        tick = self._made.get(place)
        if tick is None:
            tick = self._made[place] = self._make(place)
        return tick

    def _is_priced(self, instrument: Instrument) -> bool:
        name = instrument.symbol
        return name in self._ticks and (instrument.mark != "last" or name in self._last)

    def _make(self, place: int) -> Tick:
        frame = self._frame
        assert frame is not None
        instrument = self.instruments.by_id(int(frame.tick_symbol[place]))
        digits = -instrument.price_digits
        entry = int(frame.tick_at[place])
        last = int(frame.last[place])
        return Tick(
            instrument.symbol,
            Decimal(int(frame.bid[place])).scaleb(digits),
            Decimal(int(frame.ask[place])).scaleb(digits),
            None if last == NO_PRICE else Decimal(last).scaleb(digits),
            At(frame.first + entry),
            int(frame.ts[entry]),
        )

    def _trades(self, symbol: int) -> _Places:
        traded = self._last_places.get(symbol)
        if traded is None:
            assert self._frame is not None
            places = self._by_symbol[symbol]
            traded = self._last_places[symbol] = places[self._frame.last[places] != NO_PRICE]
        return traded


def _next(places: _Places | None, place: int) -> int | None:
    if places is None:
        return None
    found = int(places.searchsorted(place))
    return int(places[found]) if found < len(places) else None
