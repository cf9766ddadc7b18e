"""Contract section 2, "Prices" and "Money": what a position costs, is worth and realises."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset, table

PLAN = ruleset(daily(amount="9999"))
# P/L in pounds with eight decimals, and a rate that puts it between two units.
FINE = table(
    {"symbol": "HALF", "base": "GBP", "quote": "USD", "price_digits": "8", "qty_digits": "8"},
    {
        "symbol": "TIMES",
        "base": "XXX",
        "quote": "GBP",
        "price_digits": "8",
        "qty_digits": "8",
        "conversion": {"symbol": "HALF", "op": "multiply"},
    },
    {
        "symbol": "OVER",
        "base": "XXX",
        "quote": "GBP",
        "price_digits": "8",
        "qty_digits": "8",
        "conversion": {"symbol": "HALF", "op": "divide"},
    },
)


def opened(plan=PLAN, instruments=None, **more):
    return Journal(plan, instruments=instruments).open("a", **more)


def equity(run):
    return run.progress()["equity"]


def balance(run):
    return run.progress()["balance"]


@pytest.mark.parametrize(
    ("side", "bid", "ask", "expected"),
    [("buy", "103", "108", "10003"), ("sell", "103", "108", "9992")],
)
def test_mark_when_bid_ask_is_the_side_one_would_close_at(engine, side, bid, ask, expected):
    run = opened().fill("a", side, "UNIT", "1", "100").tick("UNIT", bid, ask).run(engine)
    assert equity(run) == expected


@pytest.mark.parametrize(("side", "expected"), [("buy", "10003.005"), ("sell", "9996.995")])
def test_mark_when_mid_is_the_exact_middle_for_both_sides(engine, side, expected):
    run = opened().fill("a", side, "COIN", "1", "100").tick("COIN", "103", "103.01").run(engine)
    assert equity(run) == expected


def test_mark_when_last_is_the_last_seen_and_before_it_the_open_price(engine):
    journal = opened().buy("a", "LAST", "1", "100").tick("LAST", "90", "91")
    assert equity(journal.run(engine)) == "10000"
    assert equity(journal.tick("LAST", "90", "91", "95").run(engine)) == "9995"
    assert equity(journal.tick("LAST", "110", "111").run(engine)) == "9995"
    # The last price seen before a fill marks it too.
    journal.buy("a", "LAST", "1", "96")
    assert equity(journal.run(engine)) == "9994"


def test_mark_when_no_tick_has_come_is_the_open_price(engine):
    run = opened().buy("a", "UNIT", "1", "100").buy("a", "UNIT", "1", "200").run(engine)
    assert (equity(run), run.progress()["unpriced"]) == ("10000", False)


def test_mark_when_a_fill_follows_is_still_the_latest_tick(engine):
    """Bought at 105 while the bid is 100: the spread is lost at once."""
    run = opened().tick("UNIT", "100", "105").buy("a", "UNIT", "2", "105").run(engine)
    assert equity(run) == "9990"


def test_tick_when_locked_is_fine(engine):
    run = opened().buy("a", "UNIT", "1", "100").tick("UNIT", "101", "101").run(engine)
    assert equity(run) == "10001"


@pytest.mark.parametrize(
    ("closes", "balances"),
    [
        # The cost is 3 units. 0.5 of 3: half a unit goes to 0; the rest keeps all of it.
        (["0.5", "2.5"], ["10000.5", "10002.99999997"]),
        # 1.5 of 3: one and a half goes to 2, the even one.
        (["1.5", "1.5"], ["10001.49999998", "10002.99999997"]),
        (["3"], ["10002.99999997"]),
    ],
)
def test_partial_close_when_its_cost_is_between_units_takes_the_even_one(engine, closes, balances):
    journal = opened().buy("a", "UNIT", "3", "0.00000001")
    for qty, expected in zip(closes, balances, strict=True):
        assert balance(journal.sell("a", "UNIT", qty, "1").run(engine)) == expected


def test_partial_close_when_bought_at_two_prices_takes_a_share_of_the_whole_cost(engine):
    """300.00000002 / 3 = 100.000000006…, so 100.00000001 leaves and 200.00000001 stays."""
    journal = opened().buy("a", "UNIT", "1", "100").buy("a", "UNIT", "2", "100.00000001")
    journal.sell("a", "UNIT", "1", "100.5")
    assert balance(journal.run(engine)) == "10000.49999999"
    assert balance(journal.sell("a", "UNIT", "2", "100").run(engine)) == "10000.49999998"


@pytest.mark.parametrize(
    ("symbol", "rate", "moved", "expected"),
    [
        ("TIMES", "0.5", "1", "10000"),  # half a unit
        ("TIMES", "0.5", "3", "10000.00000002"),  # one and a half
        ("TIMES", "0.5", "5", "10000.00000002"),  # two and a half
        ("TIMES", "0.5", "-1", "10000"),
        ("TIMES", "0.5", "-3", "9999.99999998"),
        ("TIMES", "0.49999999", "1", "10000"),
        ("TIMES", "0.50000001", "1", "10000.00000001"),
        ("OVER", "2", "1", "10000"),
        ("OVER", "2", "3", "10000.00000002"),
        ("OVER", "3", "4", "10000.00000001"),
    ],
)
def test_profit_when_converted_is_rounded_half_even_once(engine, symbol, rate, moved, expected):
    price = f"{1 + int(moved) / 10**8:.8f}"
    journal = opened(instruments=FINE).tick("HALF", rate).buy("a", symbol, "1", "1")
    assert equity(journal.tick(symbol, price).run(engine)) == expected
    # Realised, it is rounded in the same way.
    closed = journal.sell("a", symbol, "1", price).run(engine)
    assert (balance(closed), equity(closed)) == (expected, expected)


def test_profit_when_several_positions_are_converted_is_rounded_for_each(engine):
    """Half a unit twice is no unit, not one."""
    run = (
        opened(instruments=FINE, position_mode="hedging")
        .tick("HALF", "0.5")
        .buy("a", "TIMES", "1", "1")
        .buy("a", "TIMES", "1", "1")
        .tick("TIMES", "1.00000001")
        .run(engine)
    )
    assert equity(run) == "10000"


def test_conversion_when_it_is_the_instruments_own_uses_its_mid(engine):
    """Long at bid 151: 100,000 yen over the mid 151.05."""
    run = opened().buy("a", "USDJPY", "1", "150").tick("USDJPY", "151", "151.1").run(engine)
    assert equity(run) == "10662.03243959"


def test_conversion_when_the_rate_moves_alone_moves_equity(engine):
    """10 pips of a lot are 100 pounds."""
    journal = (
        opened()
        .tick("GBPUSD", "1.25", "1.2502")
        .buy("a", "EURGBP", "1", "0.85")
        .tick("EURGBP", "0.851")
    )
    assert equity(journal.run(engine)) == "10125.01"
    assert equity(journal.tick("GBPUSD", "1.3").run(engine)) == "10130"


def test_conversion_when_the_account_has_another_currency_is_that_currencys(engine):
    """In euros: 100 over EURGBP's own mid, 0.8515, is 117.439812096…"""
    plan = ruleset(daily(amount="9999"), currency="EUR")
    run = opened(plan).buy("a", "EURGBP", "1", "0.85").tick("EURGBP", "0.851", "0.852").run(engine)
    assert equity(run) == "10117.4398121"


