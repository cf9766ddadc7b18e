"""The accounts flow against a venue that fails, killed again and again: every fill counts once.

By hand: `python -m tests.flows.accounts_faults RUNS SEED`. One seed is one run.
"""

from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

import orjson

from connectors.journal import JournalReader
from connectors.log.local import LocalLog
from flows.options import FlowSettings
from flows.reconciling.books import Books
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS
from tests.flows import kit
from tests.flows.fault_runs import Killer, main, run_through
from tests.flows.venue_forks import Forks
from tests.venue.attach import attached, venues_file
from tests.venue.faults import Seeded
from tests.venue.server import Venue, serving

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/venue"
OPTIONS = {"enforce_lease_s": 0.6}
TRADES = 30
SYMBOLS = ("BTCUSDT", "ETHUSDT")


class Trader:
    """Trades at random while the flow asks, and lets the sockets lose and repeat."""

    def __init__(self, venue: Venue, names: list[str], random: Random, killer: Killer):
        self.venue, self.names, self.random, self.killer = venue, names, random, killer
        self.left = TRADES
        venue.on_request = self
        venue.user_streams.fault = lambda _message: random.choice((0, 1, 1, 2))

    def __call__(self, request, when: str) -> None:
        if when == "after" and self.left and self.random.random() < 0.4:
            self.act()
        self.killer(request, when)

    def act(self) -> None:
        self.left -= 1
        matching, now = self.venue.matching, round(datetime.now(UTC).timestamp() * 1000)
        account = self.venue.account(self.random.choice(self.names))
        working = [order for order in account.working if order.symbol in SYMBOLS]
        if working and self.random.random() < 0.5:
            order = self.random.choice(working)
            if self.random.random() < 0.3:
                matching.cancel(account, order)
            else:
                left = order.qty - order.filled
                half = (left / 2).quantize(Decimal("0.001"))
                matching.execute(account, order, self.random.choice((left, half)), now)
            return
        given = {
            "symbol": self.random.choice(SYMBOLS),
            "side": self.random.choice(("BUY", "SELL")),
            "type": self.random.choice(("MARKET", "MARKET", "LIMIT")),
            "quantity": str(Decimal(self.random.randint(2, 900)) / 100),
        }
        if given["type"] == "LIMIT":
            given["price"] = str(matching.prices[given["symbol"]] + self.random.randint(-50, 50))
        matching.order(account, given, now)


def run(forks: Forks, seed: int, folder: Path, url: str) -> dict[str, int]:
    """One run: returns how often things went wrong; raises AssertionError if one stays so."""
    random = Random(seed)
    log, names = LocalLog(folder / "log"), [f"A{n}" for n in range(random.randint(1, 3))]
    ensure_topics(log, 1)
    with serving(Venue()) as venue:
        venue.hang_s = 0.6
        _open(log, venue, names)
        venue.fault = Seeded(seed, most=6)
        moments = random.sample(range(2, 40), random.randint(1, 3))
        killer = Killer({number: random.choice(("before", "after")) for number in moments})
        trader = Trader(venue, names, random, killer)
        report = {"every_s": "0.1", "overlap_s": "1"}
        file = venues_file(folder / "venues.yaml", attached(venue, names, report=report))
        begin = partial(forks.start, "accounts", folder / "log", file, url, **OPTIONS)
        starts = 0
        while trader.left or not starts:
            starts += run_through(begin, forks, killer)
        killer.moments = {}
        venue.on_request = lambda *_: None
        starts += run_through(begin, forks, killer)
        _check(venue, log, names, folder)
    return {
        "starts": starts,
        "kills": len(killer.kills),
        "fenced": killer.fenced,
        "faults": len(venue.fault.seen),
        "hints": venue.user_streams.said,
        "trades": sum(len(venue.account(name).trades) for name in names),
    }


def _open(log: LocalLog, venue: Venue, names: list[str]) -> None:
    with closing(log.writer(ACCOUNT_EVENTS)) as writer:
        for name in names:
            venue.account(name)
            event = {
                "event_id": f"open-{name}",
                "type": "account.opened",
                "ts": datetime.now(UTC).isoformat(),
                "account_id": name,
                "ruleset": "venue-100k@1",
                "initial_balance": "100000",
            }
            writer.append(orjson.dumps(event), name.encode())
        writer.flush()


def _check(venue: Venue, log: LocalLog, names: list[str], folder: Path) -> None:
    given = FlowSettings(
        instruments=EXAMPLE / "instruments.yaml",
        rulesets=EXAMPLE / "rulesets",
        clock_ms=0,
        data_dir=folder / "data",
    )
    kit.sequence(log, given)
    letters = [orjson.loads(v) for n in range(2) for v in kit.values(log, DEAD_LETTERS, n)]
    assert letters == [], letters
    books = Books("reference", frozenset(names))
    reader = JournalReader(log, group="check")
    while entries := reader.read(0.0):
        for entry in entries:
            books.take(entry)
    reader.close()
    for name in names:
        account, held = venue.account(name), books.look(name)
        wanted = {f"{s}-PERP": qty for s, qty in account.positions.items() if qty}
        assert held.positions == wanted, f"{name}: {held.positions} is not {wanted}"
        assert abs(held.balance - account.wallet) < Decimal("0.0001"), name
        open_there = {str(order.order_id) for order in account.working}
        known = books._engine.accounts[name].orders.orders.keys()
        assert known == open_there, f"{name}: orders {set(known)} are not {open_there}"


if __name__ == "__main__":
    main(run, "every fill in the ledger exactly once")
