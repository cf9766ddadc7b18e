"""Replay a recording with both engines and compare the files: `python -m tests.flows.compare`.

The accounts are made up (`recorded.py`). The full size takes the reference engine long: minutes to
an hour per recording.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from tests.flows.recorded import CRYPTO, FX, Market, world
from tests.recordings import find, missing

RECORDINGS = {"fx-2014-05-02.parquet": FX, "crypto-2024-08-08.parquet": CRYPTO}
COMMAND = Path(sys.executable).with_name("highwater")


class Replayed(NamedTuple):
    """What one engine wrote, and how long it took."""

    decisions: bytes
    dead_letters: bytes
    seconds: float

    def counts(self) -> Counter[str]:
        """Decisions by type."""
        return Counter(json.loads(line)["type"] for line in self.decisions.splitlines())


def replay(engine: str, ticks: Path, options: list[str], folder: Path, workers: int) -> Replayed:
    """Run `highwater replay` as anybody would."""
    out, letters = folder / f"{engine}.jsonl", folder / f"{engine}-letters.jsonl"
    files = ["--ticks", str(ticks), "--out", str(out), "--dead-letters", str(letters)]
    how = ["--engine", engine, "--workers", str(workers)]
    began = time.monotonic()
    subprocess.run([COMMAND, "replay", *options, *files, *how], check=True, capture_output=True)
    return Replayed(out.read_bytes(), letters.read_bytes(), time.monotonic() - began)


def compare(
    ticks: Path, instruments: list[dict[str, Any]], *, seed: int, accounts: int, workers: int = 1
) -> tuple[Replayed, Replayed]:
    """Replay made-up accounts over a recording with the fast engine and the reference."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = world(Market.read(ticks, instruments), instruments, seed, accounts)
        options = made.write(folder)
        fast = replay("fast", ticks, options, folder, 1)
        return fast, replay("reference", ticks, options, folder, workers)


def main() -> int:
    """Compare at full size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="of the reference engine")
    parser.add_argument("--recording", choices=RECORDINGS, help="one of them alone")
    chosen = parser.parse_args()
    differ = False
    for name, instruments in RECORDINGS.items():
        if chosen.recording not in {None, name}:
            continue
        ticks = find(name)
        if ticks is None:
            print(missing(name))
            continue
        fast, slow = compare(
            ticks,
            instruments,
            seed=chosen.seed,
            accounts=chosen.accounts,
            workers=chosen.workers,
        )
        same = fast[:2] == slow[:2]
        differ = differ or not same
        counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(fast.counts().items()))
        print(
            f"{name}, {chosen.accounts} accounts of seed {chosen.seed}: "
            f"{'identical' if same else 'DIFFERENT'}; {counts}, "
            f"{len(fast.dead_letters.splitlines()):,} dead letters; "
            f"fast {fast.seconds:.0f} s, reference {slow.seconds:.0f} s",
            flush=True,
        )
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