@pytest.mark.parametrize(
    ("side", "expected"), [("buy", "11000.00000001"), ("sell", "8999.99999999")]
)
def test_inverse_when_marked_is_worth_its_size_over_the_price(engine, side, expected):
    """10,000 / 50,000 = 0.2; 10,000 / 55,000 = 0.181818181818; the rest times 55,000."""
    run = opened().fill("a", side, "BTC-INV", "10000", "50000").tick("BTC-INV", "55000").run(engine)
    assert equity(run) == expected


@pytest.mark.parametrize(
    ("qty", "price", "expected"),
    [
        ("1", "3", "343332.333333"),  # 0.333333333333 − 0.000001, times a million
        ("2", "3", "676664.666667"),  # 0.666666666667 − 0.000002
    ],
)
def test_inverse_when_filled_costs_are_rounded_to_twelve_decimals(engine, qty, price, expected):
    run = opened().buy("a", "BTC-INV", qty, price).tick("BTC-INV", "1000000").run(engine)
    assert equity(run) == expected


def test_inverse_when_filled_twice_rounds_each_cost(engine):
    """Two times 0.333333333333 and not 0.666666666667."""
    run = (
        opened()
        .buy("a", "BTC-INV", "1", "3")
        .buy("a", "BTC-INV", "1", "3")
        .tick("BTC-INV", "1000000")
        .run(engine)
    )
    assert equity(run) == "676664.666666"


