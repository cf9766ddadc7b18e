from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import json_text
from schemas.errors import InputError
from schemas.events import (
    EVENT_MODELS,
    AccountOpened,
    Clock,
    Fill,
    OrderPlaced,
    PositionProtected,
    event_json,
    parse_event,
)
from tests.schemas.samples import COMMON, EVENTS, INSTRUMENT, RULESET, event


def refusal(value):
    with pytest.raises(InputError) as refused:
        parse_event(value)
    error = refused.value
    assert error.message[:1] != error.message[:1].upper() or not error.message[:1].isalpha()
    assert "\n" not in str(error)
    return error.code, error.path


def test_events_when_listed_are_all_of_the_contract():
    assert EVENTS.keys() == EVENT_MODELS.keys()


@pytest.mark.parametrize("kind", EVENTS)
def test_event_when_complete_is_read_frozen_and_written_again(kind):
    read = parse_event(event(kind))
    assert (read.type, read.firm_id, read.ts) == (kind, "default", 1399033800 * 10**9)
    assert read.account_id == EVENTS[kind].get("account_id")
    with pytest.raises(ValueError, match="frozen"):
        read.event_id = "x"
    written = event_json(read)
    assert parse_event(written) == read
    assert event_json(parse_event(written)) == written
    json_text.dumps(written)


@pytest.mark.parametrize("kind", EVENTS)
def test_event_when_a_field_is_unknown_or_missing_names_it(kind):
    assert refusal(event(kind, bogus="1")) == ("bad_value", "bogus")
    assert refusal(event(kind, event_id=...)) == ("bad_value", "event_id")
    assert refusal(event(kind, ts=...)) == ("bad_ts", "ts")
    assert refusal(event(kind, ts="2014-05-02T12:30:00")) == ("bad_ts", "ts")
    assert refusal(event(kind, ts=1.5)) == ("bad_ts", "ts")


def test_event_when_it_has_no_account_takes_none():
    assert refusal(event("clock", account_id="a1")) == ("bad_value", "account_id")
    assert parse_event(event("clock", account_id=None)) == parse_event(event("clock"))
    assert refusal(event("fill", account_id=...)) == ("bad_value", "account_id")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], ("bad_format", "")),
        ("x", ("bad_format", "")),
        (None, ("bad_format", "")),
        ({}, ("bad_value", "type")),
        ({"type": 5}, ("bad_value", "type")),
        ({"type": "order.filled"}, ("unknown_type", "type")),
        ({"type": ""}, ("unknown_type", "type")),
    ],
)
def test_event_when_it_has_no_type_is_refused(value, expected):
    assert refusal(value) == expected


