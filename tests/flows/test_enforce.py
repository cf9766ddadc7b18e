"""What is decided is done at the venue, once, whatever the venue and the topics do."""

from decimal import Decimal

import orjson
import psycopg
import pytest
from pydantic import SecretStr

from connectors.log.local import LocalLog
from flows.enforce import enforce_flow
from flows.options import FlowSettings
from schemas.topics import ACCOUNT_EVENTS, INTERVENTIONS
from sinks.migrate import upgrade
from tests.flows import kit
from tests.flows.orders import intervention, order, states, write
from tests.venue.attach import attached, venues_file
from tests.venue.faults import AFTER, BEFORE, Once
from tests.venue.server import Venue, serving

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def log(tmp_path):
    return LocalLog(tmp_path / "log")


@pytest.fixture
def venue():
    with serving(Venue()) as running:
        yield running


@pytest.fixture
def enforce(log, venue, tmp_path, postgres_url):
    """Runs the flow over what there is, for these accounts; returns states and reasons."""
    upgrade(postgres_url)

    def run(*accounts, patience_s=20.0, **given):
        file = venues_file(tmp_path / "venues.yaml", attached(venue, list(accounts), **given))
        settings = FlowSettings(
            venues=file,
            database_url=SecretStr(postgres_url),
            enforce_patience_s=patience_s,
            enforce_lease_s=1.0,
        )
        kit.run(enforce_flow, log, settings)
        return states(postgres_url)

    return run


def trading(venue, name, qty="1.5"):
    """An account with two positions and a working order."""
    account = venue.account(name)
    account.hold("BTCUSDT", qty, "61000")
    account.hold("ETHUSDT", "-20", "2900")
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "5"}
    venue.matching.order(account, order, 0)
    return account


def closed_once(account, qty="1.5"):
    return (
        account.flat
        and not account.working
        and account.closed == Decimal(qty) + 20
        and all(item.reduce_only for item in account.orders[1:])
    )


def test_intervention_when_carried_out_leaves_nothing_open(enforce, log, venue):
    account, other = trading(venue, "A1"), trading(venue, "A2")
    order(log, "A1")
    assert enforce("A1", "A2") == {"A1": ("confirmed", "")}
    assert closed_once(account)
    assert not other.flat
    assert len(other.working) == 1


def test_intervention_when_it_comes_again_is_done_once(enforce, log, venue):
    account = trading(venue, "A1")
    order(log, "A1")
    order(log, "A1")
    enforce("A1")
    account.hold("BTCUSDT", "7", "60000")
    write(log, INTERVENTIONS, intervention("A1"))
    assert enforce("A1") == {"A1": ("confirmed", "")}
    assert not account.flat, "the trader's next position is another intervention's business"


def test_fills_when_positions_are_closed_come_back_as_account_events(enforce, log, venue):
    trading(venue, "A1")
    order(log, "A1")
    enforce("A1")
    events = [orjson.loads(value) for value in kit.values(log, ACCOUNT_EVENTS)]
    found = {(e["symbol"], e["side"], e["qty"], e["price"], e["commission"]) for e in events}
    assert found == {
        ("BTCUSDT-PERP", "sell", "1.5", "60000", "36"),
        ("ETHUSDT-PERP", "buy", "20", "3000", "24"),
    }
    assert {(e["type"], e["account_id"], e["reason"]) for e in events} == {
        ("fill", "A1", "liquidation")
    }
    assert len({e["event_id"] for e in events}) == 2


@pytest.mark.parametrize(
    ("kind", "number"), [*((kind, 1) for kind in (*BEFORE, *AFTER)), ("timeout_after", 2)]
)
def test_order_when_its_answer_is_lost_is_sent_once(enforce, log, venue, kind, number):
    account = trading(venue, "A1")
    order(log, "A1")
    orders = []

    def fits(request):
        if request.method == "POST" and request.path == "v1/order":
            orders.append(request)
        return len(orders) == number

    venue.fault = Once(kind, fits)
    assert enforce("A1") == {"A1": ("confirmed", "")}
    assert closed_once(account)
    assert len(account.orders) == 3, "no order was sent that the venue had accepted already"
    names = [item.client_id for item in account.orders]
    assert len(set(names)) == len(names)


