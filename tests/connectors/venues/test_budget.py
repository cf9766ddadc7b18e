"""No minute holds more than the limit, and the most urgent request has its turn first."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.venues.budget import WINDOW_S, Budget, Rank, urgent


class Time:
    """A clock that only waiting moves."""

    def __init__(self):
        self.now = 0.0

    async def sleep(self, seconds):
        self.now += seconds
        await asyncio.sleep(0)

    def budget(self, limit):
        return Budget(limit, clock=lambda: self.now, sleep=self.sleep)


def spend_all(limit, wanted):
    """Spend these together, each (weight, rank, at risk); returns (time, index) in their order."""
    time, served = Time(), []

    async def one(budget, index, weight, rank, at_risk):
        with urgent(rank, Decimal(at_risk)):
            await budget.spend(weight)
        served.append((time.now, index))

    async def run():
        budget = time.budget(limit)
        await asyncio.gather(*(one(budget, n, *item) for n, item in enumerate(wanted)))

    asyncio.run(run())
    return served


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from(Rank), st.integers(0, 5)), max_size=25)
)
def test_minute_when_it_ends_anywhere_holds_no_more_than_the_limit(wanted):
    limit = 50
    served = spend_all(limit, wanted)
    assert sorted(index for _, index in served) == list(range(len(wanted)))
    for end, _ in served:
        window = [wanted[i][0] for at, i in served if end - 60 < at <= end]
        assert sum(window) <= limit


def test_requests_when_they_wait_are_served_by_rank_then_by_money_at_risk():
    wanted = [
        (10, Rank.LIQUIDATION, 0),
        (10, Rank.POLL, 9),
        (10, Rank.CHECK, 9),
        (10, Rank.LIQUIDATION, 1),
        (10, Rank.LIQUIDATION, 3),
        (10, Rank.LIQUIDATION, 2),
    ]
    assert [index for _, index in spend_all(10, wanted)] == [0, 4, 5, 3, 2, 1]


@pytest.mark.parametrize(
    ("rank", "at_once"), [(Rank.POLL, 5), (Rank.CHECK, 5), (Rank.LIQUIDATION, 10)]
)
def test_checks_and_polls_when_half_is_spent_leave_the_rest_to_others(rank, at_once):
    served = spend_all(10, [(1, rank, 0)] * 11)
    assert sum(at == 0 for at, _ in served) == at_once


def test_budget_when_the_venue_says_wait_spends_nothing_until_then():
    time = Time()

    async def run():
        budget = time.budget(100)
        budget.hold(7)
        await budget.spend(1)

    asyncio.run(run())
    assert 7 <= time.now < 7.1


@pytest.mark.parametrize(("used", "waits"), [(89, False), (90, False), (91, True)])
def test_budget_when_others_spend_under_the_limit_counts_that(used, waits):
    time = Time()

    async def run():
        budget = time.budget(100)
        budget.observe(used)
        budget.observe(3)
        with urgent(Rank.LIQUIDATION):
            await budget.spend(10)

    asyncio.run(run())
    assert (time.now > 0) == waits


def test_request_when_heavier_than_the_limit_has_a_minute_to_itself():
    served = spend_all(10, [(1, Rank.CHECK, 0), (99, Rank.CHECK, 0)])
    assert [index for _, index in served] == [0, 1]
    assert WINDOW_S <= served[1][0] < WINDOW_S + 0.1


def test_share_when_spent_waits_though_the_venue_would_allow_more():
    time = Time()

    async def run():
        budget = Budget(100, lambda: time.now, time.sleep, share=Decimal("0.3"))
        with urgent(Rank.LIQUIDATION):
            for _ in range(4):
                await budget.spend(10)
        return time.now

    assert asyncio.run(run()) == pytest.approx(WINDOW_S, abs=0.1)


def test_share_when_others_spent_theirs_is_still_there():
    """What the venue counts of others must not be taken for our own."""
    time = Time()

    async def run():
        budget = Budget(100, lambda: time.now, time.sleep, share=Decimal("0.6"))
        budget.observe(40)
        with urgent(Rank.LIQUIDATION):
            for _ in range(6):
                await budget.spend(10)
            before = time.now
            await budget.spend(1)
        return before, time.now

    before, after = asyncio.run(run())
    assert before == 0
    assert after > 0


def test_shares_when_together_more_than_all_are_refused():
    from connectors.venues.shares import Shares
    from schemas.errors import InputError
    from schemas.fields import parse_model

    with pytest.raises(InputError, match=r"together they are 1\.1"):
        parse_model(Shares, {"enforce": "0.7"})
    assert parse_model(Shares, {"enforce": "0.6"}).feed == Decimal("0.05")
