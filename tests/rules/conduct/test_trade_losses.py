"""Losses of trades: one, a group, a symbol's day, and against a day's profit.

Prices decide here; each boundary is met by a tick of one unit, on both engines.
"""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.conduct_kit import agreed, flagged, hedged, observed, rule
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

RULES = {
    "per_trade_loss": rule("per_trade_loss", pct="0.03"),
    "per_trade_loss floating": rule("per_trade_loss", amount="300", counts="floating"),
    "trade_loss_group": rule("trade_loss_group", pct="0.03"),
    "trade_loss_group net": rule("trade_loss_group", amount="300", sum="net", group_by="symbol"),
    "symbol_loss": rule("symbol_loss", pct="0.03"),
    "symbol_loss floating": rule("symbol_loss", amount="300", counts="floating"),
    "mae": rule("mae", pct="0.3", threshold="1000"),
    "mae account": rule("mae", pct="0.3", threshold="1000", group_by="account"),
}


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize(
    ("comparator", "price", "breached"),
    [
        ("gt", "700.00000001", False),
        ("gt", "700", False),
        ("gt", "699.99999999", True),
        ("gte", "700.00000001", False),
        ("gte", "700", True),
    ],
)
def test_loss_when_around_the_limit_follows_the_comparator(
    engine, name, comparator, price, breached
):
    params = RULES[name]
    journal = hedged({**params, "comparator": comparator}).tick("UNIT", "1000")
    run = journal.buy("a", "UNIT", "1", "1000").tick("UNIT", price).tick("UNIT", "1000").run(engine)
    assert run.rules_breached() == ([params["id"]] if breached else [])
    if breached:
        assert run.breach(params["id"])["evidence"]["entry"]["bid"] == price


def test_trade_when_partly_closed_counts_what_it_realised_and_what_it_cost(engine):
    journal = hedged(rule("per_trade_loss", amount="300")).tick("UNIT", "1000")
    journal.buy("a", "UNIT", "2", "1000", position_id="p", commission="10")
    journal.tick("UNIT", "900").sell("a", "UNIT", "1", "900", position_id="p", swap="-5")
    assert observed(journal.look("a").run(engine), "per_trade_loss") == "215"
    assert journal.tick("UNIT", "815").run(engine).rules_breached() == []
    made = journal.tick("UNIT", "814.99").run(engine).breach("per_trade_loss")
    assert made["evidence"]["facts"] == {"losses": {"p": "300.01"}}


@pytest.mark.parametrize(
    ("counts", "breached"), [("total", True), ("realized", True), ("floating", False)]
)
def test_trade_when_it_closes_is_judged_a_last_time(engine, counts, breached):
    journal = hedged(rule("per_trade_loss", amount="300", counts=counts)).tick("UNIT", "1000")
    journal.buy("a", "UNIT", "1", "1000", position_id="p")
    journal.sell("a", "UNIT", "1", "1000", position_id="p", realized_pnl="-300.00000001")
    run = journal.look("a").run(engine)
    assert run.rules_breached() == (["per_trade_loss"] if breached else [])


def test_trade_when_only_realised_losses_count_may_float(engine):
    journal = hedged(rule("per_trade_loss", amount="300", counts="realized")).tick("UNIT", "1000")
    journal.buy("a", "UNIT", "2", "1000", position_id="p").tick("UNIT", "1")
    assert journal.run(engine).rules_breached() == []
    run = journal.sell("a", "UNIT", "1", "1", position_id="p").run(engine)
    assert run.breach("per_trade_loss")["observed"] == "999"


def test_group_when_winners_are_beside_losers_counts_the_losers(engine):
    for total, shown in (("losses_only", "150"), ("net", "50")):
        group = rule("trade_loss_group", amount="9000", sum=total)
        journal = hedged(group).tick("UNIT", "1000")
        for price in ("1100", "1050", "900"):
            journal.buy("a", "UNIT", "1", price)
        journal.sell("a", "UNIT", "1", "1020")
        assert observed(journal.look("a").run(engine), "trade_loss_group") == shown


