"""How long until 500 accounts that breach at once are closed, and in which order?

The enforce flow closes them at the test venue, over HTTP, under the limit of Binance USD-M futures
(2,400 of weight a minute). Without a limit the same shows what the flow itself costs.

    .venv/bin/python -m benchmarks.bench_cascade [ACCOUNTS]
"""

import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from connectors.log.local import LocalLog
from schemas.topics import BREACHES, INTERVENTIONS
from sinks.migrate import upgrade
from tests.flows.orders import breach, intervention, write
from tests.flows.venue_forks import forking
from tests.services import fresh_database, service_address
from tests.venue.attach import attached, venues_file
from tests.venue.server import Venue, serving

SYMBOLS = {"BTCUSDT-PERP": "BTC/USDT:USDT"}


def cascade(forks, accounts: int, limit: int) -> None:
    """Print one line of the table."""
    names = {f"A{n}": 1_000 * (n * 7 % accounts + 1) for n in range(accounts)}
    server = service_address("HIGHWATER_DATABASE_URL")
    with (
        tempfile.TemporaryDirectory() as name,
        fresh_database(server) as url,
        serving(Venue(limit=limit)) as venue,
    ):
        upgrade(url)
        folder = Path(name)
        for account in names:
            venue.account(account).hold("BTCUSDT", "0.5", "60000")
        log = LocalLog(folder / "log")
        write(log, BREACHES, *(breach(a, cost=str(risk)) for a, risk in names.items()))
        write(log, INTERVENTIONS, *(intervention(a) for a in names))
        given = {"symbols": SYMBOLS, "weight_per_minute": limit, "timeout_s": 10, "settle_s": 10}
        file = venues_file(folder / "venues.yaml", attached(venue, list(names), **given))
        pid = forks.start(folder / "log", file, url)
        while not venue.requests:
            time.sleep(0.001)
        began = time.monotonic()
        while len(venue.accepted) < accounts:
            time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)  # what is left is checking that they are closed
        forks.wait()
        taken = sorted(at - began for at, _, _ in venue.accepted)
        assert all(venue.account(account).flat for account in names)
        order = [names[account] for _, account, _ in venue.accepted]
        first = sum(risk in sorted(names.values())[-50:] for risk in order[:50])
        at = [taken[len(taken) // 2], taken[len(taken) * 9 // 10], taken[-1]]
        shown = " | ".join(f"{seconds:.1f} s" for seconds in at)
        print(f"| {limit:,} | {shown} | {first} of 50 | {venue.refused_for_weight} |", flush=True)


def main() -> None:
    """Run it with and without a limit."""
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(f"{accounts} accounts; closed at the venue after")
    print("| weight a minute | half | 90 % | all | most at risk among the first | 429 |")
    print("|---|---|---|---|---|---|")
    with forking() as forks:
        for limit in (1_000_000, 2_400):
            cascade(forks, accounts, limit)


if __name__ == "__main__":
    main()
