"""Unmodified ccxt trades against the test venue, over HTTP, in decimals from end to end."""

import asyncio
import time
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from connectors.venues.abstract import Ambiguous, Busy, Definite, NotOffered, Order, Position
from connectors.venues.budget import Budget
from connectors.venues.ccxt_venue import CcxtVenue
from connectors.venues.settings import VenueSettings, load_venues
from tests.venue.attach import attached, venues_file
from tests.venue.faults import Once
from tests.venue.server import Venue, serving

pytestmark = pytest.mark.slow  # ccxt alone takes seconds to import


@pytest.fixture(scope="module")
def venue():
    with serving(Venue()) as running:
        yield running


@pytest.fixture
def account(venue, request):
    """An empty account of the test's own, by its name."""
    name = request.node.name.replace("[", "_").replace("]", "")[:60]
    return name, venue.account(name)


@asynccontextmanager
async def connected(venue, name, budget=None):
    settings = VenueSettings.model_validate(attached(venue, [name]))
    opened = CcxtVenue(settings, budget or Budget(100_000))
    await opened.open()
    try:
        yield opened.account(name)
    finally:
        await opened.close()


def with_account(venue, name, work, budget=None):
    async def run():
        async with connected(venue, name, budget) as account:
            return await work(account)

    return asyncio.run(run())


def test_account_when_it_holds_positions_closes_exactly_them(venue, account):
    name, held = account
    held.hold("BTCUSDT", "0.123", "61000.55")
    held.hold("ETHUSDT", "-2.5", "2900")

    async def work(session):
        positions = await session.positions()
        states = [await session.close(item, f"c{n}") for n, item in enumerate(positions)]
        return positions, states, await session.positions(), await session.balances()

    positions, states, left, balances = with_account(venue, name, work)
    assert positions == [
        Position("BTCUSDT-PERP", "buy", Decimal("0.123")),
        Position("ETHUSDT-PERP", "sell", Decimal("2.5")),
    ]
    assert [state.filled for state in states] == [Decimal("0.123"), Decimal("2.5")]
    assert all(state.status == "filled" for state in states)
    assert left == []
    # 0.123 × (60000 − 61000.55) + −2.5 × (3000 − 2900), exactly, and 0.04 % of both closes
    fees = Decimal("2.952") + 3
    assert balances["USDT"] == Decimal(100000) - Decimal("123.06765") - Decimal("250.0") - fees


def test_orders_when_all_are_cancelled_leaves_no_stop_either(venue, account):
    name, held = account
    held.hold("BTCUSDT", "1", "60000")
    position = Position("BTCUSDT-PERP", "buy", Decimal(1))

    async def work(session):
        await session.place(
            Order("limit1", "BTCUSDT-PERP", "buy", Decimal("0.5"), Decimal("50000.25"))
        )
        await session.set_stop(position, Decimal("58000.5"), "stop1")
        found = await session.find_stop("BTCUSDT-PERP", "stop1")
        working = len(held.working)
        await session.cancel_all()
        return found, working

    found, working = with_account(venue, name, work)
    assert (found.status, working, held.working) == ("open", 2, [])
    assert held.stops[0].stop == Decimal("58000.5")
    assert held.stops[0].reduce_only
    assert held.orders[0].price == Decimal("50000.25")


def test_order_when_never_seen_is_none_and_when_seen_tells_its_state(venue, account):
    name, held = account
    held.hold("BTCUSDT", "1", "60000")

    async def work(session):
        before = await session.find("BTCUSDT-PERP", "once")
        await session.close(Position("BTCUSDT-PERP", "buy", Decimal(1)), "once")
        return before, await session.find("BTCUSDT-PERP", "once")

    before, after = with_account(venue, name, work)
    assert before is None
    assert (after.status, after.filled) == ("filled", Decimal(1))


def test_fills_when_asked_for_are_the_accounts_own_trades(venue, account):
    name, held = account
    held.hold("BTCUSDT", "0.5", "60000")

    async def work(session):
        await session.close(Position("BTCUSDT-PERP", "buy", Decimal("0.5")), "c")
        return await session.fills("BTCUSDT-PERP", round(time.time() * 1000) - 60_000)

    (fill,) = with_account(venue, name, work)
    assert (fill.symbol, fill.side, fill.qty, fill.price) == (
        "BTCUSDT-PERP",
        "sell",
        Decimal("0.5"),
        Decimal(60000),
    )
    assert (fill.fee, fill.fee_currency) == (Decimal(12), "USDT")


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        ("timeout_before", Ambiguous, 0),
        ("timeout_after", Ambiguous, 1),
        ("error_before", Ambiguous, 0),
        ("error_after", Ambiguous, 1),
        ("cut_after", Ambiguous, 1),
        ("maintenance", Ambiguous, 0),
        ("busy", Busy, 0),
    ],
)
def test_order_when_the_answer_is_lost_says_that_nobody_knows(
    venue, account, kind, error, accepted
):
    """ccxt itself calls a broken answer an `ExchangeError`, which would be definite."""
    name, held = account
    held.hold("BTCUSDT", "1", "60000")

    async def work(session):
        venue.fault = Once(kind)
        with pytest.raises(error):
            await session.close(Position("BTCUSDT-PERP", "buy", Decimal(1)), "c")

    with_account(venue, name, work)
    assert len(held.orders) == accepted


def test_order_when_the_venue_refuses_it_is_definite(venue, account):
    name, _ = account

    async def work(session):
        with pytest.raises(Definite, match="ReduceOnly"):
            await session.close(Position("BTCUSDT-PERP", "buy", Decimal(1)), "c")
        with pytest.raises(NotOffered):
            await session.disable()

    with_account(venue, name, work)


def test_requests_when_counted_weigh_no_less_than_at_the_venue(account):
    """The venue would refuse with 429 otherwise; it never does."""
    name = account[0]
    with serving(Venue(limit=60)) as venue:
        venue.account(name)
        slept = []
        now = [0.0]
        venue.clock = lambda: now[0]

        async def sleep(seconds):
            slept.append(seconds)
            now[0] += seconds

        budget = Budget(50, clock=lambda: now[0], sleep=sleep)

        async def work(session):
            for _ in range(12):
                await session.positions()

        with_account(venue, name, work, budget)
        assert venue.refused_for_weight == 0
        assert slept, "13 requests of weight 1 and 5 do not fit into half of 50"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"exchange": None}, "venues.0.exchange"),
        ({"adapter": "fix"}, "venues.0.adapter"),
        ({"weight_per_minute": "0"}, "venues.0.weight_per_minute"),
        ({"settle_s": "soon"}, "venues.0.settle_s: must be a number"),
    ],
)
def test_file_of_venues_when_wrong_names_line_and_field(tmp_path, change, said):
    from connectors.bad_file import BadFile

    entry = {"id": "v", "exchange": "binanceusdm", "accounts": {}} | change
    with pytest.raises(BadFile) as caught:
        load_venues(venues_file(tmp_path / "venues.yaml", entry))
    assert said in str(caught.value)
    assert "venues.yaml:" in str(caught.value)