@pytest.mark.parametrize(
    ("group_by", "groups"),
    [
        (None, {"UNIT|buy": "100", "UNIT|sell": "50", "COIN|buy": "30"}),
        (["symbol", "direction"], {"UNIT|buy": "100", "UNIT|sell": "50", "COIN|buy": "30"}),
        ("symbol", {"UNIT": "150", "COIN": "30"}),
        (["direction"], {"buy": "130", "sell": "50"}),
    ],
)
def test_group_when_named_by_its_traits_adds_up_those_alike(engine, group_by, groups):
    traits = {} if group_by is None else {"group_by": group_by}
    journal = hedged(rule("trade_loss_group", amount="50", comparator="gte", **traits))
    journal.tick("UNIT", "1000").tick("COIN", "1000").buy("a", "UNIT", "1", "1000")
    journal.sell("a", "UNIT", "1", "850").buy("a", "COIN", "1", "930")
    # The three lose at once: the account is judged once the market has moved.
    made = hedged(rule("trade_loss_group", amount="0.01", **traits), funded=True)
    made.tick("UNIT", "900").tick("COIN", "900").buy("a", "UNIT", "1", "1000")
    made.sell("a", "UNIT", "1", "850").buy("a", "COIN", "1", "930").kyc("a", "approved")
    found = made.run(engine).breach("trade_loss_group")["evidence"]["facts"]["groups"]
    assert found == groups
    assert journal.run(engine).rules_breached() == ["trade_loss_group"]


def test_symbol_when_the_session_ends_begins_with_its_balance_and_without_its_results(engine):
    journal = hedged(rule("symbol_loss", pct="0.03")).tick("UNIT", "1000")
    journal.buy("a", "UNIT", "1", "1000", position_id="p", commission="7")
    journal.sell("a", "UNIT", "1", "800", position_id="p").look("a")
    run = journal.run(engine)
    assert (run.rule("symbol_loss")["floor"], observed(run, "symbol_loss")) == ("300", "207")
    journal.clock("2024-03-06T00:00:00Z")
    shown = journal.run(engine)
    assert (shown.rule("symbol_loss")["floor"], observed(shown, "symbol_loss")) == ("293.79", "0")


def test_symbol_when_one_wins_and_another_loses_stands_alone(engine):
    journal = hedged(rule("symbol_loss", amount="300"))
    for symbol, price in (("UNIT", "500"), ("COIN", "1500")):
        journal.tick(symbol, "1000").buy("a", symbol, "1", "1000").tick(symbol, price)
    assert journal.run(engine).breach("symbol_loss")["evidence"]["facts"] == {
        "losses": {"UNIT": "500"},
        "balance_at_reset": "10000",
    }


@pytest.mark.parametrize(("total", "shown"), [("net", "100"), ("losses_only", "200")])
def test_symbol_when_winners_offset_is_a_matter_of_the_rule(engine, total, shown):
    journal = hedged(rule("symbol_loss", amount="9000", sum=total)).tick("UNIT", "1000")
    journal.buy("a", "UNIT", "1", "1200").buy("a", "UNIT", "1", "900")
    assert observed(journal.look("a").run(engine), "symbol_loss") == shown


@pytest.mark.parametrize(
    ("profit", "limit"), [("0", "300"), ("1000", "300"), ("1001", "300.3"), ("2000", "600"),
                          ("2000.01", "1000.005")],
)  # fmt: skip
def test_open_loss_when_the_day_began_in_profit_may_be_larger(engine, profit, limit):
    raised = {"raised_pct": "0.5", "raised_above": "2000"}
    journal = hedged(rule("mae", pct="0.3", threshold="1000", **raised))
    if profit != "0":
        journal.earn("a", profit)
    assert journal.look("a").run(engine).rule("mae")["floor"] == "300"
    assert journal.clock("2024-03-06T00:00:00Z").run(engine).rule("mae")["floor"] == limit


def test_open_loss_when_grouped_offsets_within_the_group(engine):
    for group, shown in (("position", "400"), ("symbol", "300"), ("account", "250")):
        journal = hedged(rule("mae", pct="1", threshold="9000", group_by=group))
        journal.tick("UNIT", "1000").tick("COIN", "1000").buy("a", "UNIT", "1", "1400")
        journal.buy("a", "UNIT", "1", "900").buy("a", "COIN", "1", "950")
        assert observed(journal.look("a").run(engine), "mae") == shown


