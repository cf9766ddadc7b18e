"""What every side of the comparison gets to read, and what it has to say.

The world goes into a folder as plain little-endian files, one for each column, so that a JVM reads
the same bytes as NumPy. Money is in 10^-8, prices in 10^-5, exact on every side.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np


class Market(NamedTuple):
    """The columns a side works on; a leg's `factor` is money per step of price, signed."""

    symbol: np.ndarray  # int32[ticks]
    price: np.ndarray  # int64[ticks]
    first_price: np.ndarray  # int64[symbols]
    equity: np.ndarray  # int64[accounts], before the first tick
    allowance: np.ndarray
    daily: np.ndarray  # the fixed floor
    leg_symbol: np.ndarray  # int32[accounts × legs]
    leg_factor: np.ndarray  # int64[accounts × legs]

    @property
    def legs(self):
        """How many legs each account holds."""
        return len(self.leg_symbol) // len(self.equity)

    def holders(self):
        """Return for every instrument the accounts that hold it, and their factors."""
        owner = np.repeat(np.arange(len(self.equity)), self.legs)
        places = [np.flatnonzero(self.leg_symbol == s) for s in range(len(self.first_price))]
        return [(owner[place], self.leg_factor[place]) for place in places]


class Spent(NamedTuple):
    """What one side took and found: CPU seconds, and the tick of each breach (-1: none)."""

    seconds: float
    baseline: float
    breach_tick: np.ndarray


def market_of(world):
    """Return the columns of a world whose legs are plain and whose spread is nothing."""
    assert not world.converted
    assert (world.bid == world.ask).all()
    return Market(
        world.symbol, world.bid, world.first_bid, world.balance, world.allowance, world.daily,
        world.leg_symbol.reshape(-1), np.ascontiguousarray(world.legs["factor"].reshape(-1)),
    )  # fmt: skip


def save(market, folder):
    """Write every column into a file of its own."""
    for name, column in market._asdict().items():
        column.astype(column.dtype.newbyteorder("<")).tofile(Path(folder) / name)


def load(folder):
    """Read what `save` wrote."""
    types = {"symbol": "<i4", "leg_symbol": "<i4"}
    columns = [np.fromfile(Path(folder) / name, types.get(name, "<i8")) for name in Market._fields]
    return Market(*columns)


def cpu_of(command: Sequence[str], folder: Path) -> float:
    """Run a process to its end; return the CPU seconds of all its threads, user and system."""
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(list(command), stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]}: {(folder / 'out').read_text()[-2000:]}")
    return usage.ru_utime + usage.ru_stime


def run_apart(command: Sequence[str], folder: Path, ticks: int) -> Spent:
    """Run `command FOLDER TICKS ANSWER` once for the first tick alone, then for all of them.

    What the first run takes (start of the machine, reading the files, the accounts' state) is the
    baseline, and is taken off.
    """
    answer = folder / "answer"
    baseline = cpu_of([*command, str(folder), "1", str(answer)], folder)
    whole = cpu_of([*command, str(folder), str(ticks), str(answer)], folder)
    return Spent(whole - baseline, baseline, np.fromfile(answer, "<i8"))
