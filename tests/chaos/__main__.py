"""The crash programme: flows that die at every moment, and one of everything at the end.

    python -m tests.chaos --seed 1 --runs 1 --kills 25                # on a directory
    python -m tests.chaos --kafka HOST:PORT --broker PIDFILE --kills 50   # on a broker of its own

Every run prints its seed; the same seed does the same deeds in the same order.
"""

import argparse
import sys
import tempfile
import time
import uuid
from collections import Counter
from pathlib import Path
from random import Random

from connectors.crash import POINTS
from connectors.log.open import open_log
from flows.prefix import PrefixedLog
from tests.chaos.broker import Broker
from tests.chaos.play import Play


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--kafka", help="HOST:PORT; without it a directory is the log")
    parser.add_argument("--broker", type=Path, help="its pid file: it is killed, too")
    options = parser.parse_args()
    broker = Broker(options.broker, options.kafka) if options.broker else None
    bad = 0
    totals: dict[str, int] = {}
    points: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.runs):
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            url, prefix = f"dir:{folder}/log", ""
            if options.kafka:
                url, prefix = f"kafka:{options.kafka}", f"chaos-{uuid.uuid4().hex[:8]}-"
            log = open_log(url)
            log = PrefixedLog(log, prefix) if prefix else log
            play = Play(log, url, prefix, Path(folder), Random(seed), broker)
            try:
                wrong = play.run(options.kills)
            except Exception as error:  # noqa: BLE001 - it is the verdict; the next seed goes on
                wrong = [f"{type(error).__name__}: {error}"]
            words = play.last_words() if wrong else ""
            log.close()
        bad += bool(wrong)
        for name, count in play.deeds.items():
            totals[name] = totals.get(name, 0) + count
        seconds = time.monotonic() - began
        said = ", ".join(f"{count} {name}" for name, count in sorted(play.deeds.items()))
        points.update(play.points)
        verdict = "; ".join(wrong) or "as it must be"
        print(f"seed {seed}: {verdict}  ({said}; {seconds:.0f} s)", flush=True)
        if wrong:
            again = f"--kafka {options.kafka} --broker PIDFILE " if options.kafka else ""
            print(f"  again: python -m tests.chaos {again}--seed {seed} --kills {options.kills}")
            print(words)
    if options.runs > 1:
        print("all:", ", ".join(f"{count} {name}" for name, count in sorted(totals.items())))
    print("died at each numbered step:")
    for point in POINTS:
        print(f"  {points[point]:>4}  {point}")
    return 1 if bad else 0


sys.exit(main())
