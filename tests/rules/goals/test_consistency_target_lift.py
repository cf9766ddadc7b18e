"""Catalogue section 6: a day or trade that wins too much raises the target."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.goals.common import Day
from rules.goals.consistency import Consistency, ConsistencyParams
from rules.goals.consistency_target_lift import ConsistencyTargetLift, ConsistencyTargetLiftParams
from tests.rules.kit import Journal
from tests.rules.samples import ruleset

WEDNESDAY, THURSDAY = "2024-03-06T00:00:00Z", "2024-03-07T00:00:00Z"


def lift(**params):
    more = {"max_share": "0.4", "amount": "2500", **params}
    return {"id": "lift", "family": "consistency_target_lift", **more}


def goals(run):
    return [item["goals"][0] for item in run.of("progress")]


@pytest.mark.parametrize(
    ("won", "needed"),
    [
        ("999.99999999", "2500"),
        ("1000", "2500"),
        ("1000.00000001", "2500.00000003"),  # rounded up: 2500.000000025 would not be enough
        ("1200", "3000"),
        ("-500", "2500"),
    ],
)
def test_target_when_the_best_day_is_a_unit_around_its_share(engine, won, needed):
    run = Journal(ruleset(goals=[lift()])).open("a").earn("a", won).clock(at=WEDNESDAY).run(engine)
    assert goals(run)[-1]["needed"] == needed


def test_target_when_reached_exactly_passes_at_the_next_boundary_only(engine):
    journal = Journal(ruleset(goals=[lift()])).open("a").earn("a", "1200").clock(at=WEDNESDAY)
    short = journal.earn("a", "900").earn("a", "899.99999999").clock(at=THURSDAY)
    assert not short.run(engine).of("phase.passed")
    run = short.earn("a", "0.00000001").clock(at="2024-03-08T00:00:00Z").run(engine)
    # The second day won 1,799.99999999 and lifted the target itself.
    assert goals(run)[-1] == {
        "id": "lift", "family": "consistency_target_lift",
        "value": "3000", "needed": "4499.99999998", "met": False,
    }  # fmt: skip


def test_trade_when_too_large_lifts_at_once_and_may_pass_within_the_day(engine):
    journal = Journal(ruleset(goals=[lift(scope="trade")])).open("a").earn("a", "1200")
    run = journal.earn("a", "900").earn("a", "900").run(engine)
    assert run.of("phase.passed")[0]["goals"][0]["value"] == "3000"


@pytest.mark.parametrize("limit", [{}, {"pct": "0.1", "amount": "5"}])
def test_target_when_not_stated_once_is_refused(limit):
    raw = {"id": "x", "family": "consistency_target_lift", "max_share": "0.4", **limit}
    with pytest.raises(ValueError, match="exactly one"):
        ConsistencyTargetLiftParams(**raw)


results = st.lists(st.integers(-(10**12), 10**12).map(lambda n: Decimal(n).scaleb(-8)), max_size=8)
shares = st.integers(1, 1000).map(lambda n: str(Decimal(n) / 1000))


@given(results, shares, st.integers(1, 10**12))
def test_lifted_target_when_reached_is_the_share_and_the_target_together(won, share, units):
    """The two mechanics agree wherever profit is the total of the days."""
    amount = str(Decimal(units).scaleb(-8))
    lifted = ConsistencyTargetLift(
        ConsistencyTargetLiftParams(
            id="l", family="consistency_target_lift", max_share=share, amount=amount
        ),
        Decimal(1),
    )
    shared = Consistency(
        ConsistencyParams(id="c", family="consistency", max_share=share), Decimal(1)
    )
    for result in won:
        day = Day(opened=True, held=True, result=result, trades=())
        lifted.end_day(day)
        shared.end_day(day)
    total = sum(won, Decimal(0))
    both = total >= Decimal(amount) and shared.progress(total).met
    assert lifted.progress(total).met == both
