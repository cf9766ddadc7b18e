"""How fast does the persist sink write breaches, and renew the state of every account?

Client and server share the machine. Batches are what `persist` takes at once; rows are made of the
JSON a topic holds, so that reading it, building rows, copying and moving them all count.

    python -m benchmarks.bench_postgres [--rows 100000]
"""

import argparse
import os
import time
from contextlib import closing
from functools import partial
from hashlib import md5
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import orjson
import pytest

from flows.logging import configure_logging
from flows.persist import ROWS_MAX
from flows.row_writer import RowWriter
from flows.stopping import Stop
from schemas.topics import ACCOUNT_STATES, BREACHES, PROGRESS
from sinks.migrate import upgrade
from sinks.postgres import PostgresSink
from sinks.prepared import Batch
from sinks.witness import Witness
from tests.services import fresh_database, service_address
from tests.sinks.rows import breach, decision, state

POSITION = {
    "id": "EURUSD",
    "symbol": "EURUSD",
    "side": "buy",
    "qty": "2",
    "cost": "217040",
    "mark": "1.07765",
    "mark_seq": 6,
    "rate": None,
    "priced": True,
    "pnl": "-1510",
}
EVIDENCE = {
    "entry": {"kind": "tick", "seq": 6, "symbol": "EURUSD", "bid": "1.07765", "ask": "1.07774"},
    "positions": [POSITION, POSITION],
    "rates": [],
    "floor": {"mode": "trail_equity", "high_water_mark": "50994", "allowance": "2500"},
    "previous_hash": "7ae3b8256d902ef0eb2ecf081e18a40ce6f959cd6ac244cf2dd20bb8a3843ffa",
}
RULE = {
    "id": "daily",
    "family": "daily_loss",
    "floor": "48000",
    "room": "2154",
    "used": "-0.077",
    "latched": False,
}
STANDING = {
    "state": "active",
    "equity": "50154",
    "balance": "49994",
    "unpriced": False,
    "goals": [{"id": "t", "family": "profit_target", "value": "1", "needed": "2", "met": False}],
    "rules": [RULE, RULE],
}


def breaches(rows):
    """Each of a tick of its own, with an id as they have: no order in them."""
    return [orjson.dumps(one_breach(n)) for n in range(rows)]


def one_breach(number):
    own = breach(number, f"A{number % 5000}", evidence=EVIDENCE, also=[], seq=number + 1)
    ts = f"2024-03-05T10:{number // 6000 % 60:02}:{number // 100 % 60:02}.{number % 100:02}5Z"
    return own | {"ts": ts, "decision_id": md5(b"%d" % number).hexdigest()}


def states(accounts, seq):
    """The newest state of every account: a move there and back again, so that moves chain."""
    came, went = ("created", "active") if seq == 1 else ("active", "active")
    return [orjson.dumps({**state(seq, went, f"A{n}", seq), "from": came}) for n in range(accounts)]


def progress(accounts, seq):
    return [
        orjson.dumps(decision("progress", seq, f"A{n}", seq, **STANDING)) for n in range(accounts)
    ]


def server_cpu_s(sink):
    """CPU seconds of the server process behind the sink, which runs on this machine."""
    pid = sink._connection.info.backend_pid
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """What writing some rows took: seconds, and CPU seconds on either side.

    On a machine that others use as well, the CPU seconds say what the seconds cannot.
    """

    wall_s: float
    client_s: float
    server_s: float

    def show(self, name, rows):
        """Print a line."""
        client, server = (spent / rows * 1e6 for spent in self[1:])
        print(
            f"{name:<24}{rows:>9,} rows {self.wall_s:>7.2f} s {rows / self.wall_s:>9,.0f}/s"
            f"  CPU us/row: client {client:>5.1f}, server {server:>5.1f}"
        )


def written(sink, writer, topic, lines, start=0):
    """Write lines in batches; return what it took."""
    began, client, server = time.perf_counter(), time.process_time(), server_cpu_s(sink)
    for at in range(0, len(lines), ROWS_MAX):
        part = lines[at : at + ROWS_MAX]
        first = start + at
        records = list(enumerate(part, first))
        writer.write([Batch(topic, 0, first, first + len(part), records)])
    writer.settle()
    return Cost(
        time.perf_counter() - began, time.process_time() - client, server_cpu_s(sink) - server
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    try:
        server = service_address("HIGHWATER_DATABASE_URL")
    except pytest.skip.Exception as skipped:
        print(skipped)
        return
    configure_logging("error")
    with fresh_database(server) as url, TemporaryDirectory() as folder:
        upgrade(url)
        sink = PostgresSink(url)
        witness = Witness(Path(folder), url, "")
        writer = RowWriter(
            sink, partial(PostgresSink, url), witness, patience_s=60, stop=Stop(), flow="bench"
        )
        with closing(writer):
            sink.positions([(topic, 0) for topic in (BREACHES, ACCOUNT_STATES, PROGRESS)])
            written(sink, writer, BREACHES, breaches(rows)).show("breaches", rows)
            for topic, made in ((ACCOUNT_STATES, states), (PROGRESS, progress)):
                written(sink, writer, topic, made(rows, 1))
                written(sink, writer, topic, made(rows, 2), rows).show(f"{topic} renewed", rows)


if __name__ == "__main__":
    main()
