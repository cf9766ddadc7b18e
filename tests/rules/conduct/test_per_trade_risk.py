"""What a trade is planned to lose at its stop: judged when that grows."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.conduct_kit import agreed, flagged, hedged, observed, rule
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

NAME = "per_trade_risk"


def risk(**params):
    return rule(NAME, **({"pct": "0.02"} | params))


def protect(journal, stop, **more):
    return journal.event("position.protected", account_id="a", position_id="p", stop_loss=stop,
                         **more)  # fmt: skip


def opened(*rules, qty="2", stop=None, **more):
    journal = hedged(*rules).tick("UNIT", "1000")
    extra = {} if stop is None else {"stop_loss": stop}
    return journal.buy("a", "UNIT", qty, "1000", position_id="p", **extra, **more)


@pytest.mark.parametrize(
    ("comparator", "stop", "breached"),
    [
        ("gt", "900.00000001", False),
        ("gt", "900", False),
        ("gt", "899.99999999", True),
        ("gte", "900.00000001", False),
        ("gte", "900", True),
    ],
)
def test_risk_when_around_the_limit_follows_the_comparator(engine, comparator, stop, breached):
    run = protect(opened(risk(comparator=comparator)), stop).run(engine)
    assert run.rules_breached() == ([NAME] if breached else [])
    filled = opened(risk(comparator=comparator), stop=stop).run(engine)
    assert filled.rules_breached() == run.rules_breached()


def test_breach_when_made_names_the_position_and_its_stop(engine):
    made = opened(risk(), stop="899.5", commission="3").run(engine).breach(NAME)
    assert (made["metric"], made["observed"], made["floor"]) == ("planned_risk", "201", "200")
    assert made["evidence"]["facts"] == {
        "position": "p",
        "qty": "2",
        "cost": "2000",
        "stop": "899.5",
        "commission": "3",
    }


def test_risk_when_short_is_above_the_entry(engine):
    journal = hedged(risk()).tick("UNIT", "1000")
    journal.sell("a", "UNIT", "2", "1000", stop_loss="1100.5")
    assert journal.run(engine).breach(NAME)["observed"] == "201"


def test_risk_when_the_stop_is_in_profit_is_none(engine):
    run = protect(opened(risk()), "1500").look("a").run(engine)
    assert observed(run, NAME) == "0"


def test_risk_when_added_to_is_that_of_the_whole_position(engine):
    journal = opened(risk(), stop="920")
    journal.buy("a", "UNIT", "1", "1000", position_id="p")
    assert journal.run(engine).breach(NAME)["observed"] == "240"


def test_risk_when_it_only_shrinks_is_no_violation_again(engine):
    journal = opened(flagged(NAME, pct="0.02"), qty="4", stop="900")
    protect(journal, "920")
    journal.sell("a", "UNIT", "1", "1000", position_id="p")
    assert [made["observed"] for made in journal.run(engine).of("breach")] == ["400"]
    again = protect(journal, "910").run(engine)
    assert [made["observed"] for made in again.of("breach")] == ["400", "270"]


@pytest.mark.parametrize(("basis", "shown"), [("current", "0"), ("widest", "202")])
def test_risk_when_moved_to_break_even_is_cured_only_by_the_current_stop(engine, basis, shown):
    journal = opened(flagged(NAME, pct="0.02", basis=basis))
    for stop in ("950", "899", "1000"):
        protect(journal, stop)
    run = journal.look("a").run(engine)
    assert observed(run, NAME) == shown
    assert len(run.of("breach")) == 1


def test_position_when_reversed_begins_anew(engine):
    journal = Journal(ruleset(flagged(NAME, amount="100", basis="widest"))).open("a")
    journal.tick("UNIT", "1000").buy("a", "UNIT", "1", "1000", stop_loss="800")
    run = journal.sell("a", "UNIT", "2", "1000", stop_loss="1050").look("a").run(engine)
    assert observed(run, NAME) == "50"
    closed = journal.buy("a", "UNIT", "1", "1000").look("a").run(engine)
    assert observed(closed, NAME) == "0"


def test_commission_when_it_counts_is_all_that_was_paid_on_the_position(engine):
    journal = opened(
        risk(with_commission=True, amount="200", pct=None), stop="950", commission="60"
    )
    assert journal.run(engine).rules_breached() == []
    journal.buy("a", "UNIT", "1", "950", position_id="p", commission="40.01")
    assert journal.run(engine).breach(NAME)["observed"] == "200.01"


def test_limit_when_a_share_of_the_balance_is_that_of_the_moment(engine):
    journal = opened(risk(pct_base="balance"), stop="900")
    journal.adjust("a", "fee", "100").tick("UNIT", "500")
    assert journal.run(engine).rules_breached() == []  # nothing grew
    assert protect(journal, "899.99").run(engine).breach(NAME)["floor"] == "198"


def test_risk_when_the_rate_is_not_known_counts_at_the_next_event(engine):
    journal = Journal(ruleset(risk(amount="1000", pct=None))).open("a", "100000")
    journal.tick("EURGBP", "0.8").buy("a", "EURGBP", "1", "0.8", stop_loss="0.79")
    assert journal.run(engine).rules_breached() == []
    journal.tick("GBPUSD", "1.25").look("a")
    assert observed(journal.run(engine), NAME) == "0"
    journal.event("position.protected", account_id="a", symbol="EURGBP", take_profit="0.9")
    assert journal.run(engine).breach(NAME)["observed"] == "1250"


def test_widest_stop_when_migrated_is_not_forgotten(engine):
    plans = [ruleset(flagged(NAME, pct="0.5", basis="widest"), ref=f"plan@{n}") for n in (1, 2)]
    journal = Journal(*plans).open("a").tick("UNIT", "1000")
    journal.buy("a", "UNIT", "1", "1000", stop_loss="800")
    journal.event("position.protected", account_id="a", symbol="UNIT", stop_loss="990")
    journal.act("a", "migrate", ruleset="plan@2")
    journal.event("position.protected", account_id="a", symbol="UNIT", stop_loss="995").look("a")
    assert observed(journal.run(engine), NAME) == "200"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"pct": None}, "pct"),
        ({"amount": "5"}, "pct"),
        ({"pct": None, "amount": "5", "pct_base": "equity"}, "pct_base"),
        ({"basis": "best"}, "basis"),
        ({"with_commission": "yes"}, "with_commission"),
        ({"grace_s": "5"}, "grace_s"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        hedged(risk(**params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


stops = st.lists(st.integers(800, 1000), min_size=1, max_size=6)


@given(stops, st.integers(800, 1200))
def test_widest_risk_when_stops_move_never_falls_and_no_tick_moves_it(moves, price):
    rules = (flagged(NAME, amount="100", basis="widest"),)
    journal = opened(*rules, qty="1")
    worst, said = 0, 0
    for stop in moves:
        protect(journal, str(stop)).tick("UNIT", str(price))
        said += max(worst, 100) < 1000 - stop
        worst = max(worst, 1000 - stop)
    run = agreed(journal.look("a"))
    assert Decimal(observed(run, NAME)) == worst
    assert len(run.of("breach")) == said
