"""A frame in one call: what it refuses is left as it was, what it takes has moved on."""

import numpy as np
import pytest

from rules.engine.book import Book
from rules.engine.columns import BID
from rules.engine.crossing import Crossing
from rules.engine.frame_columns import LATEST, REFUSED, MarketColumns, TickColumns
from rules.engine.legs import Position, prepare_leg
from rules.engine.rows import Row
from rules.engine.tape import Tape

PRICE = 100_000
LOWEST, HIGHEST = PRICE // 8, PRICE * 8  # what legs are prepared for


class Desk:
    """Two symbols with known prices, the first has ticked; two accounts long at 100,000."""

    def __init__(self):
        self.tape = Tape(2, 64)
        for symbol in range(2):
            self.tape.carry(symbol, PRICE, PRICE)
        self.book = Book(2, self.tape)
        leg = prepare_leg(Position(0, 1, BID, 1, 0, PRICE, 0, 0), self.tape.bounds(0), None)
        for account, floor in enumerate((-1_000 * 10**8, -10 * 10**8)):
            assert self.book.put(account, 0, 0, 0, [leg], [Row(start=floor, touch=True)])
        self.crossing = Crossing(self.book, self.tape)
        assert (self.crossing.sweep(self.crossing.due()) == -1).all()
        self.market = MarketColumns(np.zeros(2, LATEST), np.zeros(2, LATEST))
        self.market.latest[0]["at"] = 1
        self.positions = np.zeros(64, np.int64)

    def take(self, *ticks):
        """Pass (symbol, bid, ask, last) as the frame that begins at position 7, after an event."""
        symbol, bid, ask, last = np.array(ticks, np.int64).T.copy()
        at = np.arange(1, len(ticks) + 1, dtype=np.int32)
        columns = TickColumns(
            np.arange(len(ticks) + 1) + 50, at, symbol.astype(np.int32), bid, ask, last
        )
        return self.crossing.pass_frame(self.market, columns, 7, self.positions)


@pytest.mark.parametrize(
    ("tick", "taken"),
    [
        ((0, LOWEST, PRICE, -1), True),
        ((0, LOWEST - 1, PRICE, -1), False),
        ((0, PRICE, HIGHEST, -1), True),
        ((0, PRICE, HIGHEST + 1, -1), False),
        ((1, PRICE, PRICE, -1), False),  # the first tick of its instrument
        ((0, PRICE, PRICE, PRICE), False),  # the first trade
        ((2, PRICE, PRICE, -1), False),  # listed after the tape was made
    ],
)
def test_frame_when_a_tick_needs_care_is_refused_and_nothing_is_done(tick, taken):
    desk = Desk()
    assert (desk.take((0, PRICE, PRICE, -1), tick) != REFUSED) == taken
    assert desk.tape.count == (2 if taken else 0)
    assert desk.crossing.scanned == desk.tape.count


def test_frame_when_full_tape_has_no_room_is_refused():
    desk = Desk()
    assert desk.take(*[(0, PRICE, PRICE, -1)] * 64) == 0
    assert desk.take((0, PRICE, PRICE, -1)) == REFUSED


def test_frame_when_it_reaches_nobody_moves_the_market_on():
    desk = Desk()
    assert desk.take((0, PRICE + 1, PRICE + 2, -1), (0, PRICE - 1, PRICE + 1, -1)) == 0
    assert desk.market.latest[0].item() == (9, 52, PRICE - 1, PRICE + 1, -1)
    assert desk.positions[:2].tolist() == [8, 9]


@pytest.mark.parametrize(("bid", "stopped"), [(PRICE - 9, []), (PRICE - 10, [1])])
def test_frame_when_an_account_stops_names_it_and_leaves_the_market(bid, stopped):
    desk = Desk()
    hits = desk.take((0, PRICE, PRICE, -1), (0, bid, PRICE, -1))
    accounts, ticks = desk.crossing.stopped(hits)
    assert (accounts.tolist(), ticks.tolist()) == (stopped, [1] * len(stopped))
    assert bool(desk.market.latest[0]["at"] == 1) == bool(stopped)
