"""The crossing search on a world: the same calls an evaluator makes, frame by frame."""

import time

import numpy as np

from rules.engine.book import Book
from rules.engine.crossing import Crossing
from rules.engine.tape import Tape


class Answer:
    """What both sides must agree on, per account."""

    def __init__(self, accounts):
        self.breach_tick = np.full(accounts, -1, dtype=np.int64)
        self.equity = np.zeros(accounts, dtype=np.int64)
        self.high = np.zeros(accounts, dtype=np.int64)

    def __eq__(self, other):
        return (
            np.array_equal(self.breach_tick, other.breach_tick)
            and np.array_equal(self.equity, other.equity)
            and np.array_equal(self.high, other.high)
        )

    __hash__ = None


def prepare(world, capacity, threads=1):
    """Return a loaded crossing; not part of the time."""
    tape = Tape(world.symbols, capacity)
    for symbol in range(world.symbols):
        tape.carry(symbol, int(world.first_bid[symbol]), int(world.first_ask[symbol]))
    accounts = len(world.balance)
    book = Book(accounts, tape)
    every = np.arange(accounts, dtype=np.int32)
    money = np.stack([world.balance, np.zeros_like(world.balance)], axis=1)
    per = np.full(accounts, world.legs.shape[1], dtype=np.int32)
    two = np.full(accounts, 2, dtype=np.int32)
    assert (
        book.load(every, 0, money, (world.legs.reshape(-1), per), (world.rows.reshape(-1), two))
        == 0
    )
    crossing = Crossing(book, tape, threads)
    crossing.sweep(crossing.due())  # every account has its first bands, as it has when it opens
    return crossing


def _breach(crossing, answer, accounts, stops):
    hit = stops >= 0
    for account, stop in zip(accounts[hit].tolist(), stops[hit].tolist(), strict=True):
        one = np.array([account], dtype=np.int32)
        answer.breach_tick[account] = crossing.tape.base + stop
        answer.equity[account] = crossing.equity(one, stop + 1)[0]
        answer.high[account] = crossing.book.high(account)[0]
        crossing.book.drop(account)


def _fee(crossing, answer, world, account, amount, tick):
    # The account is taken to the event's tick, its balance changes, it is judged, and it goes on.
    book = crossing.book
    one = np.array([account], dtype=np.int32)
    stops = crossing.advance(one, tick)
    if stops[0] >= 0:
        return _breach(crossing, answer, one, stops)
    held = book.accounts[account]
    row = book.columns.rows[held["row_start"]]
    row["high"] = max(int(row["high"]), int(held["high"]))
    held["balance"] += amount
    held["base"] += amount
    equity = int(crossing.equity(one, tick)[0])
    if equity < max(int(row["high"]) - int(row["allowance"]), int(world.daily[account])):
        answer.breach_tick[account] = crossing.tape.base + tick
        answer.equity[account], answer.high[account] = equity, row["high"]
        return book.drop(account)
    return book.arm(one, tick)


def _events(crossing, answer, world, last, at):
    while at < len(world.event_tick) and world.event_tick[at] < last:
        account = int(world.event_account[at])
        if answer.breach_tick[account] < 0:
            tick = int(world.event_tick[at]) - crossing.tape.base
            _fee(crossing, answer, world, account, world.event_amount[at], tick)
        at += 1
    return at


def run(crossing, world, frame):
    """Return (Answer, seconds) of all ticks in frames of `frame`."""
    answer = Answer(len(world.balance))
    ticks, capacity = len(world.symbol), crossing.tape.capacity
    none = np.full(frame, -1, dtype=np.int64)
    began = time.process_time()
    first = at = 0
    while first < ticks:
        last = min(first + frame, ticks)
        if crossing.tape.count + last - first > capacity:
            _breach(crossing, answer, *crossing.settle(crossing.tape.count))
            crossing.restart()
        part = slice(first, last)
        crossing.tape.append(
            world.symbol[part], world.bid[part], world.ask[part], none[: last - first]
        )
        at = _events(crossing, answer, world, last, at)
        due = crossing.due()
        _breach(crossing, answer, due, crossing.sweep(due))
        first = last
    _breach(crossing, answer, *crossing.settle(crossing.tape.count))
    seconds = time.process_time() - began
    alive = np.flatnonzero(answer.breach_tick < 0).astype(np.int32)
    answer.equity[alive] = crossing.equity(alive, crossing.tape.count)
    answer.high[alive] = crossing.book.accounts["high"][alive]
    return answer, seconds
