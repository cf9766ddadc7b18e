"""The enforce flow against a venue that fails, killed again and again: everything happens once.

By hand: `make enforce-faults RUNS=200 SEED=1`. One seed is one run.
"""

import os
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

import orjson

from connectors.log.local import LocalLog
from schemas.topics import ACCOUNT_EVENTS, INTERVENTIONS
from tests.flows import kit
from tests.flows.fault_runs import Killer, main, run_through
from tests.flows.orders import intervention, order, states, write
from tests.flows.venue_forks import Forks
from tests.venue.attach import attached, venues_file
from tests.venue.faults import Outage, Seeded
from tests.venue.server import Venue, serving

OUTAGE_S = float(os.environ.get("OUTAGE_S", "1"))
"""In every fourth run the venue is down for so long in the middle of it; by hand, 60."""
OPTIONS = {"enforce_patience_s": 60.0 + OUTAGE_S, "enforce_lease_s": 0.6}


def run(forks: Forks, seed: int, folder: Path, url: str) -> dict[str, int]:
    """One run: returns how often things went wrong; raises AssertionError if one stays so."""
    random = Random(seed)
    log, names = LocalLog(folder / "log"), [f"A{n}" for n in range(random.randint(2, 5))]
    with serving(Venue()) as venue:
        held = {name: _trading(venue, name, random) for name in [*names, "bystander"]}
        order(log, *names)
        repeated = random.choice(names)
        write(log, INTERVENTIONS, intervention(repeated))
        start = random.randint(len(names), 6 * len(names))
        venue.fault = Outage(Seeded(seed, most=6), start, OUTAGE_S if seed % 4 == 0 else 0.0)
        numbers = random.sample(range(2, 12 * len(names)), random.randint(1, 3))
        killer = Killer({number: random.choice(("before", "after")) for number in numbers})
        venue.on_request = killer
        file = venues_file(folder / "venues.yaml", attached(venue, list(held)))
        begin = partial(forks.start, "enforce", folder / "log", file, url, **OPTIONS)
        starts = run_through(begin, forks, killer)
        _check(venue, log, held, names, url)
    return {
        "starts": starts,
        "kills": len(killer.kills),
        "fenced": killer.fenced,
        "faults": len(venue.fault.seeded.seen),
        "outages": venue.fault.until > 0,
        "orders": len(venue.accepted),
    }


def _trading(venue: Venue, name: str, random: Random) -> dict[str, Decimal]:
    account = venue.account(name)
    for symbol in ("BTCUSDT", "ETHUSDT")[: random.randint(1, 2)]:
        qty = Decimal(random.randint(1, 5000)) / 1000 * random.choice((1, -1))
        account.hold(symbol, str(qty), "100")
    working = {"symbol": "ETHUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "5"}
    venue.matching.order(account, working, 0)
    if random.random() < 0.3:
        venue.matching.partial["BTCUSDT"] = Decimal("0.5")
    return dict(account.positions)


def _check(venue, log, held, names, url):
    assert states(url) == dict.fromkeys(names, ("confirmed", ""))
    for name in names:
        account = venue.account(name)
        assert account.flat, f"{name} still holds {account.positions}"
        assert account.working == [], name
        assert account.closed == sum(abs(qty) for qty in held[name].values()), name
        assert all(item.reduce_only for item in account.orders[1:]), name
    bystander = venue.account("bystander")
    assert bystander.positions == held["bystander"]
    assert len(bystander.working) == 1
    events = {}
    for value in kit.values(log, ACCOUNT_EVENTS):
        event = orjson.loads(value)
        assert events.setdefault(event["event_id"], value) == value, "one id, two contents"
    for name in names:
        found = [orjson.loads(value) for value in events.values()]
        qty = sum(Decimal(e["qty"]) for e in found if e["account_id"] == name)
        assert qty == venue.account(name).closed, f"fills of {name} are missing"


if __name__ == "__main__":
    main(run, "each account closed exactly once")
