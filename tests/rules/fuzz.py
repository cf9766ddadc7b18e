"""Hold the fast engine to the reference on random journals: `python -m tests.rules.fuzz --help`.

Each seed is one journal, cut into frames and spread over key groups as its case says, and one shape
of the fast engine's tape; it must give the bytes that the reference gives in one piece. The first
failure ends the run: it is shrunk and shown, with the command that repeats it.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from random import Random
from traceback import format_exc
from typing import Any

import orjson

from rules.engine.evaluate import FastEngine
from rules.reference.engine import ReferenceEngine
from tests.rules.journals import Case, make, shrink
from tests.rules.kit import Run
from tests.rules.shapes import shape_of

SIZES = [60, 300, 1000, 6000]
SUITE_SIZES = SIZES[:3]


def size_of(seed: int, sizes: list[int]) -> int:
    """How many entries a seed's journal has: each size gets about as many entries as another."""
    return Random(f"size of {seed}").choices(sizes, [1 / size for size in sizes])[0]


def reference(case: Case) -> Run:
    """What the reference makes of a journal in one piece."""
    return case.run(ReferenceEngine, groups=1, cuts=())


def fast(case: Case) -> Run | str:
    """What the fast engine makes of it, the way the case says; a traceback where it fails."""
    with shape_of(case.seed).applied():
        try:
            return case.run(FastEngine)
        except Exception:  # noqa: BLE001 - whatever it is, it differs from the reference
            return format_exc()


def difference(case: Case, wanted: Run | None = None) -> str:
    """Tell where the engines disagree about a journal first; nothing when they agree."""
    wanted, made = wanted or reference(case), fast(case)
    if isinstance(made, str):
        return made
    if wanted.rejections != made.rejections:
        return f"refused by the reference: {wanted.rejections}\nby the fast: {made.rejections}"
    for one, other in zip([*wanted.lines, b""], [*made.lines, b""], strict=False):
        if one != other:
            return f"reference: {one.decode()}\nfast:      {other.decode()}"
    return ""


def show(case: Case) -> str:
    """A journal, how it was run, and the first decision that differs."""
    head = f"cuts {list(case.cuts)}, {case.groups} groups, progress {case.progress}"
    lines = [head, str(shape_of(case.seed)), orjson.dumps(case.documents).decode()]
    lines += [f"{number} {entry}" for number, entry in enumerate(case.entries, start=1)]
    return "\n".join([*lines, difference(case)])


def failure(case: Case, size: int, shrunk: bool = True) -> str:
    """What to print about a journal that differs."""
    smaller = shrink(case, lambda tried: bool(difference(tried))) if shrunk else case
    repeat = f"python -m tests.rules.fuzz --seed {case.seed} --sizes {size} --journals 1"
    return f"seed {case.seed}, of {size}:\n{show(smaller)}\nto repeat: {repeat}"


def search(
    seeds: range, sizes: list[int], seconds: float, shrunk: bool = True
) -> tuple[Counter[str], str]:
    """Try seeds until the time is up; return what was tried, and the failure if there is one."""
    end, tried = time.monotonic() + seconds, Counter[str]()
    for seed in seeds:
        if time.monotonic() >= end:
            break
        size = size_of(seed, sizes)
        case = make(seed, size)
        tried.update({"journals": 1, f"of {size}": 1, "entries": len(case.entries)})
        wanted = reference(case)
        tried.update(made["type"] for made in wanted.decisions)
        if difference(case, wanted):
            return tried, failure(case, size, shrunk)
    return tried, ""


def digest(case: Case) -> str:
    """The hash of every byte the fast engine gives for a journal."""
    made = fast(case)
    assert not isinstance(made, str), made
    return sha256(b"\n".join(made.lines)).hexdigest()


def _work(answer: Connection, *how: Any) -> None:
    answer.send(search(*how))


def spread(seeds: range, processes: int, *how: Any) -> Iterator[tuple[Counter[str], str]]:
    """Search in several processes, each with seeds of its own; yield what each has found."""
    context, answers = get_context("spawn"), []
    for part in range(processes):
        ours, theirs = context.Pipe(duplex=False)
        work = (theirs, seeds[part::processes], *how)
        context.Process(target=_work, args=work, daemon=True).start()
        theirs.close()  # so that a process that dies ends the wait for it
        answers.append(ours)
    while answers:
        for answer in wait(answers):
            answers.remove(answer)
            try:
                yield answer.recv()
            except EOFError:
                yield Counter(), "a process died without a word"


def report(found: Iterable[tuple[Counter[str], str]]) -> int:
    """Print what was tried or what failed; return the exit code."""
    total, began = Counter[str](), time.monotonic()
    for tried, failed in found:
        total += tried
        if failed:
            print(failed)
            return 1
    counts = ", ".join(f"{name} {count:,}" for name, count in total.items())
    print(f"no difference in {time.monotonic() - began:,.0f} s: {counts}")
    return 0


def main() -> int:
    """Run until the time is up or the engines disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first journal's seed")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="entries of a journal")
    parser.add_argument("--journals", type=int, default=10**12, help="how many to try at most")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--unshrunk", action="store_true", help="show a failure as it was found")
    parser.add_argument("--digests", action="store_true", help="print a hash per journal instead")
    chosen = parser.parse_args()
    seeds = range(chosen.seed, chosen.seed + chosen.journals)
    if chosen.digests:
        for seed in seeds:
            print(digest(make(seed, size_of(seed, chosen.sizes))))
        return 0
    print(f"seeds from {seeds.start} on", flush=True)
    how = chosen.sizes, chosen.seconds, not chosen.unshrunk
    if chosen.processes == 1:
        return report(search(seeds, *how) for _ in range(1))
    return report(spread(seeds, chosen.processes, *how))


if __name__ == "__main__":
    sys.exit(main())
