"""`highwater serve` begins, answers and ends; what keeps it from it is told in one line."""

import os
import re
import signal
import socket
import subprocess
import sys

import httpx
import psycopg
import pytest

from connectors.log.local import LocalLog
from sinks.migrate import upgrade
from tests.docs.pages import ROOT

pytestmark = pytest.mark.postgres


def command(dsn, tmp_path, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", "from flows.cli import main; main()", "serve", *arguments],
        env={
            **os.environ,
            "HIGHWATER_DATABASE_URL": dsn,
            "HIGHWATER_LOG": f"dir:{tmp_path / 'log'}",
            "PYTHONPATH": str(ROOT),
        },
        stderr=subprocess.PIPE,
        text=True,
    )


def failed(process):
    with process:
        _, said = process.communicate(timeout=60)
    assert said.strip().count("\n") == 0, said
    return process.returncode, said


def test_serve_when_started_answers_and_ends_when_asked(postgres_url, tmp_path):
    upgrade(postgres_url)
    process = command(postgres_url, tmp_path, "--port=0")
    try:
        url = ""
        while not (match := re.search(r"serving on (http://\S+)", url)):
            url = process.stderr.readline()
            assert url, "it ended"
        assert httpx.get(f"{match[1]}/readyz", timeout=20).json() == {"status": "ok"}
        assert "<title>Highwater</title>" in httpx.get(match[1]).text
        assert httpx.get(f"{match[1]}/app.js").headers["content-security-policy"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        process.stderr.close()
    assert LocalLog(tmp_path / "log").partitions("breaches") == 1, "the topics are made"


def test_serve_when_the_database_has_no_tables_says_what_to_do(postgres_url, tmp_path):
    code, said = failed(command(postgres_url, tmp_path, "--port=0"))
    assert (code, "highwater db upgrade" in said) == (2, True)


def test_serve_when_the_database_is_away_says_so(tmp_path):
    code, said = failed(command("postgresql://nobody@127.0.0.1:1/x", tmp_path, "--port=0"))
    assert (code, "the database does not answer" in said) == (3, True)


def test_serve_when_its_port_is_taken_says_so(postgres_url, tmp_path):
    upgrade(postgres_url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = failed(command(postgres_url, tmp_path, f"--port={port}"))
    assert (code, f"127.0.0.1:{port}" in said) == (2, True)


def test_serve_when_the_database_follows_another_log_refuses(postgres_url, tmp_path):
    upgrade(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        connection.execute(
            "INSERT INTO highwater.stream_progress VALUES ('breaches', 0, 1000000, now(), 0)"
        )
    code, said = failed(command(postgres_url, tmp_path, "--port=0"))
    assert (code, "1000000" in said) == (1, True)


def test_serve_when_there_is_no_demo_says_so(postgres_url, tmp_path):
    code, said = failed(command(postgres_url, tmp_path, f"--demo={tmp_path}"))
    assert (code, "holds no demo" in said) == (2, True)
