"""Hold the fast engine to the reference on random journals: `python -m tests.rules.fuzz --help`.

Each seed is one journal, cut into frames and spread over key groups as its case says; the fast
engine must give the bytes that the reference gives in one piece. A failure is shrunk and shown.
"""

import argparse
import sys
import time

import orjson

from rules.engine.evaluate import FastEngine
from rules.reference.engine import ReferenceEngine
from tests.rules.journals import Case, make, shrink


def differs(case: Case) -> bool:
    """Tell whether the engines disagree about a journal, in a byte or in a refusal."""
    slow = case.run(ReferenceEngine, groups=1, cuts=())
    fast = case.run(FastEngine)
    return slow.lines != fast.lines or slow.rejections != fast.rejections


def show(case: Case) -> None:
    """Print a journal and the first decision that differs."""
    print(orjson.dumps(case.documents).decode())
    for number, entry in enumerate(case.entries, start=1):
        print(number, entry.ts, entry.what)
    slow, fast = case.run(ReferenceEngine), case.run(FastEngine)
    print([entry for entry in slow.rejections if entry not in fast.rejections])
    for wanted, made in zip([*slow.lines, b""], [*fast.lines, b""], strict=False):
        if wanted != made:
            print("reference:", wanted.decode())
            print("fast:     ", made.decode())
            return


def main() -> int:
    """Run until the time is up or the engines disagree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="the first journal's seed")
    parser.add_argument("--size", type=int, default=60, help="entries of a journal")
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    end, seed = time.monotonic() + chosen.seconds, chosen.seed
    while time.monotonic() < end:
        case = make(seed, chosen.size)
        if differs(case):
            print(f"seed {seed} of size {chosen.size}:")
            show(shrink(case, differs))
            return 1
        seed += 1
    print(f"no difference in {seed - chosen.seed} journals")
    return 0


if __name__ == "__main__":
    sys.exit(main())