@pytest.mark.parametrize(
    ("kind", "changes", "code", "path"),
    [
        ("fill", {"qty": "0"}, "bad_value", "qty"),
        ("fill", {"qty": "-1"}, "bad_value", "qty"),
        ("fill", {"qty": "1e10"}, "bad_value", "qty"),
        ("fill", {"qty": 0.1}, "bad_value", "qty"),
        ("fill", {"qty": True}, "bad_value", "qty"),
        ("fill", {"qty": "NaN"}, "bad_value", "qty"),
        ("fill", {"price": None}, "bad_value", "price"),
        ("fill", {"stop_loss": "0"}, "bad_value", "stop_loss"),
        ("fill", {"side": "Buy"}, "bad_value", "side"),
        ("fill", {"side": "long"}, "bad_value", "side"),
        ("fill", {"symbol": json_text.Number("5")}, "bad_value", "symbol"),
        ("fill", {"commission": "0.000000001"}, "over_precise", "commission"),
        ("fill", {"swap": "0.123456789"}, "over_precise", "swap"),
        ("fill", {"realized_pnl": "-1e10"}, "bad_value", "realized_pnl"),
        ("fill", {"event_id": ""}, "bad_value", "event_id"),
        ("fill", {"event_id": "x" * 129}, "bad_value", "event_id"),
        ("fill", {"account_id": "a\n1"}, "bad_value", "account_id"),
        ("fill", {"account_id": "a\x00"}, "bad_value", "account_id"),
        ("fill", {"account_id": json_text.Number("1")}, "bad_value", "account_id"),
        ("order.placed", {"qty": ...}, "bad_value", "qty"),
        ("order.placed", {"order_type": "limit"}, "bad_value", "price"),
        ("order.placed", {"order_type": "Limit"}, "bad_value", "order_type"),
        ("position.protected", {"symbol": ...}, "bad_value", "position_id"),
        ("account.opened", {"initial_balance": "-1"}, "bad_value", "initial_balance"),
        ("account.opened", {"initial_balance": "1e10"}, "bad_value", "initial_balance"),
        ("account.opened", {"initial_balance": "1.123456789"}, "over_precise", "initial_balance"),
        ("account.opened", {"ruleset": "demo"}, "bad_value", "ruleset"),
        ("account.opened", {"ruleset": "demo@0"}, "bad_value", "ruleset"),
        ("account.opened", {"ruleset": "demo@1.0"}, "bad_value", "ruleset"),
        ("account.opened", {"ruleset": "a@b@1"}, "bad_value", "ruleset"),
        ("account.opened", {"position_mode": "both"}, "bad_value", "position_mode"),
        ("account.opened", {"overrides": []}, "bad_value", "overrides"),
        ("account.opened", {"overrides": {"d": "x"}}, "bad_value", "overrides.d"),
        ("account.opened", {"overrides": {"d": {"pct": 0.1}}}, "bad_value", "overrides.d.pct"),
        ("balance.adjusted", {"amount": "0"}, "bad_value", "amount"),
        ("balance.adjusted", {"amount": "-1", "reason": "payout"}, "bad_value", "amount"),
        ("balance.adjusted", {"reason": "gift"}, "bad_value", "reason"),
        ("balance.adjusted", {"trader_share": "1"}, "bad_value", "trader_share"),
        ("balance.adjusted", {"amount": "0.000000001"}, "over_precise", "amount"),
        ("account.overridden", {"action": "migrate"}, "bad_value", "ruleset"),
        ("account.overridden", {"ruleset": "demo@2"}, "bad_value", "ruleset"),
        ("account.overridden", {"operator": ...}, "bad_value", "operator"),
        ("kyc.updated", {"status": "ok"}, "bad_value", "status"),
        ("kyc.updated", {"tier": True}, "bad_value", "tier"),
        ("calendar.published", {"version": None}, "bad_value", "version"),
        ("calendar.published", {"events": {}}, "bad_value", "events"),
        ("calendar.published", {"events": [{"id": "x"}]}, "bad_value", "events.0.ts"),
        ("calendar.published", {"holidays": [{"date": "1"}]}, "bad_value", "holidays.0.date"),
        ("ruleset.published", {"document": "x"}, "bad_value", "document"),
        ("ruleset.published", {"document": RULESET | {"x": 1}}, "bad_value", "document.x"),
        ("ruleset.published", {"document": ...}, "bad_value", "document"),
        ("ruleset.published", {"ruleset": RULESET}, "bad_value", "ruleset"),
        ("instrument.listed", {"instrument": {}}, "bad_value", "instrument.symbol"),
    ],
)
def test_event_when_a_field_is_bad_names_code_and_path(kind, changes, code, path):
    assert refusal(event(kind, **changes)) == (code, path)


def test_payout_when_shared_must_not_give_more_than_the_amount():
    payout = {"reason": "payout", "amount": "100"}
    assert parse_event(event("balance.adjusted", **payout, trader_share="100"))
    assert parse_event(event("balance.adjusted", **payout, trader_share="0"))
    for share in ("100.01", "-1"):
        found = refusal(event("balance.adjusted", **payout, trader_share=share))
        assert found == ("bad_value", "trader_share")


@pytest.mark.parametrize("reason", ["funding", "correction"])
@pytest.mark.parametrize("amount", ["-5", "0", "5"])
def test_adjustment_when_signed_takes_any_sign(reason, amount):
    read = parse_event(event("balance.adjusted", reason=reason, amount=amount))
    assert read.amount == Decimal(amount)


