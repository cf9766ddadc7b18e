"""How much faster is the crossing search than the best loops over ticks?

Both sides run in this process, on the same world, in whole numbers; their breach ticks, high-water
marks and equities must be identical or the run fails. One core. Loading accounts is not part of the
time on either side; building the tick tree is part of ours.

World: 50 instruments, ticks Zipf-weighted over them, random walks of 1 to 3 points per tick; each
account holds 3 of them (uniform, 0.1 to 4 lots, long or short) under a trailing drawdown on
unrealised equity and a fixed daily floor. The `converted` world marks longs at the bid and shorts
at the ask, turns the P/L of half of the legs by the moving mid of another instrument, and charges
one account a fee every 100 ticks.

    python -m benchmarks.bench_crossing            # small, under a minute
    python -m benchmarks.bench_crossing --full     # the sizes of the published table
"""

import argparse
import sys
import time
from typing import NamedTuple

from benchmarks.crossing import kernel_side, loop_side, world

REPLAY = 1 << 20
LIVE_TAPE = 1 << 18


class Row(NamedTuple):
    """One line of the table."""

    question: str
    accounts: int
    ticks: int
    frame: int
    ours: float
    loop: float
    name: str


def measure(market, frame, peer, name, question):
    """Run our side on a world and compare it with a loop's answer and time."""
    answer, seconds = peer
    capacity = max(frame, min(LIVE_TAPE, max(len(market.symbol), 32)))
    ours, spent = kernel_side.run(kernel_side.prepare(market, capacity), market, frame)
    if ours != answer:
        sys.exit(f"{question}: the answers differ")
    return Row(question, len(market.balance), len(market.symbol), frame, spent, seconds, name)


def show(row, breaches):
    """Print one line."""
    ratio = f"{row.loop / row.ours:6.1f}x" if row.loop else "      -"
    loop = f"{row.loop:9.3f} s" if row.loop else "          -"
    per = row.ours / row.accounts / row.ticks * 1e12
    print(
        f"{row.question:<28}{row.accounts:>9,}{row.ticks:>10,}{row.frame:>10,}"
        f"{row.name:>12}{loop}{row.ours:9.3f} s {ratio}{breaches:8.2%}{per:9.2f}",
        flush=True,
    )


def warm():
    """Compile or load every kernel before anything is timed."""
    for options in ({}, {"spread": 3, "converted": 0.5, "events": 20}):
        market = world.build(300, 3_000, **options)
        for frame in (3_000, 7):
            kernel_side.run(kernel_side.prepare(market, 4_096), market, frame)


def plain(accounts, ticks, frames):
    """Trailing and daily floors, plain legs."""
    market = world.build(accounts, ticks)
    answer, seconds, _ = loop_side.by_tick(market)
    breaches = float((answer.breach_tick >= 0).mean())
    for frame in frames:
        question = "replay" if frame > 20_000 else f"frames of {frame:,}"
        show(measure(market, frame, (answer, seconds), "by tick", question), breaches)
    slow = loop_side.by_account(market)
    if slow[0] != answer:
        sys.exit("the two loops differ")
    show(measure(market, max(frames), slow, "by account", "replay"), breaches)


def tiny(accounts, ticks):
    """Frames of 1 to 20 ticks on a short stretch: the loop is timed on the same ticks."""
    market = world.build(accounts, ticks)
    answer, seconds, _ = loop_side.by_tick(market)
    for frame in (1, 5, 20):
        row = measure(market, frame, (answer, seconds), "by tick", f"frames of {frame}")
        show(row, float((answer.breach_tick >= 0).mean()))


def converted(accounts, ticks, frames):
    """Conversion on half of the legs, bid/ask marks, one account event per 100 ticks."""
    market = world.build(accounts, ticks, spread=3, converted=0.5, events=ticks // 100)
    answer, seconds, _ = loop_side.by_tick(market)
    for frame in frames:
        row = measure(market, frame, (answer, seconds), "by tick", "converted, bid/ask, fees")
        show(row, float((answer.breach_tick >= 0).mean()))


def growth(accounts, ticks):
    """Cost when ticks or accounts double, at a fixed chunk."""
    spent = {}
    for name, a, t in (
        ("base", accounts, ticks),
        ("ticks x2", accounts, 2 * ticks),
        ("accounts x2", 2 * accounts, ticks),
    ):
        market = world.build(a, t)
        crossing = kernel_side.prepare(market, 65_536)
        _, spent[name] = kernel_side.run(crossing, market, 65_536)
    for name in ("ticks x2", "accounts x2"):
        print(f"growth: {name} costs {spent[name] / spent['base']:.2f}x")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    began = time.perf_counter()
    warm()
    print(f"kernels ready in {time.perf_counter() - began:.1f} s")
    print(
        f"{'question':<28}{'accounts':>9}{'ticks':>10}{'frame':>10}{'against':>12}{'loop':>11}"
        f"{'ours':>11}{'ratio':>8}{'breach':>8}{'ps/acct/tick':>13}"
    )
    if full:
        plain(100_000, 1_000_000, (REPLAY, 262_144, 65_536, 1_000))
        plain(10_000, 1_000_000, (REPLAY, 262_144, 1_000))
        tiny(100_000, 20_000)
        converted(100_000, 1_000_000, (REPLAY, 1_000))
        growth(50_000, 500_000)
    else:
        plain(20_000, 100_000, (REPLAY, 1_000))
        tiny(20_000, 4_000)
        converted(10_000, 100_000, (REPLAY, 1_000))


if __name__ == "__main__":
    main()
