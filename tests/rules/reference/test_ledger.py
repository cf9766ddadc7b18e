"""Contract 1.3: what fills and adjustments book. Every refusal leaves no trace."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset

PLAN = ruleset(daily(amount="9999"))


def opened(**more):
    return Journal(PLAN).open("a", **more)


def balance(run):
    return run.progress()["balance"]


def held(engine, journal):
    """The open positions, as (id, side, qty, cost): a flag shows them in its evidence."""
    document = ruleset({**daily(amount="1", metric="balance"), "breach_kind": "flag"})
    shown = Journal(document)
    shown.entries = list(journal.entries)
    shown._now, shown._ids = journal._now, journal._ids
    (breach,) = shown.adjust("a", "correction", "-900000").run(engine).of("breach")
    positions = breach["evidence"]["positions"]
    return [tuple(item[name] for name in ("id", "side", "qty", "cost")) for item in positions]


def test_netting_when_filled_adds_reduces_closes_and_reverses(engine):
    journal = opened().buy("a", "UNIT", "1", "100")
    assert held(engine, journal) == [("UNIT", "buy", "1", "100")]
    journal.buy("a", "UNIT", "1", "110")
    assert held(engine, journal) == [("UNIT", "buy", "2", "210")]
    journal.sell("a", "UNIT", "0.5", "120")  # 60 − 52.5
    assert held(engine, journal) == [("UNIT", "buy", "1.5", "157.5")]
    assert balance(journal.run(engine)) == "10007.5"
    journal.sell("a", "UNIT", "2", "100")  # 150 − 157.5, then 0.5 short at 100
    assert held(engine, journal) == [("UNIT", "sell", "0.5", "50")]
    assert balance(journal.run(engine)) == "10000"
    journal.buy("a", "UNIT", "0.5", "90")  # 50 − 45
    assert held(engine, journal) == []
    assert balance(journal.run(engine)) == "10005"


def test_netting_when_fills_carry_position_ids_ignores_them(engine):
    journal = opened(position_mode="netting")
    journal.buy("a", "UNIT", "1", "100", position_id="p")
    journal.sell("a", "UNIT", "1", "103", position_id="q")
    assert held(engine, journal) == []
    assert balance(journal.run(engine)) == "10003"


def test_hedging_when_filled_keeps_positions_apart(engine):
    journal = opened().buy("a", "UNIT", "1", "100", position_id="p")
    journal.sell("a", "UNIT", "2", "100", position_id="q")
    journal.buy("a", "UNIT", "1", "110", position_id="p")
    assert held(engine, journal) == [("p", "buy", "2", "210"), ("q", "sell", "2", "200")]
    journal.buy("a", "UNIT", "0.5", "90", position_id="q")  # reduces: 50 − 45
    assert held(engine, journal) == [("p", "buy", "2", "210"), ("q", "sell", "1.5", "150")]
    assert balance(journal.run(engine)) == "10005"


def test_hedging_when_no_id_is_given_opens_a_position_named_by_the_fill(engine):
    journal = opened(position_mode="hedging").buy("a", "UNIT", "1", "100", fill_id="first")
    journal.buy("a", "UNIT", "1", "101", fill_id="second")
    assert held(engine, journal) == [("first", "buy", "1", "100"), ("second", "buy", "1", "101")]
    journal.sell("a", "UNIT", "1", "105", fill_id="third", position_id="first")
    assert held(engine, journal) == [("second", "buy", "1", "101")]
    # Without an id the opposite side is a position of its own, not a close.
    journal.sell("a", "UNIT", "1", "105", fill_id="fourth")
    assert held(engine, journal) == [("second", "buy", "1", "101"), ("fourth", "sell", "1", "105")]


@pytest.mark.parametrize(("side", "symbol"), [("sell", "UNIT"), ("buy", "COIN")])
def test_hedging_when_an_id_is_closed_it_may_be_used_again(engine, side, symbol):
    journal = opened().buy("a", "UNIT", "1", "100", position_id="p")
    journal.sell("a", "UNIT", "1", "101", position_id="p")
    journal.fill("a", side, symbol, "2", "50", position_id="p")
    assert held(engine, journal) == [("p", side, "2", "100")]


@pytest.mark.parametrize(
    ("first", "second", "positions"),
    [
        ({}, {"position_id": "p"}, []),  # the first fill nets, so the second closes
        ({"position_id": "p"}, {}, [("p", "buy", "1", "100"), ("f3", "sell", "1", "100")]),
    ],
)
def test_mode_when_not_given_is_that_of_the_first_fill(engine, first, second, positions):
    journal = opened().buy("a", "UNIT", "1", "100", **first)
    journal.sell("a", "UNIT", "1", "100", **second)
    assert held(engine, journal) == positions


def test_mode_when_the_first_fill_is_refused_is_that_of_the_next(engine):
    journal = opened().buy("a", "NONE", "1", "100", position_id="p")
    journal.buy("a", "UNIT", "1", "100").buy("a", "UNIT", "1", "100", position_id="q")
    assert held(engine, journal) == [("UNIT", "buy", "2", "200")]


@pytest.mark.parametrize(
    ("fill", "code"),
    [
        ({"side": "sell", "qty": "1.00000001", "position_id": "p"}, "over_close qty"),
        ({"side": "sell", "symbol": "COIN", "position_id": "p"}, "symbol_mismatch symbol"),
        ({"side": "buy", "symbol": "COIN", "position_id": "p"}, "symbol_mismatch symbol"),
        ({"side": "buy", "symbol": "NONE", "position_id": "p"}, "unknown_symbol symbol"),
        ({"side": "buy", "fill_id": "p"}, "bad_value fill_id"),
        ({"account": "b"}, "unknown_account account_id"),
    ],
)
def test_fill_when_it_cannot_be_refuses_and_changes_nothing(engine, fill, code):
    journal = opened().buy("a", "UNIT", "1", "100", position_id="p")
    before = journal.run(engine, progress="every")
    fields = {"account": "a", "side": "buy", "symbol": "UNIT", "qty": "1", "price": "100"} | fill
    run = journal.fill(**fields).run(engine, progress="every")
    assert run.codes == [code]
    assert run.lines == before.lines


def test_over_close_when_only_the_other_ids_hold_enough_is_still_refused(engine):
    journal = opened().buy("a", "UNIT", "1", "100", position_id="p")
    journal.buy("a", "UNIT", "5", "100", position_id="q")
    run = journal.sell("a", "UNIT", "2", "100", position_id="p").run(engine)
    assert run.codes == ["over_close qty"]


@pytest.mark.parametrize("held", ["1", "1.0"])
def test_over_close_when_equal_amounts_were_written_otherwise_says_the_same(engine, held):
    journal = opened().buy("a", "UNIT", held, "100", position_id="p")
    run = journal.sell("a", "UNIT", "1.50", "100", position_id="p").run(engine)
    assert [entry.message for entry in run.rejections] == ["closes 1.5 of 1 held"]


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ({"commission": "3.5"}, "9996.5"),
        ({"commission": "-3.5"}, "10003.5"),  # a rebate
        ({"swap": "-2"}, "9998"),
        ({"swap": "2"}, "10002"),
        ({"commission": "3", "swap": "-2"}, "9995"),
        ({"commission": "0.00000001"}, "9999.99999999"),
    ],
)
def test_costs_when_a_fill_carries_them_are_booked_with_it(engine, costs, expected):
    run = opened().buy("a", "UNIT", "1", "100", **costs).run(engine)
    assert balance(run) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"realized_pnl": "7"}, "10007"),  # instead of 5
        ({"realized_pnl": "0"}, "10000"),
        ({"realized_pnl": "-1", "commission": "2", "swap": "-3"}, "9994"),
    ],
)
def test_realised_when_the_platform_gives_it_is_taken_before_costs(engine, fields, expected):
    run = opened().buy("a", "UNIT", "1", "100").sell("a", "UNIT", "1", "105", **fields).run(engine)
    assert balance(run) == expected


def test_realised_when_given_for_a_partial_close_leaves_the_cost_as_computed(engine):
    journal = opened().buy("a", "UNIT", "2", "100")
    journal.sell("a", "UNIT", "1", "105", realized_pnl="1")
    assert held(engine, journal) == [("UNIT", "buy", "1", "100")]


@pytest.mark.parametrize(
    ("reason", "amount", "expected"),
    [
        ("payout", "100", "9900"),
        ("withdrawal", "100", "9900"),
        ("fee", "100", "9900"),
        ("deposit", "100", "10100"),
        ("bonus", "100", "10100"),
        ("funding", "100", "10100"),
        ("funding", "-100", "9900"),
        ("correction", "100", "10100"),
        ("correction", "-100", "9900"),
        ("correction", "0.00000001", "10000.00000001"),
    ],
)
def test_adjustment_when_booked_moves_the_balance_as_its_reason_says(
    engine, reason, amount, expected
):
    assert balance(opened().adjust("a", reason, amount).run(engine)) == expected


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ({"position_id": "p"}, None),
        ({"symbol": "UNIT"}, None),
        ({"symbol": "COIN"}, "bad_value symbol"),
        ({"position_id": "q"}, "bad_value position_id"),
        ({"position_id": "p", "symbol": "COIN"}, "symbol_mismatch symbol"),
    ],
)
def test_protection_when_it_names_not_one_open_position_is_refused(engine, position, code):
    journal = opened().buy("a", "UNIT", "1", "100", position_id="p")
    journal.event("position.protected", account_id="a", stop_loss="90", **position)
    assert journal.run(engine).codes == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("position", "code"),
    [
        ({"position_id": "UNIT"}, None),
        ({"position_id": "p", "symbol": "UNIT"}, None),
        ({"position_id": "p"}, "bad_value position_id"),
    ],
)
def test_protection_when_netting_goes_by_the_symbol(engine, position, code):
    """Such a position is named by its symbol, and ids of the platform's own are ignored."""
    journal = opened(position_mode="netting").buy("a", "UNIT", "1", "100", position_id="p")
    journal.event("position.protected", account_id="a", stop_loss="90", **position)
    assert journal.run(engine).codes == ([] if code is None else [code])


