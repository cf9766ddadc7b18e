"""What the fault programmes share: a flow killed until it comes through, and seeds by hand."""

import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sinks.migrate import upgrade
from tests.flows.venue_forks import FENCED, Forks, forking
from tests.services import fresh_database, service_address

_STARTS_MAX = 20


@dataclass
class Killer:
    """Kills the flow at requests of these numbers, before or after they were carried out."""

    moments: dict[int, str]
    pid: int = 0
    kills: list[tuple[int, str, str]] = field(default_factory=list)
    fenced: int = 0

    def __call__(self, request, when: str) -> None:
        if self.moments.get(request.number) == when:
            self.kills.append((request.number, when, f"{request.method} {request.path}"))
            os.kill(self.pid, signal.SIGKILL)


def run_through(start: Callable[[], int], forks: Forks, killer: Killer) -> int:
    """Start a flow until it ends by itself; return how often that was.

    Args:
        start: forks the flow and returns its process id.
        forks: that waits for it.
        killer: of the flow.
    """
    for starts in range(1, _STARTS_MAX):
        killer.pid = start()
        code = forks.wait()
        if code == 0:
            return starts
        assert code in (-signal.SIGKILL, FENCED), f"exit code {code}"
        killer.fenced += code == FENCED
    raise AssertionError("it never comes through")


def main(run: Callable[[Forks, int, Path, str], dict[str, int]], proven: str) -> None:
    """Run the seeds named on the command line and print what happened, one line each."""
    runs, first = int(sys.argv[1]), int(sys.argv[2])
    server = service_address("HIGHWATER_DATABASE_URL")
    total: Counter[str] = Counter()
    with forking() as forks:
        for seed in range(first, first + runs):
            with tempfile.TemporaryDirectory() as folder, fresh_database(server) as url:
                upgrade(url)
                try:
                    found = run(forks, seed, Path(folder), url)
                except AssertionError as error:
                    print(f"seed {seed}: {error}")
                    raise SystemExit(1) from None
            total.update(found)
            print(f"seed {seed}: {found}", flush=True)
    print(f"{runs} runs, {proven}: {dict(total)}")
