"""What all positions together are planned to lose."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InputError
from tests.rules.conduct_kit import agreed, flagged, hedged, observed, rule
from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset

NAME = "open_risk"


def opened(*rules):
    journal = hedged(*rules).tick("UNIT", "1000").tick("COIN", "1000")
    journal.buy("a", "UNIT", "1", "1000", position_id="p", stop_loss="900")
    return journal


@pytest.mark.parametrize(
    ("comparator", "stop", "breached"),
    [
        ("gt", "1099.99", False),
        ("gt", "1100", False),
        ("gt", "1100.01", True),
        ("gte", "1099.99", False),
        ("gte", "1100", True),
    ],
)
@pytest.mark.parametrize(
    "limit", [{"amount": "200"}, {"pct": "0.02"}, {"pct_of_daily_limit": "0.4"}]
)
def test_risk_when_around_the_limit_follows_the_comparator(
    engine, comparator, stop, breached, limit
):
    rules = (rule(NAME, comparator=comparator, **limit), daily(amount="500"))
    run = opened(*rules).sell("a", "COIN", "1", "1000", stop_loss=stop).run(engine)
    assert run.rules_breached() == ([NAME] if breached else [])


def test_risk_when_grace_runs_out_is_broken_by_the_timer(engine):
    journal = opened(rule(NAME, amount="50", grace_s="60"))
    run = journal.clock("2024-03-05T12:00:00Z").run(engine)
    assert run.breach(NAME)["evidence"]["entry"]["kind"] == "timer"
    assert run.breach(NAME)["evidence"]["facts"] == {"risks": {"p": "100"}}


@pytest.mark.parametrize(("counts", "shown"), [("nothing", "100"), ("notional", "1600")])
def test_position_without_a_stop_counts_what_the_rule_says(engine, counts, shown):
    journal = opened(rule(NAME, amount="9000", without_stop=counts))
    run = journal.buy("a", "UNIT", "3", "500").tick("UNIT", "700").look("a").run(engine)
    assert observed(run, NAME) == shown


def test_risk_when_a_position_ends_is_that_of_the_others(engine):
    journal = opened(rule(NAME, amount="9000")).buy("a", "UNIT", "2", "1000", stop_loss="950")
    assert observed(journal.look("a").run(engine), NAME) == "200"
    journal.sell("a", "UNIT", "1", "1000", position_id="p")
    assert observed(journal.look("a").run(engine), NAME) == "100"


def test_daily_limit_when_it_is_taken_anew_moves_the_limit(engine):
    rules = (rule(NAME, pct_of_daily_limit="0.5"), daily(pct="0.1", pct_base="reference"))
    journal = hedged(*rules).earn("a", "1000").look("a")
    assert journal.run(engine).rule(NAME)["floor"] == "500"
    run = journal.clock("2024-03-06T00:00:00Z").run(engine)
    assert run.rule(NAME)["floor"] == "550"


def test_daily_limit_when_it_follows_the_peak_moves_at_events_only():
    follows = daily(pct="0.1", pct_base="reference", reference="intraday_peak_equity")
    rules = (flagged(NAME, pct_of_daily_limit="0.1", grace_s="60"), follows)
    journal = hedged(*rules).tick("UNIT", "1000")
    journal.buy("a", "UNIT", "1", "1000", position_id="p", stop_loss="898")
    journal.tick("UNIT", "1500").tick("UNIT", "1400")
    journal.clock("2024-03-05T11:00:00Z")
    assert agreed(journal).breach(NAME)["floor"] == "100"
    journal.buy("a", "UNIT", "1", "1400", position_id="q", stop_loss="1399").look("a")
    assert agreed(journal).rule(NAME)["floor"] == "105"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "pct"),
        ({"pct": "0.1", "amount": "5"}, "pct"),
        ({"amount": "5", "pct_of_daily_limit": "0.5"}, "pct"),
        ({"amount": "5", "pct_base": "balance"}, "pct_base"),
        ({"pct_of_daily_limit": "0.5", "pct_base": "balance"}, "pct_base"),
        ({"pct_of_daily_limit": "0.5"}, "pct_of_daily_limit"),
        ({"amount": "5", "without_stop": "limit"}, "without_stop"),
    ],
)
def test_parameters_when_wrong_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        hedged(rule(NAME, **params))
    assert caught.value.path == f"phases.0.rules.0.{path}"


def test_override_when_it_needs_a_rule_the_phase_has_not_is_refused(engine):
    journal = Journal(ruleset(rule(NAME, amount="5")))
    own = {NAME: {"pct_of_daily_limit": "0.5"}}
    run = journal.open("a", overrides=own).run(engine)
    assert run.codes == [f"bad_value overrides.{NAME}.pct_of_daily_limit"]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(900, 1100)), max_size=5),
    st.lists(st.integers(500, 1500), max_size=4),
    st.integers(1, 1500),
)
def test_risk_when_positions_open_is_the_sum_of_their_stops_whatever_prices_do(held, prices, limit):
    journal = hedged(flagged(NAME, amount=str(limit))).tick("UNIT", "1000")
    total = 0
    for qty, stop in held:
        journal.buy("a", "UNIT", str(qty), "1000", stop_loss=str(stop))
        total += qty * max(0, 1000 - stop)
    for price in prices:
        journal.tick("UNIT", str(price))
    run = agreed(journal.look("a"))
    assert Decimal(observed(run, NAME)) == total
    assert len(run.of("breach")) == (total > limit)
