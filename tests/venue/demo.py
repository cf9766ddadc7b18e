"""`make demo-venue`: a breach closes positions at a venue, and the books agree in the end.

feed → sequence → risk → enforce → the test venue → accounts → reconcile, as processes of their own
on the embedded services; ccxt is unmodified and speaks HTTP and sockets with a venue on this
machine. Nobody tells the pipeline anything but the venue, and that an account was opened.
"""

import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import psycopg

from connectors.log.abstract import Log
from flows.demo.chain import Chain
from flows.demo.check import values
from flows.demo.stage import Stage, set_stage
from flows.failures import Failure
from flows.logging import configure_logging
from flows.options import FlowSettings
from flows.topics import ensure_topics
from schemas.topics import ACCOUNT_EVENTS, BREACHES, INTERVENTIONS, TICKS
from tests.venue.attach import attached, venues_file
from tests.venue.server import Venue, serving
from tests.venue.streams import book_ticker

FLOWS = ("accounts", "feed", "sequence", "risk", "persist", "enforce", "reconcile")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples/venue"
START = {"BTCUSDT": Decimal(60_000), "ETHUSDT": Decimal(3_000)}
LONG, SHORT, CAREFUL = "long-btc", "short-btc", "careful"
HOLDINGS = {
    LONG: [("BTCUSDT", "buy", "1.5"), ("ETHUSDT", "buy", "10")],
    SHORT: [("BTCUSDT", "sell", "1.5")],
    CAREFUL: [("BTCUSDT", "buy", "0.2")],
}
LOST = "the socket says nothing of it"
STEP = Decimal("0.997")
WAIT_S = 90.0
SPREAD = Decimal("0.5")


