"""What tests of flows at the test venue do there: open accounts, trade, and look at the journal."""

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import orjson

from flows.options import FlowSettings
from schemas.topics import ACCOUNT_EVENTS, DEAD_LETTERS, TICKS
from tests.flows import kit

EXAMPLE = Path(__file__).resolve().parents[2] / "examples/venue"


def told(log):
    events = [orjson.loads(value) for value in kit.values(log, ACCOUNT_EVENTS)]
    return [event for event in events if event["event_id"].startswith("venue-")]


def opened(log, *accounts):
    with closing(log.writer(ACCOUNT_EVENTS)) as writer:
        for account in accounts or ["A1"]:
            event = {
                "event_id": f"open-{account}",
                "type": "account.opened",
                "ts": datetime.now(UTC).isoformat(),
                "account_id": account,
                "firm_id": "acme",
                "trader_id": "jo",
                "ruleset": "venue-100k@1",
                "initial_balance": "100000",
            }
            writer.append(orjson.dumps(event), account.encode())
        writer.flush()


def trade(venue, account="A1", symbol="BTCUSDT", side="BUY", qty="0.1", at_ms=0, **more):
    given = {"symbol": symbol, "side": side, "type": "MARKET", "quantity": qty, **more}
    return venue.matching.order(venue.account(account), given, at_ms or now_ms())


def limit(venue, qty="1", price="50000"):
    return trade(venue, qty=qty, type="LIMIT", price=price)


def now_ms():
    return time.time_ns() // 1_000_000


def sequenced(log, tmp_path):
    """Sequences and decides; returns the dead letters."""
    given = FlowSettings(
        instruments=EXAMPLE / "instruments.yaml",
        rulesets=EXAMPLE / "rulesets",
        clock_ms=0,
        engine="reference",
        data_dir=tmp_path / "data",
    )
    with closing(log.writer(TICKS)) as ticks:
        tick = {"ts": str(time.time_ns()), "symbol": "BTCUSDT-PERP", "bid": "60000", "ask": "60000"}
        ticks.append(orjson.dumps(tick), b"BTCUSDT-PERP")
        ticks.flush()
    kit.sequence(log, given)
    kit.decide(log, given)
    return [orjson.loads(v) for n in range(2) for v in kit.values(log, DEAD_LETTERS, n)]
