"""What is held, by its worth: leverage, caps, single positions, margin, what no stop protects.

Prices move both sides of these comparisons, so each boundary is met by a tick of one unit.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.conduct_kit import agreed, flagged, hedged, observed, rule
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

# For 100 held at a price, with 10,000: the price at which limit and worth are the same.
RULES = {
    "leverage": (rule("leverage", limit="2"), "200"),
    "notional_cap": (rule("notional_cap", multiple="2"), "200"),
    "notional_cap of equity": (rule("notional_cap", multiple="2", pct_base="equity"), "200"),
    "notional_cap amount": (rule("notional_cap", amount="20000"), "200"),
    "pos_pct": (rule("pos_pct", pct="0.5", pct_base="initial"), "50"),
    "pos_pct of equity": (rule("pos_pct", pct="0.5"), "50"),
    "margin_use": (rule("margin_use", pct="0.5", leverage="4"), "200"),
    "margin_use by pattern": (
        rule("margin_use", pct="0.5", leverage="1", leverages={"*": "2", "UN*": "4"}),
        "200",
    ),
    "exposure": (rule("exposure", no_sl_single_pct="0.5"), "50"),
    "exposure total": (rule("exposure", no_sl_total_pct="0.5"), "50"),
}


# A multiple of equity grows faster than what is held for it.
GROW = {"leverage", "notional_cap of equity", "margin_use", "margin_use by pattern"}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("comparator", "units", "breached"),
    [("gt", -1, False), ("gt", 0, False), ("gt", 1, True), ("gte", -1, False), ("gte", 0, True)],
)
def test_worth_when_around_the_limit_follows_the_comparator(
    engine, name, comparator, units, breached
):
    params, price = RULES[name]
    # The market is where it is bought, so equity stays what it was.
    at = str(Decimal(price) + units * Decimal("0.00000001"))
    journal = hedged({**params, "comparator": comparator})
    run = journal.tick("UNIT", at).buy("a", "UNIT", "100", at).run(engine)
    assert run.rules_breached() == ([params["id"]] if breached else [])


@pytest.mark.parametrize("name", RULES)
def test_worth_when_only_the_price_moves_breaks_the_rule_at_that_tick(engine, name):
    params, price = RULES[name]
    journal = hedged(params).tick("UNIT", "10").buy("a", "UNIT", "100", "10")
    moved = journal.tick("UNIT", "11").tick("UNIT", str(3 * Decimal(price)))
    made = moved.tick("UNIT", "1").run(engine).of("breach")
    kinds = [item["evidence"]["entry"]["kind"] for item in made]
    assert kinds == ([] if name in GROW else ["tick"])


def test_leverage_when_equity_falls_is_beyond_its_limit(engine):
    # Worth 199 p, twice the equity 20,000 + 398 (p − 100): the same at 99.4974….
    journal = hedged(rule("leverage", limit="2")).tick("UNIT", "100").buy("a", "UNIT", "199", "100")
    run = journal.tick("UNIT", "99.5").run(engine)
    assert run.rules_breached() == []
    made = journal.tick("UNIT", "99.49").run(engine).breach("leverage")
    assert (made["observed"], made["floor"]) == ("19798.51", "19797.02")
    assert made["evidence"]["facts"] == {"notionals": {"f2": "19798.51"}}


def test_leverage_when_nothing_is_left_allows_nothing(engine):
    journal = hedged(rule("leverage", limit="2"), balance="100")
    journal.tick("UNIT", "100").buy("a", "UNIT", "1", "100").tick("UNIT", "0.00000001")
    assert journal.run(engine).rules_breached() == []
    journal = hedged(rule("leverage", limit="2", symbols="COIN"), balance="100")
    run = journal.sell("a", "UNIT", "1", "1").tick("UNIT", "500").run(engine)
    assert run.rules_breached() == []  # nothing of that class is held
    shown = journal.look("a").run(engine).rule("leverage")
    assert (shown["floor"], shown["room"], shown["used"]) == (None, None, None)


def test_worth_when_the_rate_is_not_known_counts_nothing_until_it_is(engine):
    journal = Journal(ruleset(rule("notional_cap", amount="100000"))).open("a", "100000")
    journal.tick("EURGBP", "0.8").buy("a", "EURGBP", "1", "0.8")
    assert observed(journal.look("a").run(engine), "notional_cap") == "0"
    assert journal.run(engine).progress()["unpriced"]
    run = journal.tick("GBPUSD", "1.25").look("a").run(engine)
    assert observed(run, "notional_cap") == "100000"
    assert journal.tick("GBPUSD", "1.25001").run(engine).rules_breached() == ["notional_cap"]


def test_worth_when_the_contract_is_inverse_is_that_of_its_base(engine):
    journal = Journal(ruleset(rule("notional_cap", amount="100"))).open("a", "10000")
    journal.tick("BTC-INV", "50000.0").buy("a", "BTC-INV", "100", "50000")
    run = journal.tick("BTC-INV", "40000.0").look("a").run(engine)
    assert observed(run, "notional_cap") == "100"


def test_cap_when_not_cured_in_time_is_broken_at_the_deadline(engine):
    cap = rule("notional_cap", multiple="2", grace_s="300", cures_allowed="1")
    journal = hedged(cap).tick("UNIT", "100")
    journal.buy("a", "UNIT", "201", "100", position_id="p", at="2024-03-05T11:00:00Z")
    late = journal.clock("2024-03-05T12:00:00Z").run(engine)
    assert late.breach("notional_cap")["ts"] == "2024-03-05T11:05:00Z"
    assert late.breach("notional_cap")["evidence"]["entry"]["kind"] == "timer"


def test_cap_when_a_tick_cures_it_and_another_breaks_it_again_is_broken_at_once(engine):
    cap = rule("notional_cap", multiple="2", grace_s="300", cures_allowed="1")
    journal = hedged(cap).tick("UNIT", "100").buy("a", "UNIT", "200", "100")
    journal.tick("UNIT", "100.1").tick("UNIT", "99.9").tick("UNIT", "100")
    assert [made["level"] for made in journal.run(engine).of("warning")] == ["1"]
    run = journal.tick("UNIT", "100.00000001").run(engine)
    assert run.breach("notional_cap")["evidence"]["entry"]["bid"] == "100.00000001"


def test_exposure_when_a_stop_is_set_does_not_count_and_counts_again_without(engine):
    journal = hedged(rule("exposure", no_sl_single_pct="0.03", no_sl_total_pct="0.05"))
    journal.tick("UNIT", "100").buy("a", "UNIT", "3", "100", position_id="p")
    journal.buy("a", "UNIT", "9", "100", position_id="q", stop_loss="1")
    assert observed(journal.look("a").run(engine), "exposure") == "300"
    journal.event("position.protected", account_id="a", position_id="q", stop_loss=None)
    made = journal.run(engine).breach("exposure")
    assert (made["observed"], made["floor"]) == ("900", "300")
    assert made["evidence"]["facts"]["scope"] == "single"


def test_exposure_when_all_together_use_more_shows_the_total(engine):
    journal = hedged(rule("exposure", no_sl_single_pct="0.03", no_sl_total_pct="0.05"))
    journal.tick("UNIT", "100")
    for _ in range(3):
        journal.buy("a", "UNIT", "2", "100")
    made = journal.run(engine).breach("exposure")
    assert (made["observed"], made["floor"]) == ("600", "500")
    assert made["evidence"]["facts"]["scope"] == "total"


def test_size_when_grouped_by_symbol_adds_its_positions_up(engine):
    for group, breached in (("position", []), ("symbol", ["pos_pct"])):
        journal = hedged(rule("pos_pct", pct="0.02", group_by=group)).tick("UNIT", "1")
        run = journal.buy("a", "UNIT", "150", "1").sell("a", "UNIT", "51", "1").run(engine)
        assert run.rules_breached() == breached


@pytest.mark.parametrize(
    ("params", "path"),
    [
        (rule("leverage", limit="0"), "limit"),
        (rule("notional_cap"), "multiple"),
        (rule("notional_cap", multiple="2", amount="5"), "multiple"),
        (rule("notional_cap", amount="5", pct_base="equity"), "pct_base"),
        (rule("pos_pct", pct="1.1"), "pct"),
        (rule("pos_pct", pct="0.1", group_by="side"), "group_by"),
        (rule("margin_use", pct="0.5"), "leverage"),
        (rule("margin_use", pct="0.5", leverage="30", leverages={"A": "-1"}), "leverages.A"),
        (rule("exposure"), "no_sl_single_pct"),
        (
            rule("exposure", no_sl_single_pct="0.06", no_sl_total_pct="0.05"),
            "no_sl_single_pct",
        ),
        (rule("exposure", no_sl_total_pct="0.05", cures_allowed="1"), "cures_allowed"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        hedged(params)
    assert caught.value.path == f"phases.0.rules.0.{path}"


prices = st.integers(50, 150)


@given(st.integers(1, 200), st.lists(prices, min_size=1, max_size=8), st.integers(1, 30))
def test_leverage_when_prices_move_is_broken_iff_worth_passes_the_multiple(qty, moves, limit):
    journal = hedged(flagged("leverage", limit=str(limit)), balance="5000")
    journal.tick("UNIT", "100").buy("a", "UNIT", str(qty), "100")
    beyond = [100 * qty > limit * 5000]
    for price in moves:
        journal.tick("UNIT", str(price))
        beyond.append(price * qty > max(0, limit * (5000 + qty * (price - 100))))
    starts = sum(now and not before for before, now in zip([False, *beyond], beyond, strict=False))
    assert len(agreed(journal).of("breach")) == starts


@given(st.lists(st.tuples(prices, prices), min_size=1, max_size=8), st.integers(1, 9))
def test_notional_when_balance_is_the_base_never_depends_on_what_floats(moves, multiple):
    journal = hedged(flagged("notional_cap", multiple=str(multiple)), balance="1000")
    journal.tick("UNIT", "100").tick("COIN", "100")
    journal.buy("a", "UNIT", "20", "100").sell("a", "COIN", "20", "100")
    beyond = [multiple * 1000 < 40 * 100]
    for unit, coin in moves:
        for symbol, price in (("UNIT", unit), ("COIN", coin)):
            journal.tick(symbol, str(price))
        beyond.append(20 * (unit + coin) > multiple * 1000)
    run = agreed(journal.look("a"))
    assert Decimal(run.rule("notional_cap")["floor"]) == multiple * 1000
    assert bool(run.of("breach")) >= any(beyond)


@given(st.lists(prices, min_size=1, max_size=6), st.integers(1, 5), st.integers(1, 5))
def test_margin_when_leverage_is_one_is_the_notional(moves, first, second):
    rules = (flagged("margin_use", pct="1", leverage="1"), flagged("leverage", limit="1"))
    journal = hedged(*rules, balance="700").tick("UNIT", "100").tick("COIN", "100")
    journal.buy("a", "UNIT", str(first), "100").buy("a", "COIN", str(second), "100")
    for price in moves:
        journal.tick("UNIT", str(price)).tick("COIN", str(200 - price))
    run = agreed(journal.look("a"))
    said = run.of("breach")
    assert [made["seq"] for made in said if made["rule"] == "margin_use"] == [
        made["seq"] for made in said if made["rule"] == "leverage"
    ]


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=5), prices)
def test_exposure_when_some_have_stops_is_what_the_others_are_worth(held, price):
    journal = hedged(flagged("exposure", no_sl_total_pct="0.1")).tick("UNIT", "100")
    for qty, protected in held:
        stop = {"stop_loss": "1"} if protected else {}
        journal.buy("a", "UNIT", str(qty), "100", **stop)
    bare = sum(qty for qty, protected in held if not protected)
    run = agreed(journal.tick("UNIT", str(price)).look("a"))
    assert Decimal(observed(run, "exposure")) == bare * price


@given(st.lists(st.integers(1, 20), min_size=1, max_size=4), st.lists(prices, max_size=5))
def test_position_when_the_largest_is_inside_all_are(quantities, moves):
    journal = hedged(flagged("pos_pct", pct="0.25"), balance="5000").tick("UNIT", "100")
    for qty in quantities:
        journal.buy("a", "UNIT", str(qty), "100")
    for price in moves:
        journal.tick("UNIT", str(price))
    last = moves[-1] if moves else 100
    run = agreed(journal.look("a"))
    assert Decimal(observed(run, "pos_pct")) == max(quantities) * last
