from decimal import Decimal

import pytest

from connectors.synthetic import working
from connectors.synthetic.account import Account, Ticket
from connectors.synthetic.desk import Desk
from connectors.synthetic.instruments import mappings
from connectors.synthetic.outbox import Outbox
from connectors.synthetic.plans import PLANS
from connectors.synthetic.quotes import Quotes
from schemas.instruments import InstrumentTable

TABLE = InstrumentTable.parse(mappings())
EURUSD, USDJPY, EURGBP, GBPUSD, INVERSE, BITCOIN, TETHER = (
    TABLE.index[symbol]
    for symbol in ("EURUSD", "USDJPY", "EURGBP", "GBPUSD", "BTCUSD-INV", "BTCUSDT-PERP", "USDTUSD")
)


@pytest.fixture
def desk():
    desk = Desk(Quotes(TABLE, 1200.0), Outbox())
    quote(desk, EURUSD, 109_040, 109_042)
    return desk


def quote(desk, symbol, bid, ask):
    desk.quotes.bid[symbol], desk.quotes.ask[symbol] = bid, ask
    for guard in desk.guards.touched(symbol, bid, ask):
        if guard.live:
            working.touch(desk, guard)


def account(*, hedging=False, plan=PLANS[0]):
    return Account(1, "T1", plan, "evaluation", False, hedging, plan.initial)


def fills(desk):
    return [event for _, event in desk.outbox.pending if event["type"] == "fill"]


def test_desk_when_a_stop_is_touched_closes_at_the_touching_bid(desk):
    owner = account()
    desk.open(owner, Ticket(EURUSD, 1, 200, stop=100))
    quote(desk, EURUSD, 108_941, 108_943)
    assert len(fills(desk)) == 1, "above the stop nothing happens"
    quote(desk, EURUSD, 108_930, 108_999)
    opened, closed = fills(desk)
    assert opened["price"] == "1.09042"
    assert opened["stop_loss"] == "1.08940"
    assert opened["commission"] == "7"
    assert (closed["side"], closed["price"], closed["qty"]) == ("sell", "1.08930", "2.00")
    assert closed["reason"] == "stop_loss"
    assert owner.positions == {}
    assert owner.cash == Decimal(100_000) - 14 - Decimal("224.00")


def test_desk_when_a_short_target_is_touched_closes_at_the_touching_ask(desk):
    owner = account()
    desk.open(owner, Ticket(EURUSD, -1, 100, target=50))
    quote(desk, EURUSD, 108_990, 108_991)
    assert fills(desk)[-1]["reason"] == "take_profit"
    assert fills(desk)[-1]["price"] == "1.08991"


def test_desk_when_a_stop_was_moved_or_removed_forgets_the_old_one(desk):
    owner = account()
    held = desk.open(owner, Ticket(EURUSD, 1, 100, stop=100))
    desk.protect(owner, held, 108_500)
    quote(desk, EURUSD, 108_900, 108_902)
    desk.protect(owner, held, None)
    quote(desk, EURUSD, 108_000, 108_002)
    moves = [event for _, event in desk.outbox.pending if event["type"] == "position.protected"]
    assert [event["stop_loss"] for event in moves] == ["1.08500", None]
    assert all(event["symbol"] == "EURUSD" for event in moves)
    assert held.qty == 100


def test_desk_when_a_netting_fill_is_larger_than_what_is_held_reverses(desk):
    owner = account()
    desk.open(owner, Ticket(EURUSD, 1, 100, stop=100))
    turned = desk.open(owner, Ticket(EURUSD, -1, 250))
    assert (turned.side, turned.qty) == (-1, 150)
    quote(desk, EURUSD, 100_000, 100_001)
    assert turned.qty == 150, "the long's stop went with it"


def test_desk_when_hedging_holds_both_sides_and_uses_an_id_again(desk):
    owner = account(hedging=True)
    long = desk.open(owner, Ticket(EURUSD, 1, 100, key="long"))
    desk.open(owner, Ticket(EURUSD, -1, 100, key="short"))
    desk.close(owner, long, 40)
    desk.close(owner, long, 999)
    assert [event["qty"] for event in fills(desk)[2:]] == ["0.40", "0.60"]
    assert list(owner.positions) == ["short"]
    assert desk.open(owner, Ticket(EURUSD, 1, 5, key="long")).qty == 5


def test_desk_when_a_hedging_fill_has_no_id_names_the_position_by_the_fill(desk):
    owner = account(hedging=True)
    held = desk.open(owner, Ticket(EURUSD, 1, 100))
    desk.close(owner, held)
    opened, closed = fills(desk)
    assert "position_id" not in opened
    assert closed["position_id"] == opened["fill_id"]


def test_desk_when_no_rate_is_known_opens_nothing(desk):
    quote(desk, EURGBP, 84_000, 84_005)
    assert desk.open(account(), Ticket(EURGBP, 1, 100)) is None
    quote(desk, GBPUSD, 129_350, 129_354)
    assert desk.open(account(), Ticket(EURGBP, 1, 100)) is not None


def test_desk_when_a_limit_order_is_touched_fills_it_with_its_rebate(desk):
    plan = next(plan for plan in PLANS if plan.currency == "USDT")
    quote(desk, BITCOIN, 8_250_000, 8_250_010)
    owner = account(hedging=True, plan=plan)
    order = working.place(desk, owner, Ticket(BITCOIN, 1, 1_000, target=100), 8_240_000)
    working.amend(desk, owner, order, 8_245_000)
    quote(desk, BITCOIN, 8_244_990, 8_245_000)
    (filled,) = fills(desk)
    assert filled["order_id"] == order.order_id
    assert filled["price"] == "82450.00"
    assert filled["commission"].startswith("-4.12")
    assert owner.orders == {}


def test_quotes_when_the_contract_is_inverse_win_in_base_currency(desk):
    quote(desk, INVERSE, 800_000, 800_000)
    won = desk.quotes.profit(INVERSE, "BTC", 800_000, 1_000_000, 100_000)
    assert won == Decimal("0.25")
    assert desk.quotes.profit(INVERSE, "USD", 800_000, 1_000_000, 100_000) == Decimal(20_000)


def test_size_when_a_stride_goes_against_it_costs_the_risk(desk):
    quote(desk, USDJPY, 147_800, 147_804)
    for symbol in (EURUSD, USDJPY):
        owner = account()
        qty = desk.size(owner, symbol, 0.01)
        entry = desk.quotes.ask[symbol]
        lost = desk.quotes.profit(symbol, "USD", entry, entry - desk.quotes.stride(symbol), qty)
        assert lost == pytest.approx(Decimal(-1_000), rel=Decimal("0.05"))
