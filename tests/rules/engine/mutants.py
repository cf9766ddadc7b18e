"""Break the kernel in many ways, one at a time: the tests beside this file must notice each.

    python -m tests.rules.engine.mutants [NUMBER ...]

Works on a copy of the packages, uncompiled. Exits 1 if a mutant survives or no longer applies.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]


class Mutant(NamedTuple):
    what: str
    file: str
    old: str
    new: str


MUTANTS = [
    Mutant(
        "a node is safe at the stop level itself",
        "seek.py",
        "return low > np.float64(stop_level",
        "return low >= np.float64(stop_level",
    ),
    Mutant(
        "< for <= at a tick",
        "walk.py",
        "            elif equity <= level:\n",
        "            elif equity < level:\n",
    ),
    Mutant(
        "a risen floor is not compared on its own tick",
        "walk.py",
        "                if equity <= level:\n                    return tick, high, high_tick\n"
        "                high, ",
        "                high, ",
    ),
    Mutant(
        "the last tick of a high, not the first",
        "walk.py",
        "if equity > best or (equity == best and tick < best_tick):",
        "if equity >= best:",
    ),
    Mutant(
        "an equal high found earlier in time is ignored",
        "walk.py",
        "(equity == best and tick < best_tick)",
        "False",
    ),
    Mutant(
        "branch and bound cuts ties",
        "seek.py",
        "if bound < known or (best_tick < 0 and bound <= known):",
        "if bound <= known:",
    ),
    Mutant(
        "branch and bound forgets the order of ties",
        "seek.py",
        "if best_tick >= 0 and begin > best_tick and bound <= known:",
        "if best_tick >= 0 and bound <= known:",
    ),
    Mutant(
        "the maximum is settled one tick too far",
        "seek.py",
        "            settled, pending = until, _NEVER\n",
        "            settled, pending = until + 1, _NEVER\n",
    ),
    Mutant(
        "highs left for later are forgotten",
        "visit.py",
        '    pending = np.float64(account["ceiling"]) if settled < checked else _NEVER\n',
        "    pending = _NEVER\n",
    ),
    Mutant(
        "a short counts as a long in upper bounds",
        "bounds.py",
        "        high_at = low_at + 8 if slope >= 0.0 else low_at",
        "        high_at = low_at + 8",
    ),
    Mutant(
        "a short counts as a long in lower bounds",
        "bounds.py",
        "        if slope < 0.0:\n            low_at = low_at + 8\n",
        "",
    ),
    Mutant(
        "the wrong corner of a product",
        "bounds.py",
        "profit = lanes.times(profit, rate_high, rate_low)",
        "profit = lanes.times(profit, rate_low, rate_high)",
    ),
    Mutant(
        "the wrong corner of a quotient",
        "bounds.py",
        "profit = lanes.over(profit, rate_high, rate_low)",
        "profit = lanes.over(profit, rate_low, rate_high)",
    ),
    Mutant(
        "rounding is not covered by bounds",
        "linking.py",
        "error + gross * 2.0**-46 + 1.0",
        "0.0",
    ),
    Mutant(
        "the price carried into a leaf is not in its bounds",
        "tape_kernels.py",
        "        low, high = below(price), above(price)\n\n\n@inlined\ndef _raise_nodes",
        "        low, high = np.float32(np.inf), np.float32(-1.0)\n\n\n@inlined\ndef _raise_nodes",
    ),
    Mutant(
        "a leaf begins with a stale price",
        "tape_kernels.py",
        "tape.opens[leaf_at + s] = tape.last_row[s]",
        "tape.opens[leaf_at + s] = s",
    ),
    Mutant(
        "upper nodes miss their last child",
        "tape_kernels.py",
        "        children = last + 1\n",
        "        children = last\n",
    ),
    Mutant(
        "the mid is the bid",
        "tape_kernels.py",
        "tape.prices[at + 2] = bid + ask",
        "tape.prices[at + 2] = 2 * bid",
    ),
    Mutant(
        "a moving rate is ignored",
        "walk.py",
        'if leg["kind"] & CONVERTED and leg["rate"] == symbol:',
        "if False:",
    ),
    Mutant(
        "half up for half even",
        "wide.py",
        "if rest > other or (rest == other",
        "if rest >= other or (rest == other",
    ),
    Mutant(
        "a lock does not hold the floor",
        "rows.py",
        'min(high - account["allowance"], account["cap"])',
        'high - account["allowance"] if account["cap"] > -FAR else -FAR',
    ),
    Mutant(
        "the maximum starts from the highest mark",
        "rows.py",
        '            high = min(high, row["high"])',
        '            high = row["high"] if high == FAR else max(high, row["high"])',
    ),
    Mutant(
        "upper bands are not watched",
        "due.py",
        "low < bands.low[at] or high > bands.high[at]",
        "low < bands.low[at]",
    ),
    Mutant(
        "bands are accepted without their lower bound",
        "bands.py",
        "if low > np.float64(level) and high <= np.float64(top):",
        "if high <= np.float64(top):",
    ),
    Mutant(
        "bands are accepted without their upper bound",
        "bands.py",
        "if low > np.float64(level) and high <= np.float64(top):",
        "if low > np.float64(level):",
    ),
    Mutant(
        "a rebuilt pool links an account twice",
        "book.py",
        "        if linking.link(self.columns, self.bands.columns, account) >= 0:\n",
        "        while linking.link(self.columns, self.bands.columns, account) >= 0:\n",
    ),
]


def survives(mutant: Mutant) -> bool:
    """Run the tests on a copy with one change."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package in ("rules", "schemas", "tests"):
            ignored = shutil.ignore_patterns("__pycache__", ".hypothesis")
            shutil.copytree(ROOT / package, folder / package, ignore=ignored)
        shutil.copy(ROOT / "pyproject.toml", folder)
        target = folder / "rules" / "engine" / mutant.file
        text = target.read_text()
        if mutant.old not in text:
            sys.exit(f"`{mutant.what}`: its place is no longer in {mutant.file}")
        target.write_text(text.replace(mutant.old, mutant.new, 1))
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, "tests/rules/engine"],
            cwd=folder,
            env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
            capture_output=True,
            check=False,
        )
        return done.returncode == 0


def main() -> None:
    """Try all mutants, or those named by number."""
    numbers = [int(text) for text in sys.argv[1:]] or list(range(len(MUTANTS)))
    alive = 0
    for number in numbers:
        lives = survives(MUTANTS[number])
        alive += lives
        word = "SURVIVED" if lives else "caught"
        print(f"{number:3} {word:9} {MUTANTS[number].what}", flush=True)
    print(f"{len(numbers) - alive} of {len(numbers)} caught")
    sys.exit(alive > 0)


if __name__ == "__main__":
    main()
