"""A process that has imported everything and forks a flow at venues for each line it reads.

ccxt takes seconds to import; a fork takes milliseconds. A line is JSON: the environment, and what
the flow needs; the answers are the pid and, when it has ended, how.
"""

import json
import os
import signal
import subprocess
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

import ccxt.async_support
import ccxt.pro  # noqa: F401 - the reason for all this
from pydantic import SecretStr

from connectors.log.local import LocalLog
from flows.accounts import accounts_flow
from flows.enforce import enforce_flow
from flows.logging import configure_logging
from flows.options import FlowSettings
from sinks.enforcements import Fenced
from tests.flows import kit

FENCED = 75
"""It held its venue no longer: on a busy machine a short lease may lapse."""
ROOT = Path(__file__).resolve().parents[2]


FLOWS = {"enforce": enforce_flow, "accounts": accounts_flow}


def run(name: str, environment: dict, log: str, venues: str, url: str, options: dict) -> None:
    """The flow, over what there is."""
    os.environ.update(environment)
    settings = FlowSettings(venues=Path(venues), database_url=SecretStr(url), **options)
    kit.run(FLOWS[name], LocalLog(Path(log)), settings)


class Forks:
    """What the other side is asked."""

    def __init__(self, process: subprocess.Popen):
        self._process = process

    def start(self, flow: str, log: Path, venues: Path, url: str, **options) -> int:
        """Start one; returns its pid."""
        environment = {name: v for name, v in os.environ.items() if name.startswith("TEST_")}
        asked = [flow, environment, str(log), str(venues), url, options]
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> int:
        """The exit code, negative for a signal."""
        return int(self._process.stdout.readline())


@contextmanager
def forking():
    command = [sys.executable, "-m", "tests.flows.venue_forks"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield Forks(process)
        finally:
            process.stdin.close()


def main() -> None:
    configure_logging("error")
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what flows print is no answer
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.alarm(240)
            code = 1
            try:
                run(*json.loads(line))
                code = 0
            except Fenced:
                code = FENCED
            except BaseException:  # noqa: BLE001 - the test shows it
                traceback.print_exc()
            finally:
                os._exit(code)
        print(pid, file=answers, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), file=answers, flush=True)


if __name__ == "__main__":
    main()