class Show:
    """The demo, step by step."""

    def __init__(self, stage: Stage, venue: Venue, log: Log, chain: Chain):
        self.stage, self.venue, self.log, self.chain = stage, venue, log, chain
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"{time.monotonic() - self.began:6.1f} s  {text}", flush=True)

    def push_prices(self) -> None:
        """Let the venue push its prices to whoever listens."""
        for name in self.venue.matching.prices:
            bid, ask = self.venue.matching.book(name)
            said = book_ticker(name, str(bid), str(ask))
            self.venue.streams.soon(f"{name.lower()}@bookTicker", said)

    def trade(self, account: str, symbol: str, side: str, qty: str) -> None:
        """Trade at the venue."""
        given = {"symbol": symbol, "side": side.upper(), "type": "MARKET", "quantity": qty}
        self.venue.matching.order(self.venue.account(account), given, time.time_ns() // 1_000_000)

    def tell(self, *events: dict) -> None:
        """Append account events as the firm's own systems do."""
        with closing(self.log.writer(ACCOUNT_EVENTS)) as writer:
            for event in events:
                writer.append(orjson.dumps(event), event["account_id"].encode())
            writer.flush()

    def await_that(self, what: str, holds) -> None:
        """Go on when it holds; prices keep coming meanwhile."""
        deadline = time.monotonic() + WAIT_S
        while not holds():
            self.chain.check()
            if time.monotonic() > deadline:
                raise Failure(f"it never came: {what}")
            self.push_prices()
            time.sleep(0.2)

    def rows(self, query: str) -> list[tuple]:
        with psycopg.connect(self.stage.dsn) as connection:
            return connection.execute(query).fetchall()


def play(show: Show) -> None:
    """Tell the story."""
    show.await_that("prices", lambda: len(values(show.log, TICKS)) >= len(START))
    show.say("the feed has the prices of now")
    for account in HOLDINGS:
        show.venue.user_streams.wait_for(account)
    show.tell(*(_opened(account) for account in HOLDINGS))
    for account, held in HOLDINGS.items():
        for item in held:
            show.trade(account, *item)
        show.say(
            f"{account} trades: {', '.join(' '.join(item[1:]) + ' ' + item[0] for item in held)}"
        )
    show.await_that("the fills of these trades", lambda: len(_fills(show)) == 4)
    show.say("sockets hinted, and the accounts flow asked: all of them are booked")
    show.venue.user_streams.fault = lambda _message: 0
    show.trade(CAREFUL, "ETHUSDT", "buy", "0.5")
    show.say(f"{CAREFUL} buys 0.5 ETHUSDT, and {LOST}")
    show.await_that("the lost trade is booked", lambda: len(_fills(show)) == 5)
    show.say("the accounts flow asks on its schedule, and books that one, too")
    show.say("the price of BTC falls")

    def breached() -> bool:
        prices = show.venue.matching.prices
        prices["BTCUSDT"] = (prices["BTCUSDT"] * STEP).quantize(Decimal("0.01"))
        return bool(values(show.log, BREACHES))

    show.await_that("a breach", breached)
    breach = orjson.loads(values(show.log, BREACHES)[0])
    show.say(
        f"{breach['account_id']} breaks `{breach['rule']}`: equity {breach['equity']},"
        f" floor {breach['floor']}"
    )
    show.await_that("the close", lambda: _states(show) == {LONG: "confirmed"})
    for _, account, client_id in show.venue.accepted:
        show.say(f"the venue took order {client_id} of {account}, reduce-only")
    show.await_that("the fills", lambda: len(_fills(show)) == 7 and _journal_agrees(show))
    show.say("venue and journal agree about every account")


def balance(show: Show) -> bool:
    """Balance the books; prints one line for each."""
    venue, found = show.venue, []
    account = venue.account(LONG)
    wanted = sum(Decimal(qty) for _, _, qty in HOLDINGS[LONG])
    found.append((f"closed {account.closed} of {wanted}, once", account.closed == wanted))
    found.append((f"{LONG} holds nothing", account.flat and not account.working))
    others = {name: dict(venue.account(name).positions) for name in (SHORT, CAREFUL)}
    kept = {
        SHORT: {"BTCUSDT": Decimal("-1.5")},
        CAREFUL: {"BTCUSDT": Decimal("0.2"), "ETHUSDT": Decimal("0.5")},
    }
    found.append(("the others were not touched", others == kept))
    fills = _fills(show)
    closes = [e for e in fills.values() if e["reason"] == "liquidation"]
    found.append((f"{len(closes)} closing fills", len(closes) == len(HOLDINGS[LONG])))
    trades = sum(len(venue.account(name).trades) for name in HOLDINGS)
    found.append((f"{trades} trades, {len(fills)} fills", trades == len(fills)))
    interventions = len(values(show.log, INTERVENTIONS))
    done = show.rows("SELECT state, count(*) FROM highwater.enforcements GROUP BY 1")
    found.append((f"{interventions} intervention, {done}", done == [("confirmed", interventions)]))
    left = show.rows(
        "SELECT account_id, kind, state FROM highwater.drifts WHERE state <> 'resolved'"
    )
    drifts = len(show.rows("SELECT 1 FROM highwater.drifts"))
    found.append((f"{drifts} disagreements, {len(left)} left", not left))
    for text, holds in found:
        print(f"  {'ok ' if holds else 'BAD'} {text}")
    return all(holds for _, holds in found)


def _opened(account: str) -> dict:
    return {
        "event_id": f"open-{account}",
        "type": "account.opened",
        "ts": _now(),
        "account_id": account,
        "ruleset": "venue-100k@1",
        "initial_balance": "100000",
    }


def _fills(show: Show) -> dict[str, dict]:
    """By event id: the close is told by two flows, and counts once."""
    events = [orjson.loads(value) for value in values(show.log, ACCOUNT_EVENTS)]
    return {event["event_id"]: event for event in events if event["type"] == "fill"}


def _states(show: Show) -> dict[str, str]:
    return dict(show.rows("SELECT account_id, state FROM highwater.enforcements"))


def _journal_agrees(show: Show) -> bool:
    return not show.rows("SELECT 1 FROM highwater.drifts WHERE state <> 'resolved'")


def _now() -> str:
    return datetime.now(UTC).isoformat()


def main() -> int:
    """Play it; returns the exit code."""
    configure_logging("warning")
    with ExitStack() as stack:
        venue = stack.enter_context(serving(Venue({n: str(p) for n, p in START.items()})))
        stage = stack.enter_context(set_stage(None, None))
        quick = {"every_s": "1", "retry_s": "0.5", "in_flight_s": "1", "looks": "20"}
        for account in HOLDINGS:
            venue.account(account)
        entry = attached(
            venue,
            list(HOLDINGS),
            reconcile=quick,
            report={"every_s": "1"},
            timeout_s=2,
            settle_s=1,
        )
        file = venues_file(stage.folder / "venues.yaml", entry)
        log = stack.enter_context(closing(FlowSettings(log=stage.log_url).open_log()))
        ensure_topics(log, 1)
        environment = {
            "HIGHWATER_LOG": stage.log_url,
            "HIGHWATER_DATABASE_URL": stage.dsn,
            "HIGHWATER_TOPIC_PREFIX": "",
            "HIGHWATER_ENGINE": "reference",
        }
        listed = [
            f"--instruments={EXAMPLE / 'instruments.yaml'}",
            f"--rulesets={EXAMPLE / 'rulesets'}",
        ]
        at = [f"--venues={file}"]
        options = dict.fromkeys(("feed", "accounts", "enforce", "reconcile"), at)
        options["sequence"] = listed
        folder = stage.folder / "flows"
        chain = stack.enter_context(closing(Chain(folder, environment, options, FLOWS)))
        print(f"Venue at {venue.url}, data below {stage.folder}", flush=True)
        chain.await_start(lambda: None)
        venue.matching.spread = dict.fromkeys(venue.matching.prices, SPREAD)
        show = Show(stage, venue, log, chain)
        play(show)
        for name in FLOWS:
            chain.drain(name, lambda: None)
        show.say("all flows have ended; the books:")
        return 0 if balance(show) else 1


if __name__ == "__main__":
    try:
        raise SystemExit(main())
    except Failure as failure:
        raise SystemExit(f"demo-venue: {failure}") from None
