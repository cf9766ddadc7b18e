"""How fast does the API answer, and how soon is a listener told?

Server, client, PostgreSQL and the persist flow are all on this machine.
    one account     GET by id at a fixed rate, open loop: a late answer delays no other request
    sockets         each told of its account four times a second: due until its last byte is there
    breach          from its append until it is on a socket, and in Postgres
    silent          the same sockets beside clients that never read

    python -m benchmarks.bench_api [--sockets 2000] [--rate 500] [--seconds 10]
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import orjson
import psycopg
import pytest
from bytewax.testing import run_main
from pydantic import SecretStr

from benchmarks.api import wire
from connectors.log.local import LocalLog
from flows.logging import configure_logging
from flows.options import FlowSettings
from flows.persist import persist_flow
from flows.stopping import Stop
from flows.topics import ensure_topics
from schemas.topics import BREACHES, PROGRESS
from sinks.migrate import upgrade
from tests.api.stand import Issuer
from tests.services import fresh_database, service_address
from tests.sinks.rows import breach, decision

RULE = {
    "id": "d",
    "family": "daily_loss",
    "floor": "1",
    "room": "2",
    "used": "0.5",
    "latched": False,
}
STANDING = {
    "state": "active",
    "equity": "50154",
    "balance": "49994",
    "unpriced": False,
    "goals": [],
    "rules": [RULE, {**RULE, "id": "m", "family": "max_drawdown"}],
}
TICK_S = 0.25


def progress(number, seq):
    return orjson.dumps(decision("progress", seq, f"A{number}", seq, **STANDING))


class Bench:
    """A server with accounts, and whoever feeds it."""

    def __init__(self, folder, dsn, accounts):
        self.dsn, self.accounts = dsn, accounts
        self.log = LocalLog(folder / "log")
        ensure_topics(self.log, 1)
        self.seq = 1
        self.progress = self.log.writer(PROGRESS)
        self.breaches = self.log.writer(BREACHES)
        self.feed()
        self.open_accounts()
        issuer = Issuer(folder)
        self.token = issuer.token(exp=int(time.time()) + 86_400)
        arguments = [str(folder / "log"), dsn, str(issuer.jwks)]
        self.server = subprocess.Popen([sys.executable, "-m", "benchmarks.api.server", *arguments])
        port = folder / "log.port"
        while not port.exists() or not port.read_text():
            assert self.server.poll() is None
            time.sleep(0.05)
        self.host, self.port = "127.0.0.1", int(port.read_text())
        headers = {"Authorization": f"Bearer {self.token}"}
        self.http = httpx.Client(base_url=f"http://{self.host}:{self.port}", headers=headers)

    def feed(self):
        """Every account moves."""
        self.seq += 1
        for number in range(self.accounts):
            self.progress.append(progress(number, self.seq))
        self.progress.flush()

    def open_accounts(self):
        """Say how every account was opened, as the journal would."""
        content = orjson.dumps({"initial_balance": "50000", "currency": "USD"}).decode()
        with psycopg.connect(self.dsn) as database:
            database.execute(
                "INSERT INTO highwater.account_events SELECT 0, n + 1, 'e' || n,"
                " 'account.opened', now(), 0, 'default', 'A' || n, null, %s::jsonb"
                " FROM generate_series(0, %s - 1) n",
                (content, self.accounts),
            )

    def ticket(self):
        while (found := self.http.post("/v1/tickets")).status_code == 429:
            time.sleep(0.5)
        return found.json()["ticket"]

    def cpu_s(self):
        fields = Path(f"/proc/{self.server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mb(self):
        pages = Path(f"/proc/{self.server.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def shown(name, times_ns, wanted="", note=""):
    ordered = sorted(times_ns)
    p50, p99 = (ordered[int(len(ordered) * share)] / 1e6 for share in (0.5, 0.99))
    worst = ordered[-1] / 1e6
    print(
        f"{name:<32}{len(ordered):>7,}  p50 {p50:>6.1f}  p99 {p99:>6.1f}  worst {worst:>6.1f} ms"
        f"  wanted {wanted:<22}{note}",
        flush=True,
    )


async def ask(bench, rate, seconds):
    """Ask for single accounts at a fixed rate, from 32 connections."""
    text = (
        "GET /v1/accounts/A{} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + bench.token
        + "\r\n\r\n"
    )
    free = asyncio.Queue()
    for _ in range(32):
        free.put_nowait(await asyncio.open_connection(bench.host, bench.port))
    times = []

    async def one(number, due):
        streams = await free.get()
        assert await wire.request(*streams, text.format(number % bench.accounts).encode()) == 200
        times.append(int((time.perf_counter() - due) * 1e9))
        free.put_nowait(streams)

    began = time.perf_counter()
    asked = []
    for number in range(rate * seconds):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(one(number, due)))
    await asyncio.gather(*asked)
    return times[rate:]


async def listen(bench, count, seconds, silent=0):
    """Open sockets, feed them for a while, and return how late each message was."""
    quiet = [
        await wire.upgrade(bench.host, bench.port, f"/v1/firms/*/live?ticket={bench.ticket()}")
        for _ in range(silent)
    ]
    for reader, _ in quiet:
        reader._transport.pause_reading()
    times = []

    async def hear(reader, writer):
        while True:
            data = await wire.message(reader, writer)
            if data.startswith(b'{"due":'):
                due = int(data[7 : data.index(b",")])
                if due:  # the first one says where the account stands and was never due
                    times.append(time.time_ns() - due)

    opened, hearing = [], []
    for number in range(count):
        path = f"/v1/accounts/A{number}/live?ticket={bench.ticket()}"
        opened.append(await wire.upgrade(bench.host, bench.port, path))
        hearing.append(asyncio.create_task(hear(*opened[-1])))
    times.clear()
    before, began = bench.cpu_s(), time.perf_counter()
    while time.perf_counter() - began < seconds:
        step = time.perf_counter()
        await asyncio.to_thread(bench.feed)
        await asyncio.sleep(max(0.0, TICK_S - (time.perf_counter() - step)))
    spent = (bench.cpu_s() - before) / (time.perf_counter() - began)
    closed = sum(task.done() for task in hearing)
    for task in hearing:
        task.cancel()
    await asyncio.gather(*hearing, return_exceptions=True)
    assert not closed, f"{closed} sockets were closed"
    for _, writer in [*opened, *quiet]:
        writer.transport.abort()
    return times, f"{len(times) / seconds:,.0f}/s, {spent:.0%} of a core, {bench.rss_mb():.0f} MB"


async def break_rules(bench, count):
    """Append breaches one by one; return how long each took to a socket, and to Postgres."""
    path = f"/v1/firms/*/live?ticket={bench.ticket()}"
    reader, writer = await wire.upgrade(bench.host, bench.port, path)
    assert b"hello" in await wire.message(reader, writer)
    sent, told, kept = {}, [], []

    async def hear():
        while len(told) < count:
            data = await wire.message(reader, writer)
            if b'"type":"event"' in data:
                name = orjson.loads(data)["decision"]["decision_id"]
                told.append(time.perf_counter_ns() - sent[name])

    async def look():
        found = 0
        async with await psycopg.AsyncConnection.connect(bench.dsn, autocommit=True) as database:
            while found < count:
                query = "SELECT count(*) FROM highwater.breaches"
                (now,) = await (await database.execute(query)).fetchone()
                ids = list(sent)[found:now]
                kept.extend(time.perf_counter_ns() - sent[name] for name in ids)
                found = now
                await asyncio.sleep(0.005)

    tasks = [asyncio.create_task(hear()), asyncio.create_task(look())]
    for number in range(count):
        bench.seq += 1
        made = breach(bench.seq, f"A{number % bench.accounts}", seq=bench.seq)
        made["decision_id"] = f"{bench.seq:032x}"
        sent[made["decision_id"]] = time.perf_counter_ns()
        bench.breaches.append(orjson.dumps(made))
        bench.breaches.flush()
        await asyncio.sleep(0.02)
    await asyncio.wait_for(asyncio.gather(*tasks), 60)
    writer.close()
    return told, kept


@contextmanager
def persisting(log, dsn):
    """Run the persist flow on a thread."""
    stop = Stop()
    settings = FlowSettings(database_url=SecretStr(dsn), log=f"dir:{log._root}")

    def run():
        with ExitStack() as stack:
            run_main(persist_flow(log, settings, stop, stack))

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop._asked = True
    thread.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=2_000)
    parser.add_argument("--silent", type=int, default=300)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=10)
    given = parser.parse_args()
    configure_logging("error")
    try:
        server = service_address("HIGHWATER_DATABASE_URL")
    except pytest.skip.Exception as skipped:
        sys.exit(str(skipped))
    with (
        fresh_database(server) as dsn,
        tempfile.TemporaryDirectory() as folder,
    ):
        upgrade(dsn)
        bench = Bench(Path(folder), dsn, given.sockets)
        try:
            before = bench.cpu_s()
            times = asyncio.run(ask(bench, given.rate, given.seconds))
            spent = (bench.cpu_s() - before) / (given.rate * given.seconds)
            note = f"{spent * 1e6:,.0f} us of CPU each"
            shown(f"one account by id, {given.rate}/s", times, "p99 15", note)
            times, note = asyncio.run(listen(bench, given.sockets, given.seconds))
            shown(f"{given.sockets:,} sockets, 4 messages/s", times, "p99 20, 50% of a core", note)
            with persisting(bench.log, dsn):
                told, kept = asyncio.run(break_rules(bench, 250))
            shown("breach on the topic → socket", told, "p99 50")
            shown("breach on the topic → Postgres", kept, "p99 1000")
            half = given.sockets // 2
            times, note = asyncio.run(listen(bench, half, given.seconds))
            shown(f"{half:,} sockets", times, "", note)
            times, note = asyncio.run(listen(bench, half, given.seconds, given.silent))
            shown(f"… beside {given.silent} who never read", times, "the same", note)
        finally:
            bench.server.terminate()
            bench.server.wait()
            bench.progress.close()
            bench.breaches.close()


if __name__ == "__main__":
    main()
