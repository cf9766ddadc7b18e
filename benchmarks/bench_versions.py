"""Do thousands of ruleset versions live at once cost anything per tick?

The same accounts over the same ticks, once bound to 5 versions and once spread over 5,000 with the
same parameters: what differs in time is what versions cost. Memory is that of the whole process.

    python -m benchmarks.bench_versions            # small, half a minute
    python -m benchmarks.bench_versions --full     # the sizes of the published table
"""

import argparse
import gc
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from benchmarks.bench_engine import CHUNK, alone
from benchmarks.engine import world
from benchmarks.engine.machine import conditions, peak_gib
from rules.engine.evaluate import FastEngine
from rules.engine.warm import warm
from rules.ruleset import Ruleset, load_ruleset
from schemas.events import AccountOpened
from schemas.frames import Frame, FrameEvent


class Measured(NamedTuple):
    """What it cost with so many versions."""

    versions: int
    load_s: float
    opening_s: float
    seconds: float
    decisions: int
    gib: float


def shelf(versions: int) -> list[Ruleset]:
    """The plans of the world, each in so many versions that there are `versions` in all."""
    made = []
    for ruleset in world.rulesets():
        for number in range(1, versions // len(world.rulesets()) + 1):
            content = ruleset.document.content | {"version": str(number)}
            made.append(load_ruleset(content))
    return made


def spread(frames: Iterator[Frame], versions: int) -> Iterator[Frame]:
    """Bind the accounts to the versions of their plan, one after the other."""
    each, opened = versions // len(world.rulesets()), 0
    for frame in frames:
        events: list[FrameEvent] = []
        for item in frame.events:
            event = item.event
            if isinstance(event, AccountOpened):
                name = event.ruleset.partition("@")[0]
                event = event.model_copy(update={"ruleset": f"{name}@{opened % each + 1}"})
                opened += 1
            events.append(replace(item, event=event))
        yield replace(frame, events=tuple(events))


def measure(versions: int, accounts: int, count: int) -> Measured:
    """Run it in this process."""
    warm()
    ticks = world.synthetic(count)
    began = time.perf_counter()
    engine = FastEngine(ticks.table, shelf(versions))
    loaded = time.perf_counter() - began
    opening, position = 0.0, 1
    for frame in spread(world.openings(ticks, accounts, world.BOLD), versions):
        began = time.perf_counter()
        engine.process(frame)
        opening += time.perf_counter() - began
        position = frame.end
    gc.collect()
    spent, decisions = 0.0, 0
    for frame in ticks.frames(position, CHUNK):
        began = time.perf_counter()
        decisions += len(engine.process(frame).decisions)
        spent += time.perf_counter() - began
    return Measured(versions, loaded, opening, spent, decisions, peak_gib())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--full", action="store_true")
    accounts, ticks = (20_000, 1_000_000) if parser.parse_args().full else (5_000, 300_000)
    print(conditions(world.SEED))
    print(f"{accounts:,} accounts with 3 positions each, {ticks:,} ticks, frames of {CHUNK:,}\n")
    print(
        f"{'versions':>9}{'load s':>9}{'open s':>9}{'run s':>9}"
        f"{'us/tick':>9}{'decided':>9}{'GiB':>7}"
    )
    base = None
    for versions in (5, 5_000, 5, 5_000):  # twice, so that noise shows
        made = alone(measure, versions, accounts, ticks)
        base = base or made
        print(
            f"{made.versions:>9,}{made.load_s:>9.2f}{made.opening_s:>9.1f}{made.seconds:>9.2f}"
            f"{made.seconds / ticks * 1e6:>9.2f}{made.decisions:>9,}{made.gib:>7.2f}"
            f"   {made.seconds / base.seconds:.2f} x"
        )


if __name__ == "__main__":
    main()