def test_ruleset_when_published_under_its_other_name_is_the_same_event():
    other = event("ruleset.published", document=..., ruleset=RULESET)
    assert parse_event(other) == parse_event(event("ruleset.published"))
    broken = event("ruleset.published", document=..., ruleset=RULESET | {"phases": []})
    assert refusal(broken) == ("bad_value", "ruleset.phases")


def test_instrument_when_listed_inline_is_the_same_event():
    inline = COMMON | INSTRUMENT | {"type": "instrument.listed"}
    assert parse_event(inline) == parse_event(event("instrument.listed"))
    assert refusal(inline | {"price_digits": "9"}) == ("bad_value", "price_digits")
    assert refusal(inline | {"bogus": "9"}) == ("bad_value", "bogus")


def test_protection_when_null_or_absent_can_be_told_apart():
    removed = parse_event(event("position.protected", stop_loss=None))
    untouched = parse_event(event("position.protected", stop_loss=..., take_profit="2"))
    assert isinstance(removed, PositionProtected)
    assert "stop_loss" in removed.model_fields_set
    assert "stop_loss" not in untouched.model_fields_set
    assert event_json(removed)["stop_loss"] is None
    assert "stop_loss" not in event_json(untouched)


def test_event_when_numbers_are_json_numbers_keeps_them_exact():
    raw = b'{"type":"fill","event_id":"e","ts":1399033800000000001,"account_id":"a",'
    raw += b'"fill_id":"f","symbol":"X","side":"sell","qty":0.10,"price":1.1,"swap":-0.3}'
    read = parse_event(json_text.loads(raw))
    assert isinstance(read, Fill)
    assert (read.ts, read.price, read.swap) == (
        1399033800000000001,
        Decimal("1.1"),
        Decimal("-0.3"),
    )


def test_defaults_when_absent_are_the_contracts():
    opened = parse_event(event("account.opened"))
    assert isinstance(opened, AccountOpened)
    assert (opened.phase, opened.currency, opened.overrides) == (None, None, {})
    fill = parse_event(event("fill"))
    assert isinstance(fill, Fill)
    assert (fill.commission, fill.swap, fill.realized_pnl, fill.reason) == (0, 0, None, "client")
    placed = parse_event(event("order.placed"))
    assert isinstance(placed, OrderPlaced)
    assert placed.order_type == "market"


def test_tier_when_a_number_is_its_text():
    assert parse_event(event("kyc.updated", tier=json_text.Number("2"))).tier == "2"


def test_account_when_funded_with_nothing_is_fine():
    assert parse_event(event("account.opened", initial_balance="0"))


prices = st.decimals("0.00000001", "9999999999", places=8).map(str)
amounts = st.decimals("-9999999999", "9999999999", places=8).map(str)
ids = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=128)


@given(
    st.fixed_dictionaries(
        {"qty": prices, "price": prices, "event_id": ids, "account_id": ids},
        optional={
            "commission": amounts,
            "swap": amounts,
            "realized_pnl": amounts,
            "stop_loss": prices | st.none(),
            "take_profit": prices | st.none(),
            "position_id": ids | st.none(),
            "trader_id": ids,
        },
    )
)
def test_fill_when_written_and_read_is_the_same(changes):
    read = parse_event(event("fill", **changes))
    again = parse_event(json_text.loads(json_text.dumps(event_json(read))))
    assert again == read
    assert again.model_fields_set == read.model_fields_set


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(EVENTS)), st.data())
def test_event_when_any_field_is_anything_raises_nothing_but_input_errors(kind, data):
    fields = event(kind)
    names = sorted({*fields, *EVENT_MODELS[kind].model_fields, "bogus"} - {"type"})
    changes = data.draw(st.dictionaries(st.sampled_from(names), json_values, max_size=4))
    try:
        read = parse_event(fields | changes)
    except InputError:
        return
    assert parse_event(event_json(read)) == read


def test_clock_when_asked_is_no_account_event():
    assert isinstance(parse_event(event("clock")), Clock)


def test_event_when_an_optional_field_is_null_takes_its_default():
    fill = parse_event(event("fill", commission=None, swap=None, firm_id=None, reason=None))
    assert (fill.commission, fill.swap, fill.firm_id, fill.reason) == (0, 0, "default", "client")
    assert parse_event(event("account.opened", overrides=None)).overrides == {}
