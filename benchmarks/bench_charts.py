"""One page of charts: time against accounts, ticks and frame size, ours beside the dense loop.

Both sides are those of `bench_crossing`, with its market and its answers checked: the search alone
against accounts and ticks, the whole engine against frame sizes. The page is written to
`benchmarks/out/crossing.png`.

    python -m benchmarks.bench_charts              # small, a minute or two
    python -m benchmarks.bench_charts --full       # up to the sizes of the published table
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter, LogLocator

from benchmarks.crossing import engine_side, kernel_side, loop_side, world
from benchmarks.engine.machine import conditions

OUT = Path(__file__).with_name("out") / "crossing.png"
LIVE_TAPE = 1 << 18
OURS, LOOP = "#1f6f8b", "#c2543d"


class Point(NamedTuple):
    """Seconds of both sides at one size."""

    size: int
    ours: float
    loop: float


class Sizes(NamedTuple):
    """What is measured: one of them varies, the others stay."""

    accounts: list[int]
    ticks: list[int]
    frames: list[int]


SMALL = Sizes([1_000, 3_000, 10_000, 30_000], [30_000, 100_000, 300_000], [10, 100, 1_000, 10_000])
FULL = Sizes(
    [1_000, 10_000, 30_000, 100_000, 300_000],
    [100_000, 300_000, 1_000_000, 3_000_000],
    [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
)


def search(market, frame):
    """The search's answer and time, in frames of a size."""
    capacity = max(frame, min(LIVE_TAPE, max(len(market.symbol), 32)))
    return kernel_side.run(kernel_side.prepare(market, capacity), market, frame)


def point(size, market, ours):
    """Both sides at one size, their answers compared."""
    answer, loop_s, _ = loop_side.by_tick(market)
    found, ours_s = ours[:2]
    if found != answer:
        sys.exit(f"the answers differ at {size}")
    print(f"{size:>12,}{ours_s:>10.3f} s{loop_s:>10.3f} s{loop_s / ours_s:>8.1f}x", flush=True)
    return Point(size, ours_s, loop_s)


def by_accounts(sizes, ticks):
    markets = [world.build(count, ticks) for count in sizes]
    return [point(len(made.balance), made, search(made, ticks)) for made in markets]


def by_ticks(sizes, accounts):
    markets = [world.build(accounts, count) for count in sizes]
    return [point(len(made.symbol), made, search(made, len(made.symbol))) for made in markets]


def by_frame(sizes, accounts, ticks):
    market = world.build(accounts, ticks)
    opened = engine_side.opened(market)
    runs = [engine_side.apart(engine_side.run, *opened, market, frame) for frame in sizes]
    return [point(frame, market, run) for frame, run in zip(sizes, runs, strict=True)]


def draw(axes, name, label, points, fixed):
    """One chart: both axes in decades."""
    sizes = [made.size for made in points]
    axes.plot(sizes, [made.loop for made in points], "o-", color=LOOP, label="C loop, every tick")
    axes.plot(sizes, [made.ours for made in points], "o-", color=OURS, label=name)
    for made in points:
        ratio = made.loop / made.ours
        text = f"{ratio:.1f}×" if ratio < 10 else f"{ratio:.0f}×"
        axes.annotate(text, (made.size, made.ours), (0, -14), textcoords="offset points",
                      ha="center", fontsize=8, color=OURS)  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel=label, ylabel="seconds")
    axes.set_title(f"{name}, by {label}\n", fontsize=12)
    axes.text(0.5, 1.02, fixed, transform=axes.transAxes, fontsize=9, ha="center")
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], fontsize=8)
    axes.margins(0.1, 0.15)
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=8)


def page(charts, sizes):
    """Draw the charts side by side."""
    figure, places = plt.subplots(1, 3, figsize=(15, 5))
    accounts, ticks = sizes.accounts[-2], sizes.ticks[-2]
    draw(places[0], "search", "accounts", charts[0], f"{ticks:,} ticks in one frame")
    draw(places[1], "search", "ticks", charts[1], f"{accounts:,} accounts, one frame")
    draw(
        places[2],
        "whole engine",
        "ticks in a frame",
        charts[2],
        f"{accounts:,} accounts, {ticks:,} ticks",
    )
    figure.suptitle("Exact on every tick: 3 positions an account, 50 instruments")
    figure.text(0.01, 0.01, conditions(7).replace("\n", "   "), fontsize=7)
    figure.tight_layout(rect=(0, 0.03, 1, 1))
    OUT.parent.mkdir(exist_ok=True)
    figure.savefig(OUT, dpi=120)


def main():
    """Measure and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true")
    sizes = FULL if parser.parse_args().full else SMALL
    print(conditions(7))
    warm = world.build(300, 3_000)
    for frame in (3_000, 7):
        search(warm, frame)
        engine_side.run(*engine_side.opened(warm), warm, frame)
    loop_side.by_tick(warm)
    accounts, ticks = sizes.accounts[-2], sizes.ticks[-2]
    charts = []
    for name, measure, args in (
        ("accounts", by_accounts, (sizes.accounts, ticks)),
        ("ticks", by_ticks, (sizes.ticks, accounts)),
        ("frame", by_frame, (sizes.frames, accounts, ticks)),
    ):
        print(f"\n{name:>12}{'ours':>12}{'loop':>12}{'ratio':>9}")
        charts.append(measure(*args))
    page(charts, sizes)
    print(f"\ncharts in benchmarks/out/{OUT.name}")


if __name__ == "__main__":
    main()
