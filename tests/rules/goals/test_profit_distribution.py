"""Catalogue section 6: what one day or trade wins beyond its share does not count."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.goals.common import Day
from rules.goals.profit_distribution import ProfitDistribution, ProfitDistributionParams
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

WEDNESDAY, THURSDAY = "2024-03-06T00:00:00Z", "2024-03-07T00:00:00Z"


def spread(**params):
    more = {"max_share": "0.4", "amount": "500", **params}
    return {"id": "spread", "family": "profit_distribution", **more}


def value(run):
    return run.of("progress")[-1]["goals"][0]["value"]


@pytest.mark.parametrize(
    ("won", "counted"),
    [("199.99999999", "199.99999999"), ("200", "200"), ("200.00000001", "200"), ("-300", "-300")],
)
def test_day_when_a_unit_around_the_cap_counts_up_to_it(engine, won, counted):
    journal = Journal(ruleset(goals=[spread()])).open("a").earn("a", won)
    assert value(journal.run(engine)) == "0"  # the day has not ended
    assert value(journal.clock(at=WEDNESDAY).run(engine)) == counted


@pytest.mark.parametrize(("denominator", "counted"), [("total", "150"), ("positive", "200")])
def test_losing_day_when_not_asked_for_does_not_count(engine, denominator, counted):
    run = (
        Journal(ruleset(goals=[spread(denominator=denominator)]))
        .open("a")
        .earn("a", "320")
        .clock(at=WEDNESDAY)
        .earn("a", "-50")
        .clock(at=THURSDAY)
        .run(engine)
    )
    assert value(run) == counted


def test_trades_when_capped_one_by_one_pass_with_the_last_close(engine):
    journal = Journal(ruleset(goals=[spread(scope="trade")])).open("a")
    journal.earn("a", "900").earn("a", "200")
    assert value(journal.run(engine)) == "400"
    assert journal.earn("a", "100").run(engine).of("phase.passed")


@given(st.lists(st.integers(-(10**6), 10**6), max_size=8))
def test_profit_that_counts_when_days_are_won_is_never_more_than_the_profit(won):
    params = ProfitDistributionParams(
        id="s", family="profit_distribution", max_share="0.4", amount="500"
    )
    goal = ProfitDistribution(params, Decimal(1))
    for result in won:
        goal.end_day(Day(opened=True, held=True, result=Decimal(result), trades=()))
    assert goal.counted <= sum(won)
    assert goal.counted <= goal.cap * len(won)
    if max(won, default=0) <= goal.cap:
        assert goal.counted == sum(won)
