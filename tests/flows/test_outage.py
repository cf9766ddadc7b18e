"""The database server dies and stays away: risk does not notice, persist catches up.

The server is one of the test's own, killed with SIGKILL, with a real fsync: what it answered for is
on disk. It stays away until risk has decided everything and persist has tried in vain, and for
HIGHWATER_OUTAGE_S more seconds.
"""

import os
import threading
import time
from contextlib import ExitStack

import pytest
from bytewax.testing import run_main
from pydantic import SecretStr

from connectors.log.local import LocalLog
from flows.persist import persist_flow
from flows.row_writer import RowWriter
from flows.stopping import Stop
from schemas.topics import BREACHES
from sinks.migrate import upgrade
from tests.flows import kit
from tests.flows.test_persist import held, stored
from tests.server import own_server

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PATIENCE_S = 60


class Persisting(threading.Thread):
    """The persist flow on a thread of its own."""

    def __init__(self, log, given):
        super().__init__()
        self._log, self._given = log, given
        self.stop = Stop()
        self.failure = None

    def run(self):
        try:
            with ExitStack() as stack:
                run_main(persist_flow(self._log, self._given, self.stop, stack))
        except BaseException as error:  # noqa: BLE001 - told by the test
            self.failure = error


def wait_until(met):
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.005)


def test_persist_when_the_server_dies_catches_up_and_risk_does_not_notice(tmp_path, monkeypatch):
    monkeypatch.setattr("flows.persist.ROWS_MAX", 50)
    tries = []
    retried = RowWriter._reconnect
    monkeypatch.setattr(
        RowWriter, "_reconnect", lambda self, state: (tries.append(state), retried(self, state))
    )
    log = LocalLog(tmp_path / "log")
    files = kit.feed(log, tmp_path)
    with own_server() as server:
        upgrade(server.url)
        given = kit.settings(files, database_url=SecretStr(server.url), retry_s=3_600)
        kit.sequence(log, given)
        persisting = Persisting(log, given)
        persisting.start()
        deciding = threading.Thread(target=kit.decide, args=(log, given))
        deciding.start()
        wait_until(lambda: log.end_offset(BREACHES) > 0)
        server.kill()
        deciding.join()
        wait_until(lambda: len(tries) > 1)
        time.sleep(float(os.environ.get("HIGHWATER_OUTAGE_S", "0")))
        server.start()
        persisting.stop.drained = True
        persisting.join()
        assert persisting.failure is None
        assert stored(server.url) == held(log)
    decided = kit.outputs(log)
    decided.pop("dead-letters/00001")
    assert decided == kit.expected(log), "what an engine decides that knows of no database"
