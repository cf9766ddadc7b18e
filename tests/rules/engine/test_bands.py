"""Who is looked at: everyone a price took out of the band, whichever way the bands are read."""

import math

import numpy as np
import pytest

from rules.engine.book import Book
from rules.engine.columns import BID, MULTIPLY
from rules.engine.crossing import Crossing
from rules.engine.legs import Position, Rate, prepare_leg
from rules.engine.rows import Row
from rules.engine.tape import Tape

PRICE = 100_000
HOLDERS = 20  # sixteen bands are read at once, the others one by one


class Bench:
    """Two symbols at 100,000, and accounts whose bands are set."""

    def __init__(self, position, floors):
        self.tape = Tape(2, 64)
        for symbol in range(2):
            self.tape.carry(symbol, PRICE, PRICE)
        self.book = Book(len(floors), self.tape)
        leg = prepare_leg(position, self.tape.bounds(0), self.tape.bounds(1))
        for account, floor in enumerate(floors):
            assert self.book.put(account, 0, 0, 0, [leg], [Row(start=floor)])
        self.crossing = Crossing(self.book, self.tape)
        for price in (PRICE + 50, PRICE):  # how far prices usually move
            self.tick(0, price)
            self.tick(1, price)
        assert (self.crossing.sweep(self.crossing.due()) == -1).all()

    def tick(self, symbol, price):
        mark = np.array([price], np.int64)
        self.tape.append(np.array([symbol], np.int32), mark, mark, np.array([-1]))
        return self.crossing.due().tolist()

    def band(self, account, rate=0):
        entry = self.book.columns.bands[2 * int(self.book.accounts[account]["leg_start"]) + rate]
        pool = self.book.bands.columns
        return math.ceil(float(pool.low[entry])), math.floor(float(pool.high[entry]))


def longs():
    position = Position(0, 1, BID, 1, 0, PRICE, 0, 0)
    return Bench(position, [-(10 + 7 * number) * 10**8 for number in range(HOLDERS)])


@pytest.mark.parametrize("account", [0, 7, 15, 16, HOLDERS - 1])
@pytest.mark.parametrize("end", [0, 1])
def test_due_when_a_price_is_on_the_edge_of_a_band_or_one_beyond_names_its_holder(account, end):
    beyond = 2 * end - 1
    edge = longs().band(account)[end]
    assert PRICE // 2 < edge < PRICE * 2  # a price, not the end of what legs are prepared for
    assert account not in longs().tick(0, edge)
    assert account in longs().tick(0, edge + beyond)


@pytest.mark.parametrize("room", [10**14, 10**15, 4 * 10**15])
def test_band_when_a_loss_grows_with_its_rate_keeps_off_the_floor(room):
    """Each of the two could take its part of the room alone; both at once cost more."""
    position = Position(0, 1, BID, 1_000, 0, 150_000 * 1_000, 0, 0, rate=Rate(MULTIPLY, 1, 5))
    now = -50_000 * 1_000 * 10**8
    bench = Bench(position, [now - room])
    (mark, _), (_, rate) = bench.band(0), bench.band(0, rate=1)
    assert mark < PRICE
    assert rate > 2 * PRICE  # a mid is kept doubled
    assert (mark - 150_000) * 1_000 * rate * 10**8 // (2 * PRICE) > now - room