def test_session_figures_when_migrated_are_kept(engine):
    rules = (rule("mae", pct="0.3", threshold="1000"), rule("symbol_loss", pct="0.03"))
    plans = [ruleset(*rules, ref=f"plan@{version}") for version in (1, 2)]
    journal = Journal(*plans).open("a").tick("UNIT", "1000").earn("a", "2000")
    journal.act("a", "migrate", ruleset="plan@2")
    run = journal.run(engine)
    assert (run.rule("mae")["floor"], run.rule("symbol_loss")["floor"]) == ("300", "300")


@pytest.mark.parametrize(
    ("params", "path"),
    [
        (rule("per_trade_loss"), "pct"),
        (rule("per_trade_loss", pct="0.1", counts="open"), "counts"),
        (rule("per_trade_loss", pct="0.1", grace_s="5"), "grace_s"),
        (rule("trade_loss_group", pct="0.1", group_by=[]), "group_by"),
        (rule("trade_loss_group", pct="0.1", group_by=["symbol", "symbol"]), "group_by"),
        (rule("trade_loss_group", pct="0.1", group_by=["day"]), "group_by.0"),
        (rule("symbol_loss", pct="0.1", pct_base="equity"), "pct_base"),
        (rule("mae", pct="0.3"), "threshold"),
        (rule("mae", pct="0.3", threshold="1", raised_pct="0.5"), "raised_pct"),
        (
            rule("mae", pct="0.3", threshold="1", raised_pct="0.3", raised_above="5"),
            "raised_pct",
        ),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        hedged(params)
    assert caught.value.path == f"phases.0.rules.0.{path}"


legs = st.lists(
    st.tuples(st.sampled_from(["buy", "sell"]), st.integers(1, 3), st.integers(80, 120)),
    min_size=1,
    max_size=4,
)
ways = st.lists(st.integers(60, 140), min_size=1, max_size=6)


def told(rules, held, way):
    journal = hedged(*rules).tick("UNIT", "100")
    for side, qty, price in held:
        journal.fill("a", side, "UNIT", str(qty), str(price))
    for price in way:
        journal.tick("UNIT", str(price))
    results = [
        (side, qty * (way[-1] - price) * (1 if side == "buy" else -1)) for side, qty, price in held
    ]
    return agreed(journal.look("a")), results


@given(legs, ways, st.integers(1, 60))
def test_trade_when_prices_move_loses_what_the_worst_of_all_loses(held, way, limit):
    run, results = told([flagged("per_trade_loss", amount=str(limit))], held, way)
    worst = max(0, *(-result for _, result in results), 0)
    assert Decimal(observed(run, "per_trade_loss")) == worst


@given(legs, ways, st.integers(1, 60))
def test_group_when_prices_move_never_loses_less_than_when_winners_offset(held, way, limit):
    names = {"losses_only": "all", "net": "net"}
    rules = [
        flagged("trade_loss_group", amount=str(limit), sum=total) | {"id": name}
        for total, name in names.items()
    ]
    run, results = told(rules, held, way)
    lost = {
        side: sum(max(0, -result) for each, result in results if each == side)
        for side in ("buy", "sell")
    }
    assert Decimal(observed(run, "all")) == max(lost.values())
    assert Decimal(observed(run, "net")) <= max(lost.values())


@given(legs, ways)
def test_symbol_when_prices_move_loses_what_the_account_does(held, way):
    run, results = told([flagged("symbol_loss", amount="30")], held, way)
    lost = max(0, -sum(result for _, result in results))
    assert Decimal(observed(run, "symbol_loss")) == lost
    assert Decimal(run.progress()["equity"]) == 10000 + sum(result for _, result in results)


@given(legs, ways)
def test_open_loss_of_the_account_is_at_most_that_of_its_worst_positions(held, way):
    rules = [
        flagged("mae", pct="0.5", threshold="60", group_by=group) | {"id": group}
        for group in ("account", "position")
    ]
    run, results = told(rules, held, way)
    bound = Decimal(observed(run, "position")) * len(results)
    assert Decimal(observed(run, "account")) <= bound
