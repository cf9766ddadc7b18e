"""The database server dies and stays away: risk does not notice, persist catches up.

The server is one of the test's own, killed with SIGKILL, with a real fsync: what it answered for is
on disk. In life such an outage takes minutes; here it takes as long as the rest of the inputs.
"""

import threading
from contextlib import ExitStack

import psycopg
import pytest
from bytewax.testing import run_main
from pydantic import SecretStr

from connectors.log.local import LocalLog
from flows.persist import persist_flow
from flows.stopping import Stop
from schemas.topics import BREACHES
from sinks.migrate import upgrade
from tests.flows import kit
from tests.flows.test_persist import everything, held, stored
from tests.server import own_server

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


def persisting(log, given, stop, failed):
    def run():
        try:
            with ExitStack() as stack:
                run_main(persist_flow(log, given, stop, stack))
        except BaseException as error:  # noqa: BLE001 - told by the test
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def wait_until(met, failed):
    deadline = threading.Event()
    for _ in range(1_200):
        assert not failed, failed
        if met():
            return
        deadline.wait(0.05)
    pytest.fail("it took too long")


def test_persist_when_the_server_dies_for_a_while_catches_up_and_risk_does_not_notice(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("flows.persist.ROWS_MAX", 50)
    log = LocalLog(tmp_path / "log")
    files = kit.feed(log, tmp_path)
    failed, stop = [], Stop()
    with own_server() as server:
        upgrade(server.url)
        given = kit.settings(files, database_url=SecretStr(server.url), retry_s=300)
        thread = persisting(log, given, stop, failed)
        kit.sequence(log, given)
        outage = threading.Thread(target=outlive, args=(server, log, given, failed))
        outage.start()
        kit.decide(log, given)
        outage.join()
        wait_until(lambda: at_end(server.url, log), failed)
        stop.drained = True
        thread.join()
        assert not failed
        assert stored(server.url) == held(log)
        whole = everything(server.url)
        undisturbed(tmp_path, log, server.url, whole)


def outlive(server, log, given, failed):
    """Kill the server when some rows are there; start it again when risk has decided everything."""
    expected = len(kit.expected(log)[f"{BREACHES}/00000"])
    wait_until(lambda: log.end_offset(BREACHES) > 0, failed)
    server.kill()
    wait_until(lambda: log.end_offset(BREACHES) >= expected, failed)
    server.start()


def at_end(url, log):
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT next_offset FROM highwater.stream_progress WHERE topic = %s", (BREACHES,)
        ).fetchone()
    return found is not None and found[0] == log.end_offset(BREACHES)


def undisturbed(tmp_path, log, url, whole):
    """What risk decided beside the outage is what a run without a database decides."""
    again = LocalLog(tmp_path / "again")
    files = kit.feed(again, tmp_path / "inputs")
    kit.sequence(again, kit.settings(files))
    kit.decide(again, kit.settings(files))
    assert kit.outputs(again) == kit.outputs(log)
    assert whole == everything(url)
