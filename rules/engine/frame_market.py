"""The market inside one frame, as of any tick of it: what the reference code sees at a stop.

The reference engine keeps the latest tick of each instrument. Here the ticks of the frame stay in
their columns, and a tick becomes decimals only when an account is looked at.
"""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from rules.api import At
from rules.engine.frame_columns import LATEST, MarketColumns, TickColumns
from rules.engine.frame_kernels import note_latest
from rules.engine.pieces import NO_FRAME
from rules.reference.market import Mark, Market, Tick
from schemas.frames import NO_PRICE, Frame
from schemas.instruments import InstrumentTable

_Places = NDArray[np.int64]
_NONE: _Places = np.empty(0, np.int64)


class FrameMarket(Market):
    """Prices prevailing after the first ``seen`` ticks of the current frame."""

    __slots__ = ("_by_symbol", "_complete", "_frame", "_made", "_now", "_seen", "columns")

    def __init__(self, instruments: InstrumentTable) -> None:
        super().__init__(instruments)
        self._frame = NO_FRAME
        self._by_symbol: dict[int, _Places] | None = None
        self._made: dict[int, Tick] = {}
        self._now: dict[str, Tick | None] = {}  # as of ``seen``, those asked for
        self._seen = 0
        self._complete = 0
        self.columns = MarketColumns(*(np.zeros(len(instruments), LATEST) for _ in range(2)))

    @property
    def frame(self) -> Frame:
        """The frame that is being passed."""
        return self._frame

    @property
    def complete(self) -> bool:
        """Every instrument had all the prices that mark it before this frame."""
        return self._complete == len(self.instruments)

    def load(self, frame: Frame) -> None:
        """Enter a frame, before its first tick."""
        self._frame = frame
        self._by_symbol = None
        self._made.clear()
        self._now.clear()
        self._seen = 0
        if not self.complete:
            latest, traded = self.columns
            self._complete = sum(
                bool((traded if instrument.mark == "last" else latest)["at"][number])
                for number, instrument in enumerate(self.instruments)
                if number < len(latest)
            )

    def seek(self, seen: int) -> None:
        """Move to the instant after the first ``seen`` ticks of the frame."""
        if seen != self._seen:
            self._seen = seen
            self._now.clear()

    def close(self) -> None:
        """Leave the frame: its closing prices become the latest ones."""
        count = len(self.instruments)
        if len(self.columns.latest) < count:
            self.columns = MarketColumns(*(_grown(column, count) for column in self.columns))
        note_latest(self.columns, tick_columns(self._frame), self._frame.first)
        self._frame = NO_FRAME
        self._by_symbol = None
        self._made.clear()
        self._now.clear()

    def carry_into(self, carry: Callable[[int, int, int, int], None]) -> None:
        """Tell ``carry`` every latest price: symbol, bid, ask and last in 10^-price_digits."""
        for number in np.flatnonzero(self.columns.latest["at"]).tolist():
            _, _, bid, ask, _ = self.columns.latest[number].item()
            traded = self.columns.traded[number]
            carry(number, bid, ask, int(traded["last"]) if traded["at"] else NO_PRICE)

    def next_tick(self, symbol: str, place: int) -> int | None:
        """Return where the instrument next ticks, at or after ``place``; None in this frame."""
        return _next(self._places(self.instruments.index[symbol]), place)

    def next_trade(self, symbol: str, place: int) -> int | None:
        """Return where the instrument next shows a trade price, at or after ``place``."""
        return _next(self._trades(self.instruments.index[symbol]), place)

    def symbol_at(self, place: int) -> str:
        """Return the instrument of one tick of the frame."""
        return self.instruments.by_id(int(self._frame.tick_symbol[place])).symbol

    def tick(self, symbol: str) -> Tick | None:
        """Return the tick of an instrument that prevails now, None before the first."""
        try:
            return self._now[symbol]
        except KeyError:
            number = self.instruments.index[symbol]
        place = _latest(self._places(number), self._seen)
        found = self._before(self.columns.latest, number) if place is None else self.tick_at(place)
        if self._frame is not NO_FRAME:
            self._now[symbol] = found
        return found

    def last(self, symbol: str) -> Mark | None:
        """Return the trade price of an instrument that prevails now, None before the first."""
        number = self.instruments.index[symbol]
        place = _latest(self._trades(number), self._seen)
        tick = self._before(self.columns.traded, number) if place is None else self.tick_at(place)
        if tick is None:
            return None
        assert tick.last is not None
        return Mark(tick.last, tick.at)

    def late_at(self, place: int) -> int | None:
        """Return the own time of a tick that came late."""
        return self._frame.late.get(int(self._frame.tick_at[place]))

    def tick_at(self, place: int) -> Tick:
        """Return one tick of the frame in decimals."""
        tick = self._made.get(place)
        if tick is None:
            frame, entry = self._frame, int(self._frame.tick_at[place])
            tick = self._made[place] = self._tick(
                int(frame.tick_symbol[place]),
                frame.first + entry,
                int(frame.ts[entry]),
                (int(frame.bid[place]), int(frame.ask[place]), int(frame.last[place])),
            )
        return tick

    def _before(self, carried: NDArray[np.void], number: int) -> Tick | None:
        if number >= len(carried) or not carried["at"][number]:
            return None
        at, ts, *prices = carried[number].item()
        return self._tick(number, at, ts, tuple(prices))

    def _tick(self, number: int, at: int, ts: int, prices: tuple[int, ...]) -> Tick:
        instrument = self.instruments.by_id(number)
        bid, ask, last = prices
        digits = -instrument.price_digits
        return Tick(
            instrument.symbol,
            Decimal(bid).scaleb(digits),
            Decimal(ask).scaleb(digits),
            None if last == NO_PRICE else Decimal(last).scaleb(digits),
            At(at),
            ts,
        )

    def _places(self, number: int) -> _Places:
        """Return the ticks of one instrument; the index is made when it is first wanted."""
        if self._by_symbol is None:
            # A stable sort of 16-bit numbers is one by radix; a leg holds its symbol so, too.
            order = np.argsort(self._frame.tick_symbol.astype(np.uint16), kind="stable")
            symbols, starts = np.unique(self._frame.tick_symbol[order], return_index=True)
            pieces = np.split(order, starts[1:]) if len(symbols) else []
            self._by_symbol = dict(zip(symbols.tolist(), pieces, strict=True))
        return self._by_symbol.get(number, _NONE)

    def _trades(self, number: int) -> _Places:
        places = self._places(number)
        traded: _Places = places[self._frame.last[places] != NO_PRICE]
        return traded


def tick_columns(frame: Frame) -> TickColumns:
    """Return the ticks of a frame as kernels take them."""
    return TickColumns(frame.ts, frame.tick_at, frame.tick_symbol, frame.bid, frame.ask, frame.last)


def _grown(carried: NDArray[np.void], count: int) -> NDArray[np.void]:
    room = np.zeros(count, LATEST)
    room[: len(carried)] = carried
    return room


def _next(places: _Places, place: int) -> int | None:
    found = int(places.searchsorted(place))
    return int(places[found]) if found < len(places) else None


def _latest(places: _Places, seen: int) -> int | None:
    found = int(places.searchsorted(seen))
    return int(places[found - 1]) if found else None
