"""How long from a breach on its topic until the venue has accepted the order that closes?

The enforce flow runs as it does live, in a process of its own; the test venue answers over HTTP on
the same machine. Accounts breach one after the other, outside any limit of requests.

    .venv/bin/python -m benchmarks.bench_close [ACCOUNTS]
"""

import os
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

from connectors.log.local import LocalLog
from flows.demo.chain import Chain
from flows.topics import ensure_topics
from sinks.migrate import upgrade
from tests.flows.orders import order
from tests.services import fresh_database, service_address
from tests.venue.attach import attached, venues_file
from tests.venue.server import Venue, serving

PAUSE_S = 0.1
SYMBOLS = {"BTCUSDT-PERP": "BTC/USDT:USDT"}


def run(accounts: int) -> list[float]:
    """Return milliseconds, one for each account."""
    names = [f"A{n}" for n in range(accounts)]
    server = service_address("HIGHWATER_DATABASE_URL")
    with (
        tempfile.TemporaryDirectory() as name,
        fresh_database(server) as url,
        serving(Venue()) as venue,
        ExitStack() as stack,
    ):
        upgrade(url)
        folder = Path(name)
        for account in names:
            venue.account(account).hold("BTCUSDT", "0.5", "60000")
        log = LocalLog(folder / "log")
        ensure_topics(log, 1)
        entry = attached(venue, names, symbols=SYMBOLS, timeout_s=5, settle_s=5)
        file = venues_file(folder / "venues.yaml", entry)
        settings = {"HIGHWATER_LOG": f"dir:{folder / 'log'}", "HIGHWATER_DATABASE_URL": url}
        options = {"enforce": [f"--venues={file}"]}
        chain = stack.enter_context(closing(Chain(folder / "out", settings, options, ["enforce"])))
        chain.await_start(lambda: None)
        found = []
        for number, account in enumerate(names):
            began = time.monotonic()
            order(log, account, seq=number + 1)
            while len(venue.accepted) <= number:
                time.sleep(0.0005)
            found.append((venue.accepted[number][0] - began) * 1000)
            time.sleep(PAUSE_S)
    return sorted(found[10:])  # the first ones open connections


def main() -> None:
    """Print the figures."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 210
    found = run(accounts)
    last = len(found) - 1
    p50, p90, p99 = (found[round(last * share)] for share in (0.5, 0.9, 0.99))
    load = os.getloadavg()[0]
    print(f"{len(found)} accounts, load {load:.1f}: breach → order accepted by the venue, ms")
    print(f"p50 {p50:.0f}  p90 {p90:.0f}  p99 {p99:.0f}  worst {found[-1]:.0f}")


if __name__ == "__main__":
    main()