def test_position_when_filled_in_part_is_closed_by_further_orders(enforce, log, venue):
    account = trading(venue, "A1")
    venue.matching.partial["BTCUSDT"] = Decimal("0.4")
    order(log, "A1")
    assert enforce("A1") == {"A1": ("confirmed", "")}
    assert closed_once(account)
    assert [item.filled for item in account.orders if item.symbol == "BTCUSDT"][1:] == [
        Decimal("0.6"),
        Decimal("0.9"),
    ]


def test_intervention_when_the_venue_refuses_has_failed_and_says_why(enforce, log, venue):
    venue.matching.accounts.pop("A1", None)
    order(log, "A1")
    state, reason = enforce("A1")["A1"]
    assert state == "failed"
    assert reason.startswith("cancel_orders: refused: ")
    assert "Invalid API-key" in reason


def test_intervention_when_the_venue_stays_away_needs_an_operator(enforce, log, venue):
    account = trading(venue, "A1")
    order(log, "A1")
    venue.fault = lambda request: "maintenance" if request.path != "v1/exchangeInfo" else None
    state, reason = enforce("A1", patience_s=0.5)["A1"]
    assert state == "needs_operator"
    assert reason.startswith("cancel_orders: the venue did not answer: ")
    assert not account.flat


def test_intervention_when_no_venue_has_the_account_needs_an_operator(enforce, log, venue):
    order(log, "lost")
    write(log, INTERVENTIONS, intervention("seen", actions=("notify",)))
    assert enforce("A1") == {
        "lost": ("needs_operator", "no venue is configured for this account"),
        "seen": ("confirmed", ""),
    }


def test_stop_when_it_was_removed_is_set_again_for_what_is_held(enforce, log, venue):
    account = venue.account("A1")
    account.hold("BTCUSDT", "1.5", "61000")
    stop = {
        "position_id": "p",
        "symbol": "BTCUSDT-PERP",
        "side": "buy",
        "qty": "2",
        "stop_loss": "58000.5",
    }
    order(log, "A1", actions=("reapply_stop", "notify"), removed=[stop])
    venue.fault = Once("timeout_after")
    assert enforce("A1") == {"A1": ("confirmed", "")}
    (made,) = account.stops
    assert (made.side, made.qty, made.stop) == ("SELL", Decimal("1.5"), Decimal("58000.5"))
    assert not account.flat
    assert made.reduce_only


@pytest.mark.parametrize(
    ("actions", "stops", "flat"),
    [(("notify",), 0, False), (("close_positions", "notify"), 0, True)],
)
def test_stop_when_it_was_removed_is_alerted_or_closed_as_the_ruleset_says(
    enforce, log, venue, actions, stops, flat
):
    account = venue.account("A1")
    account.hold("BTCUSDT", "1.5", "61000")
    stop = {"position_id": "p", "symbol": "BTCUSDT-PERP", "side": "buy", "qty": "2"}
    order(log, "A1", actions=actions, removed=[{**stop, "stop_loss": "58000.5"}])
    assert enforce("A1") == {"A1": ("confirmed", "")}
    assert (len(account.stops), account.flat) == (stops, flat)


def test_stop_when_the_position_is_gone_meanwhile_is_noted_and_nothing_is_sent(
    enforce, log, venue, postgres_url
):
    venue.account("A1")
    stop = {"position_id": "p", "symbol": "BTCUSDT-PERP", "side": "buy", "qty": "2"}
    order(log, "A1", actions=("reapply_stop",), removed=[{**stop, "stop_loss": "58000.5"}])
    assert enforce("A1") == {"A1": ("confirmed", "")}
    assert venue.account("A1").stops == []
    with psycopg.connect(postgres_url) as connection:
        notes = connection.execute("SELECT notes FROM highwater.enforcements").fetchone()
    assert notes == (["reapply_stop: no BTCUSDT-PERP is held"],)


def test_interventions_when_many_come_at_once_go_by_money_at_risk(enforce, log, venue):
    names = [f"A{n}" for n in range(12)]
    for name in names:
        venue.account(name).hold("BTCUSDT", "1", "60000")
    for n, name in enumerate(names):
        order(log, name, cost=str(1000 * ((n * 5) % 12)))
    # Enough for the markets and for one account in a minute; `Retry-After` says how it goes on.
    enforce(*names)
    at_risk = {name: 1000 * ((n * 5) % 12) for n, name in enumerate(names)}
    sent = [at_risk[name] for _, name, _ in venue.accepted]
    assert len(sent) == 12
    # What arrives while the first are on their way can't overtake them.
    assert sum(sent[:4]) > sum(sent[-4:])
