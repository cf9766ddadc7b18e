"""Contract 1.3: the order book of an account, as the platform reports it."""

import pytest

from rules.reference.orders import OrderBook
from schemas.errors import InputError
from schemas.events import parse_event
from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset


def event(kind, order="o", **fields):
    raw = {"event_id": "e", "ts": "1", "account_id": "a", "order_id": order, **fields}
    return parse_event({"type": f"order.{kind}", **raw})


def placed(order="o", **fields):
    return event("placed", order, symbol="UNIT", side="buy", qty="2", **fields)


def book(*events):
    orders = OrderBook()
    for item in events:
        orders.check(item)
        orders.apply(item)
    return orders


def test_order_when_placed_modified_and_cancelled_is_kept_then_gone():
    kept = book(
        placed(order_type="limit", price="5", stop_loss="4"),
        event("modified", qty="3", stop_loss=None, take_profit="9"),
    )
    order = kept.orders["o"]
    assert (order.symbol, order.side, order.qty, order.price) == ("UNIT", "buy", 3, 5)
    assert (order.stop_loss, order.take_profit) == (None, 9)
    kept.apply(event("cancelled"))
    assert kept.orders == {}


def test_order_when_modified_without_a_quantity_keeps_its_own():
    """A null there once stopped the engine at the next fill."""
    kept = book(placed(), event("modified", qty=None, order_type=None))
    kept.filled("o", kept.orders["o"].qty)
    assert kept.orders == {}


@pytest.mark.parametrize(("filled", "left"), [("1", 1), ("2", None), ("5", None)])
def test_order_when_filled_is_reduced_and_leaves_when_nothing_is_left(filled, left):
    kept = book(placed())
    fill = {"fill_id": "f", "symbol": "UNIT", "side": "buy", "qty": filled, "price": "1"}
    made = parse_event({"event_id": "e", "ts": "1", "type": "fill", "account_id": "a", **fill})
    kept.filled("o", made.qty)
    kept.filled("unheard of", made.qty)
    kept.filled(None, made.qty)
    assert (kept.orders["o"].qty if kept.orders else None) == left


@pytest.mark.parametrize(
    ("before", "asked"),
    [
        ([placed()], placed()),
        ([], event("modified", qty="1")),
        ([], event("cancelled")),
        ([placed(), event("cancelled")], event("cancelled")),
        ([placed()], event("cancelled", "other")),
    ],
)
def test_order_when_an_event_contradicts_the_book_is_refused(before, asked):
    with pytest.raises(InputError) as caught:
        book(*before).check(asked)
    assert (caught.value.code, caught.value.path) == ("bad_value", "order_id")


def test_order_when_its_id_was_cancelled_may_be_placed_again():
    assert book(placed(), event("cancelled"), placed()).orders.keys() == {"o"}


def test_orders_when_reported_decide_nothing_and_bad_ones_are_refused(engine):
    fields = {"account_id": "a", "order_id": "o"}
    more = {"symbol": "UNIT", "side": "buy", "qty": "1"}
    journal = (
        Journal(ruleset(daily()))
        .open("a")
        .event("order.placed", **fields, **more)
        .event("order.placed", **fields, **more)
        .event("order.modified", **fields, qty=None)
        .event("order.modified", **fields, price="1.123456789")
        .buy("a", "UNIT", "1", "100", order_id="o")
        .event("order.cancelled", **fields)
        .buy("a", "UNIT", "1", "100", order_id="o")
    )
    run = journal.run(engine)
    assert run.codes == ["bad_value order_id", "over_precise price", "bad_value order_id"]
    assert run.story() == ["created>active", "progress", "progress"]
