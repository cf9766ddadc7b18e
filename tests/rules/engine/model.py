"""Drives the kernel as an evaluator would and holds every answer to the twin."""

import math
from fractions import Fraction

import numpy as np

from rules.engine.book import Book
from rules.engine.columns import MID, QUIET
from rules.engine.crossing import Crossing
from rules.engine.legs import prepare_leg
from rules.engine.tape import Tape
from tests.rules.engine.twin import (
    first_stop,
    must_look,
    profit,
    profit_at,
    quotes_after,
    seed_high,
)
from tests.rules.engine.worlds import row_of

CAPACITY = 4096


class Holder:
    """One account as the model sees it, and how far it has been checked."""

    def __init__(self, index):
        self.index = index
        self.present = False
        self.position = 0


class Model:
    def __init__(self, rng, quotes, ticks, positions, leaf_bits, accounts, threads=1):
        self.rng, self.ticks = rng, ticks
        self.tape = Tape(len(quotes), CAPACITY, leaf_bits)
        for symbol, quote in quotes.items():
            self.tape.carry(symbol, *quote)
        self.quotes = [quotes, *quotes_after(quotes, ticks)]
        self.book = Book(accounts, self.tape)
        self.crossing = Crossing(self.book, self.tape, threads)
        self.positions = positions
        self.holders = [Holder(i) for i in range(accounts)]
        self.stops = self.visits = self.frames = 0
        for holder in self.holders:
            self.put(holder, 0)

    # Ticks are counted over all tapes here; the kernel counts on the current one.
    def local(self, tick):
        return tick - self.tape.base

    def put(self, holder, at):
        rng = self.rng
        held = rng.sample(self.positions, rng.randint(0, min(4, len(self.positions))))
        holder.balance = rng.choice([10**10, 10**12 + 7, 3 * 10**13 + 1])
        holder.constant = rng.choice([0, 0, 12345])
        holder.legs = held
        holder.path = [
            holder.balance + holder.constant + sum(profit(p, quotes) for p in held)
            for quotes in self.quotes
        ]
        self.set_rules(holder, at, [], fresh=True)

    def set_rules(self, holder, at, rows, fresh=False):
        rng = self.rng
        path = holder.path[1:]
        ahead = path[at:] or path[-1:]
        aims = [ahead[: rng.randint(1, len(ahead))], path]
        count = rng.randint(0, 3 - min(len(rows), 3))
        for _ in range(count):
            # A rule that would be met at once is of little use: most of them are moved on.
            row = row_of(rng, rng.choice(aims), holder.balance, holder.path[at])
            if rng.random() < 0.7 and must_look(
                row, holder.balance, holder.path[at], holder.path[at]
            ):
                continue
            rows = [*rows, row]
        holder.rows, holder.position = rows, at
        holder.high, holder.high_tick = seed_high(rows), -1
        legs = [prepare_leg(p, *self.bounds_of(p)) for p in holder.legs]
        if None in legs:
            legs, holder.present = [], False
            self.book.drop(holder.index)
            return
        money = (holder.balance, holder.constant)
        if fresh or rng.random() < 0.5:
            holder.present = self.book.put(holder.index, self.local(at), *money, legs, rows)
        else:
            holder.present = self.book.adjust(holder.index, self.local(at), *money, rows)

    def bounds_of(self, position):
        rate = None if position.rate is None else self.tape.bounds(position.rate.symbol)
        return self.tape.bounds(position.symbol), rate

    def expect(self, holder, to):
        return first_stop(
            holder.path[1:],
            holder.balance,
            holder.rows,
            (holder.position, to),
            holder.high,
            holder.high_tick,
        )

    def check(self, holder, stop, to, exact):
        """Compare one answer with the twin's and move the model on; returns whether it stopped."""
        found = self.expect(holder, to)
        got = -1 if stop < 0 else int(stop) + self.tape.base
        assert got == found.stop
        self.visits += 1
        if exact or got >= 0:
            assert self.book.high(holder.index) == (found.high, found.high_tick)
            holder.high, holder.high_tick = found.high, found.high_tick
            holder.position = to
        if got < 0:
            return False
        self.stops += 1
        holder.high, holder.high_tick = found.high, found.high_tick
        met = [
            row
            for row in holder.rows
            if row.judged
            and must_look(
                row, holder.balance, holder.path[got + 1], max(found.high, holder.path[got + 1])
            )
        ]
        assert met
        kept = [row._replace(judged=row.judged and row not in met) for row in holder.rows]
        high = max(found.high, holder.path[got + 1])
        kept = [row._replace(high=max(row.high, high) if row.peak else 0) for row in kept]
        self.set_rules(holder, got + 1, kept)
        return True

    def advance(self, holder, to):
        while holder.present:
            stop = self.crossing.advance(np.array([holder.index], dtype=np.int32), self.local(to))
            if not self.check(holder, stop[0], to, exact=True):
                break

    def check_bands(self, holder):
        """Put every price on an edge of its band: nothing may happen there."""
        held = self.book.accounts[holder.index]
        if not holder.present or not held["flags"] & QUIET:
            return
        pool, entries = self.book.bands.columns, self.book.columns.bands
        equity = holder.balance + holder.constant
        for slot, position in enumerate(holder.legs, int(held["leg_start"])):
            prices = []
            for entry in entries[2 * slot : 2 * slot + 2].tolist():
                if entry < 0:
                    prices.append(1)
                    continue
                low, high = float(pool.low[entry]), float(pool.high[entry])
                if low > high or math.ceil(low) > math.floor(high):
                    return  # closed, or narrower than a point
                prices.append(self.rng.choice([math.ceil(low), math.floor(high)]))
            digits = position.price_digits
            mark = Fraction(prices[0], (2 if position.series == MID else 1) * 10**digits)
            rate = Fraction(1)
            if position.rate is not None:
                rate = Fraction(prices[1], 2 * 10**position.rate.price_digits)
            equity += profit_at(position, mark, rate)
        ceiling = int(held["ceiling"])
        assert equity <= ceiling
        judged = [row for row in holder.rows if row.judged]
        assert not any(must_look(row, holder.balance, equity, ceiling) for row in judged)

    def sweep(self):
        """Visit what is due; whoever is not must have had nothing to look at."""
        count = self.tape.base + self.tape.count
        due = self.crossing.due().tolist()
        for holder in self.holders:
            if holder.present and holder.index not in due:
                assert self.expect(holder, count).stop == -1
        while due:
            stops = self.crossing.sweep(np.array(due, dtype=np.int32))
            due = [
                index
                for index, stop in zip(due, stops.tolist(), strict=True)
                if self.holders[index].present
                and self.check(self.holders[index], stop, count, exact=False)
                and self.holders[index].present
            ]
        for holder in self.holders:
            self.check_bands(holder)

    def settle(self):
        count = self.tape.base + self.tape.count
        accounts, stops = self.crossing.settle(self.tape.count)
        for index, stop in zip(accounts.tolist(), stops.tolist(), strict=True):
            holder = self.holders[index]
            if self.check(holder, stop, count, exact=True):
                self.advance(holder, count)
        for holder in self.holders:
            if holder.present:
                found = self.expect(holder, count)
                assert found.stop == -1
                assert self.book.high(holder.index) == found[1:]
                holder.position, holder.high, holder.high_tick = count, *found[1:]

    def frame(self, first, last, events):
        """Run ticks [first, last) as one frame, with account events at random ticks of it."""
        rng = self.rng
        block = np.array(self.ticks[first:last], dtype=np.int64).reshape(-1, 4)
        self.tape.append(
            block[:, 0].astype(np.int32), *(np.ascontiguousarray(block[:, i]) for i in (1, 2, 3))
        )
        self.frames += 1
        self.crossing._prepare()
        for index in self.book.refused:
            self.holders[index].present = False
        self.book.refused.clear()
        for holder in self.holders:
            at = max(first, holder.position)
            while rng.random() < events and at <= last:
                at = rng.randint(at, last)
                self.advance(holder, at)
                if not holder.present or rng.random() < 0.3:
                    self.put(holder, at)
                elif rng.random() < 0.5:
                    kept = [
                        row._replace(high=max(row.high, holder.high) if row.peak else 0)
                        for row in holder.rows
                    ]
                    self.set_rules(holder, at, kept)
                elif rng.random() < 0.2:
                    self.book.drop(holder.index)
                    holder.present = False
        self.sweep()
        if rng.random() < 0.2:
            self.settle()
        if rng.random() < 0.2:
            accounts = [h.index for h in self.holders if h.present]
            at = rng.randint(0, self.tape.count)
            got = self.crossing.equity(np.array(accounts, dtype=np.int32), at)
            paths = [self.holders[i].path[self.tape.base + at] for i in accounts]
            assert got.tolist() == paths
        if rng.random() < 0.15:
            self.settle()
            self.crossing.restart()
