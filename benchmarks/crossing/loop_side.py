"""The C loops on a world, compiled when first asked for."""

import ctypes
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.crossing.kernel_side import Answer
from rules.engine.columns import MULTIPLY

ACCOUNT = np.dtype(
    [(name, np.int64) for name in ("equity", "high", "floor", "allowance")]
    + [(name, np.int64) for name in ("breach_equity", "breach_tick", "breach_high", "spare")]
)
HOLDER = np.dtype([("factor", np.int64), ("account", np.int32), ("leg", np.int32)])
TURNED = np.dtype(
    [(name, np.int64) for name in ("factor", "constant", "scale", "mark", "rate", "value")]
    + [(name, np.int32) for name in ("ask", "mark_symbol", "rate_symbol", "spare")]
)


@cache
def library():
    """Compile loops.c with `gcc -O3 -march=native`."""
    target = Path(tempfile.mkdtemp()) / "loops.so"
    source = Path(__file__).with_name("loops.c")
    flags = ["-O3", "-march=native", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, "-o", str(target), str(source)], check=True)
    return ctypes.CDLL(str(target))


def _pointer(array):
    return ctypes.c_void_p(array.ctypes.data)


def _call(function, *arguments):
    began = time.process_time()
    function(*(_pointer(a) if isinstance(a, np.ndarray) else ctypes.c_int64(a) for a in arguments))
    return time.process_time() - began


def _aligned(count, dtype):
    raw = np.zeros(count * dtype.itemsize + 64, dtype=np.uint8)
    skip = -raw.ctypes.data % 64
    return raw[skip : skip + count * dtype.itemsize].view(dtype)


def _start(world):
    """Return (accounts, plain mask, converted legs) as they stand before the first tick."""
    accounts = _aligned(len(world.balance), ACCOUNT)
    legs = world.legs
    plain = legs["kind"] & MULTIPLY == 0
    mark = np.where(
        legs["series"] == 1, world.first_ask[legs["symbol"]], world.first_bid[legs["symbol"]]
    )
    turned = _aligned(int((~plain).sum()), TURNED)
    some = legs[~plain]
    turned["factor"], turned["constant"], turned["scale"] = (
        some["factor"],
        some["low"],
        some["scale"],
    )
    turned["mark_symbol"], turned["rate_symbol"] = some["symbol"], some["rate"]
    turned["ask"] = some["series"] == 1
    turned["mark"] = mark[~plain]
    turned["rate"] = (world.first_bid + world.first_ask)[turned["rate_symbol"]]
    accounts["equity"] = world.balance  # positions were opened at the first price
    accounts["high"] = world.rows["high"][:, 0]
    accounts["allowance"] = world.allowance
    accounts["floor"] = np.maximum(world.daily, accounts["high"] - world.allowance)
    accounts["breach_tick"] = -1
    return accounts, plain, turned


def _answer(accounts):
    answer = Answer(len(accounts))
    hit = accounts["breach_tick"] >= 0
    answer.breach_tick = accounts["breach_tick"].copy()
    answer.equity = np.where(hit, accounts["breach_equity"], accounts["equity"])
    answer.high = np.where(hit, accounts["breach_high"], accounts["high"])
    return answer


def by_tick(world):
    """Return (Answer, seconds, evaluations) of the loop over ticks and holders."""
    accounts, plain, turned = _start(world)
    legs, width = world.legs, world.legs.shape[1]
    owner = np.repeat(np.arange(len(accounts), dtype=np.int32), width)
    number = np.full(legs.size, -1, dtype=np.int32)
    number[~plain.reshape(-1)] = np.arange(len(turned), dtype=np.int32)
    flat = legs.reshape(-1)
    other = number >= 0
    rates = other & (flat["rate"] != flat["symbol"])
    symbol = np.concatenate([flat["symbol"], flat["rate"][rates]]).astype(np.int64)
    holders = np.zeros(len(symbol), dtype=HOLDER)
    holders["account"] = np.concatenate([owner, owner[rates]])
    holders["leg"] = np.concatenate([number, number[rates]])
    holders["factor"][: len(flat)] = flat["factor"]
    side = np.concatenate([flat["series"] == 1, np.zeros(int(rates.sum()), bool)]).astype(np.uint8)
    order = np.lexsort((holders["account"], symbol))
    holders, side = holders[order], side[order]
    same = (np.diff(symbol[order]) == 0) & (np.diff(holders["account"]) == 0)
    side[:-1] |= np.where(same, 2, 0).astype(np.uint8)
    start = np.searchsorted(symbol[order], np.arange(world.symbols + 1)).astype(np.int64)
    seconds = _call(
        library().by_tick, len(world.symbol), world.symbol, world.bid, world.ask,
        world.first_bid.copy(), world.first_ask.copy(), accounts, start, holders, side, turned,
        len(world.event_tick), world.event_tick, world.event_account, world.event_amount,
    )  # fmt: skip
    evaluations = int((np.diff(start)[world.symbol]).sum())
    return _answer(accounts), seconds, evaluations


def by_account(world):
    """Return (Answer, seconds) of the loop over accounts: plain legs, one series."""
    accounts, plain, _ = _start(world)
    assert plain.all()
    order = np.argsort(world.symbol, kind="stable").astype(np.int32)
    start = np.searchsorted(world.symbol[order], np.arange(world.symbols + 1)).astype(np.int64)
    seconds = _call(
        library().by_account, len(accounts), accounts, world.legs.shape[1],
        np.ascontiguousarray(world.leg_symbol), np.ascontiguousarray(world.legs["factor"]),
        start, order, world.bid[order], world.first_bid,
    )  # fmt: skip
    return _answer(accounts), seconds