def test_protection_when_the_price_is_too_precise_is_refused_though_no_symbol_is_named(engine):
    journal = opened().buy("a", "UNIT", "1", "100", position_id="p")
    for stop in ("90.123456789", "90.00000000000"):
        journal.event("position.protected", account_id="a", position_id="p", stop_loss=stop)
    assert journal.run(engine).codes == ["over_precise stop_loss"]


def test_protection_when_a_symbol_names_two_positions_is_refused(engine):
    journal = opened(position_mode="hedging")
    journal.buy("a", "UNIT", "1", "100").buy("a", "UNIT", "1", "100")
    journal.event("position.protected", account_id="a", symbol="UNIT", stop_loss="90")
    assert journal.run(engine).codes == ["bad_value symbol"]


def test_protection_when_set_moved_and_removed_decides_nothing(engine):
    journal = opened().buy("a", "UNIT", "1", "100", stop_loss="90")
    for stop in ({"stop_loss": "95"}, {"take_profit": "120"}, {"stop_loss": None}):
        journal.event("position.protected", account_id="a", symbol="UNIT", **stop)
    run = journal.run(engine)
    assert (run.codes, run.story()) == ([], ["created>active", "progress", "progress"])


def test_ended_account_when_filled_and_adjusted_books_on(engine):
    """Booked, not judged: the final progress shows it, nothing else does."""
    journal = opened().buy("a", "UNIT", "1", "100").act("a", "close")
    quiet = journal.run(engine)
    journal.sell("a", "UNIT", "1", "150").adjust("a", "fee", "20").tick("UNIT", "1")
    run = journal.adjust("a", "correction", "-90000").run(engine)
    assert run.decisions[:-1] == quiet.decisions[:-1]
    assert balance(run) == "-79970"
