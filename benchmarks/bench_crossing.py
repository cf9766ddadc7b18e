"""How much faster is the engine than the best loops over ticks?

Both sides run on the same world, in whole numbers; their breach ticks, high-water marks and
equities must be identical or the run fails. One core; times are CPU time of the process, so a busy
machine does not favour a side.

The rows `engine` are the engine that ships, whole: journal frames in, decisions out, with events,
evidence and all. The rows `search` are its kernel alone, which finds what to look at, as a loop
over ticks does. Opening the accounts is part of neither side's time.

World: 50 instruments, ticks Zipf-weighted over them, random walks of 1 to 3 points per tick; each
account holds 3 of them (uniform, 0.1 to 4 lots, long or short) under a trailing drawdown on
unrealised equity and a daily floor. The `converted` world marks longs at the bid and shorts at the
ask, turns the P/L of every second instrument by the moving mid of another, and charges one account
a fee every 100 ticks.

    python -m benchmarks.bench_crossing            # small, a minute or two
    python -m benchmarks.bench_crossing --full     # the sizes of the published table
"""

import argparse
import sys
import time
from typing import NamedTuple

from benchmarks.crossing import engine_side, kernel_side, loop_side, world
from benchmarks.engine.machine import conditions

REPLAY = 1 << 20
LIVE_TAPE = 1 << 18


class Peer(NamedTuple):
    """A loop over ticks: its name, its answer, its seconds."""

    name: str
    answer: kernel_side.Answer
    seconds: float


def by_tick(market, tries=2):
    """The best of some runs of the loop over ticks."""
    runs = [loop_side.by_tick(market) for _ in range(tries)]
    return Peer("by tick", runs[0][0], min(run[1] for run in runs))


def show(question, market, frame, peer, ours, more=""):
    """Compare answers and print one line."""
    answer, seconds = ours[:2]
    if answer != peer.answer:
        sys.exit(f"{question}: the answers differ")
    accounts, ticks = len(market.balance), len(market.symbol)
    breaches = float((answer.breach_tick >= 0).mean())
    print(
        f"{question:<24}{accounts:>9,}{ticks:>10,}{min(frame, ticks):>10,}{peer.name:>12}"
        f"{peer.seconds:9.3f} s{seconds:9.3f} s{peer.seconds / seconds:7.1f}x{breaches:8.2%}"
        f"{seconds / accounts / ticks * 1e12:9.2f} {more}",
        flush=True,
    )


def search(question, market, frame, peer):
    """One row of the kernel alone."""
    capacity = max(min(frame, len(market.symbol)), min(LIVE_TAPE, max(len(market.symbol), 32)))
    ours = kernel_side.run(kernel_side.prepare(market, capacity), market, frame)
    show(f"search, {question}", market, frame, peer, ours)


def engine(question, market, frame, peer, made, tries=1):
    """One row of the whole engine; each try begins with the accounts as they were opened."""
    runs = [engine_side.apart(engine_side.run, *made, market, frame) for _ in range(tries)]
    best = min(runs, key=lambda run: run[1])
    per_frame = best[1] / -(-len(market.symbol) // frame) * 1e6
    more = f"{best[2]:>8,} decisions" + (f", {per_frame:.0f} us a frame" if frame <= 1_000 else "")
    show(f"engine, {question}", market, frame, peer, best, more)


def warm():
    """Compile or load every kernel before anything is timed."""
    for options in ({}, {"spread": 3, "converted": True, "events": 20}):
        market = world.build(300, 3_000, **options)
        for frame in (3_000, 7):
            kernel_side.run(kernel_side.prepare(market, 4_096), market, frame)
            engine_side.run(*engine_side.opened(market), market, frame)


def plain(accounts, ticks, frames):
    """Trailing and daily floors, plain legs."""
    market = world.build(accounts, ticks)
    peer, made = by_tick(market), engine_side.opened(market)
    for frame in frames:
        question = "replay" if frame > 20_000 else "live frames"
        engine(question, market, frame, peer, made)
        search(question, market, frame, peer)
    slow = Peer("by account", *loop_side.by_account(market))
    engine("replay", market, max(frames), slow, made)


def tiny(accounts, ticks):
    """Frames of 1 to 20 ticks on a short stretch: the loop is timed on the same ticks."""
    market = world.build(accounts, ticks)
    peer, made = by_tick(market, tries=5), engine_side.opened(market)
    for frame in (1, 5, 20):
        engine("small frames", market, frame, peer, made, tries=3)


def converted(accounts, ticks, frames):
    """Conversion on half of the legs, bid/ask marks, one account event per 100 ticks."""
    market = world.build(accounts, ticks, spread=3, converted=True, events=ticks // 100)
    peer, made = by_tick(market, tries=1), engine_side.opened(market)
    for frame in frames:
        engine("converted, fees", market, frame, peer, made)
        search("converted, fees", market, frame, peer)


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
        print(f"growth of the search: {name} costs {spent[name] / spent['base']:.2f}x")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    print(conditions(7))
    began = time.perf_counter()
    warm()
    print(f"kernels ready in {time.perf_counter() - began:.1f} s\n")
    print(
        f"{'question':<24}{'accounts':>9}{'ticks':>10}{'frame':>10}{'against':>12}{'loop':>11}"
        f"{'ours':>11}{'ratio':>8}{'breach':>8}{'ps/acct/tick':>13}"
    )
    if full:
        plain(100_000, 1_000_000, (REPLAY, 262_144, 65_536, 1_000))
        plain(10_000, 1_000_000, (REPLAY, 1_000))
        tiny(100_000, 20_000)
        tiny(10_000, 20_000)
        converted(100_000, 1_000_000, (REPLAY, 1_000))
        growth(50_000, 500_000)
    else:
        plain(10_000, 100_000, (REPLAY, 1_000))
        tiny(10_000, 4_000)
        converted(5_000, 100_000, (REPLAY, 1_000))


if __name__ == "__main__":
    main()