def test_inverse_when_half_is_closed_rounds_a_tie_to_even(engine):
    """The cost is 0.333333333333; half of it, 0.1666666666665, goes to 0.166666666666."""
    journal = opened().tick("BTC-INV", "1000000").buy("a", "BTC-INV", "2", "6")
    first = balance(journal.sell("a", "BTC-INV", "1", "1000000").run(engine))
    assert first == "176665.666666"
    second = balance(journal.sell("a", "BTC-INV", "1", "1000000").run(engine))
    assert second == "343331.333333"  # 0.166666666667 − 0.000001 more


def test_inverse_when_the_account_is_in_its_base_needs_no_conversion(engine):
    plan = ruleset(daily(amount="1"), currency="BTC")
    run = (
        opened(plan, balance="2")
        .buy("a", "BTC-INV", "10000", "50000")
        .tick("BTC-INV", "55000")
        .run(engine)
    )
    assert (equity(run), run.progress()["unpriced"]) == ("2.01818182", False)


def test_unpriced_when_no_rate_is_known_counts_nothing_and_says_so(engine):
    journal = opened().buy("a", "EURGBP", "1", "0.85").tick("EURGBP", "0.9")
    run = journal.run(engine)
    assert (equity(run), run.progress()["unpriced"]) == ("10000", True)
    run = journal.tick("GBPUSD", "1.2").run(engine)
    assert (equity(run), run.progress()["unpriced"]) == ("16000", False)


def test_unpriced_when_its_own_rate_comes_with_its_own_tick_ends(engine):
    journal = opened().buy("a", "USDJPY", "1", "150")
    assert journal.run(engine).progress()["unpriced"]
    run = journal.tick("USDJPY", "150", "150").run(engine)
    assert (equity(run), run.progress()["unpriced"]) == ("10000", False)


def test_unpriced_when_judged_breaches_all_the_same(engine):
    plan = ruleset(daily(amount="5"))
    run = opened(plan).buy("a", "EURGBP", "1", "0.85", commission="6").run(engine)
    breach = run.breach("daily")
    assert breach["observed"] == "9994"
    assert [item["priced"] for item in breach["evidence"]["positions"]] == [False]


def test_unpriced_when_only_another_position_is_known_counts_that_one(engine):
    run = (
        opened()
        .buy("a", "EURGBP", "1", "0.85")
        .buy("a", "UNIT", "1", "100")
        .tick("UNIT", "107")
        .run(engine)
    )
    assert (equity(run), run.progress()["unpriced"]) == ("10007", True)


@pytest.mark.parametrize("qty", ["1", "0.5", "2"])
def test_realising_when_no_rate_is_known_is_bad_input(engine, qty):
    """A partial close and a reversal would realise too."""
    journal = opened().buy("a", "EURGBP", "1", "0.85")
    before = journal.run(engine)
    run = journal.sell("a", "EURGBP", qty, "0.86").run(engine)
    assert run.codes == ["no_rate symbol"]
    assert run.lines == before.lines


def test_realising_when_no_rate_is_known_takes_the_platforms_figure(engine):
    run = (
        opened()
        .buy("a", "EURGBP", "1", "0.85")
        .sell("a", "EURGBP", "1", "0.86", realized_pnl="1234.5")
        .run(engine)
    )
    assert (run.codes, balance(run), run.progress()["unpriced"]) == ([], "11234.5", False)


def test_currency_when_nothing_converts_it_is_unpriced_for_ever(engine):
    journal = opened().buy("a", "LOST", "1", "5").tick("LOST", "50").tick("GBPUSD", "1.2")
    run = journal.run(engine)
    assert (equity(run), run.progress()["unpriced"]) == ("10000", True)
    assert journal.sell("a", "LOST", "1", "5").run(engine).codes == ["no_rate symbol"]


def test_quantity_when_the_contract_is_large_is_multiplied(engine):
    """0.01 lots of 100,000, one tenth of a pip."""
    run = opened().buy("a", "EURUSD", "0.01", "1.1").tick("EURUSD", "1.10001").run(engine)
    assert equity(run) == "10000.01"
