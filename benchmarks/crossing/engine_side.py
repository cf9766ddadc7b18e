"""The whole engine on a world: journal frames in, decisions out, as a replay drives it."""

import gc
import os
import pickle
import time
from decimal import Decimal

import numpy as np

from benchmarks.crossing.kernel_side import Answer
from benchmarks.crossing.world import DIGITS, LIMITS, UNIT, rate_of
from rules.engine.evaluate import FastEngine
from rules.ruleset import load_ruleset
from schemas.events import parse_event
from schemas.frames import FrameBuilder, FrameEvent, frame_from_columns
from schemas.instruments import InstrumentTable

START = 1_700_000_000 * 10**9
EVENTS_PER_FRAME = 10_000
STEP = 10**7  # a tick every 10 ms: no session ends on the way


def _table(world):
    entries = []
    for s in range(world.symbols):
        entry = {"symbol": _name(s), "base": "BAS", "quote": "USD", "price_digits": str(DIGITS)}
        entry |= {"qty_digits": "1", "contract_size": "100000"}
        if world.converted and s % 2 == 1:
            rate = {"symbol": _name(rate_of(s, world.symbols)), "op": "multiply"}
            entry |= {"quote": "QUO", "conversion": rate}
        entries.append(entry)
    return InstrumentTable.parse(entries)


def _name(symbol):
    return f"SYM{symbol:02d}"


def _account(number):
    return f"a{number:07d}"


def _rulesets():
    for trail in LIMITS.tolist():
        for daily in LIMITS.tolist():
            rules = [
                {"id": "t", "family": "max_drawdown", "mode": "trail_equity", "amount": str(trail)},
                {"id": "d", "family": "daily_loss", "amount": str(daily)},
            ]
            yield load_ruleset(
                {
                    "ruleset": f"{trail}-{daily}",
                    "version": "1",
                    "currency": "USD",
                    "session": {"timezone": "UTC", "reset": "12:00"},
                    "phases": [{"name": "p", "rules": rules}],
                }
            )


def _openings(world):
    builder = FrameBuilder(1)
    for s in range(world.symbols):
        builder.append_tick(START, s, int(world.first_bid[s]), int(world.first_ask[s]))
    limits = np.stack([world.allowance, world.balance - world.daily], axis=1) // UNIT
    for number in range(len(world.balance)):
        common = {"account_id": _account(number), "ts": str(START)}
        trail, daily = limits[number].tolist()
        opened = {"type": "account.opened", "initial_balance": str(world.balance[number] // UNIT)}
        opened |= {"event_id": f"{number}o", "ruleset": f"{trail}-{daily}@1"}
        builder.append_event(START, parse_event(opened | common))
        for leg, (s, lots) in enumerate(
            zip(world.leg_symbol[number].tolist(), world.lots[number].tolist(), strict=True)
        ):
            fill = {"type": "fill", "event_id": f"{number}-{leg}", "fill_id": str(leg)}
            fill |= {"symbol": _name(s), "side": "buy" if lots > 0 else "sell"}
            fill["price"] = str(Decimal(int(world.first_bid[s])).scaleb(-DIGITS))
            fill["qty"] = str(Decimal(abs(lots)).scaleb(-1))
            builder.append_event(START, parse_event(fill | common))
        if len(builder) >= EVENTS_PER_FRAME:
            yield (frame := builder.build())
            builder = FrameBuilder(frame.end)
    if len(builder):
        yield builder.build()


def opened(world):
    """Return (engine, next journal position): every account with its positions."""
    engine, position = FastEngine(_table(world), _rulesets()), 1
    for frame in _openings(world):
        engine.process(frame)
        position = frame.end
    # A frame without an effect: the search has seen the accounts when the time begins.
    gc.collect()
    gc.freeze()
    return engine, position


def _frames(world, first, size):
    """Cut the world into frames of `size` ticks, fees before the tick they were made for."""
    event = 0
    for start in range(0, len(world.symbol), size):
        part = slice(start, min(start + size, len(world.symbol)))
        count = part.stop - start
        stop = int(np.searchsorted(world.event_tick, part.stop))
        before = world.event_tick[event:stop] - start
        at = before + np.arange(stop - event)
        places = np.delete(np.arange(count + stop - event, dtype=np.int32), at)
        ts = np.empty(count + stop - event, dtype=np.int64)
        ts[places] = START + STEP * np.arange(start, part.stop)
        ts[at] = START + STEP * (before + start)
        events = [_fee(world, event + i, int(place), int(ts[place])) for i, place in enumerate(at)]
        yield frame_from_columns(
            first, ts, places, world.symbol[part], world.bid[part], world.ask[part], events=events
        )
        first, event = first + len(ts), stop


def _fee(world, number, at, ts):
    raw = {"type": "balance.adjusted", "event_id": f"fee{number}", "ts": str(ts), "reason": "fee"}
    raw["account_id"] = _account(int(world.event_account[number]))
    raw["amount"] = str(-int(world.event_amount[number]) // UNIT)
    return FrameEvent(at, parse_event(raw))


def run(engine, first, world, size):
    """Return (Answer, seconds of this process, decisions) of all ticks in frames of `size`."""
    frames = list(_frames(world, first, size))
    decisions = []
    began = time.process_time()
    for frame in frames:
        decisions += engine.process(frame).decisions
    # The loops know every high-water mark at the end, so that is part of the time.
    engine._search._crossing.settle(engine._search._tape.count)
    spent = time.process_time() - began
    return _answer(engine, first, world, decisions), spent, len(decisions)


def _answer(engine, first, world, decisions):
    answer, search = Answer(len(world.balance)), engine._search
    # An entry's tick is the one it is or the one it comes before.
    fees = first + world.event_tick + np.arange(len(world.event_tick))
    for made in decisions:
        if made.body["type"] != "breach":
            continue
        number = int(made.account_id[1:])
        tick = made.position - first - int(np.searchsorted(fees, made.position))
        answer.breach_tick[number] = tick
        answer.equity[number] = int(Decimal(made.body["equity"]).scaleb(8))
        floor = engine.accounts[made.account_id].rules[0].floor
        answer.high[number] = int(floor.high_water_mark.scaleb(8))
    alive = np.flatnonzero(answer.breach_tick < 0)
    slots = np.array([search._slots[_account(number)] for number in alive], np.int32)
    answer.equity[alive] = search._crossing.equity(slots, search._tape.count)
    answer.high[alive] = search._book.accounts["high"][slots]
    return answer


def apart(function, *args):
    """Call a function in a fork of this process, so that an opened engine can be run again."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(function(*args), pipe)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        answer = pickle.load(pipe)
    os.waitpid(child, 0)
    return answer
