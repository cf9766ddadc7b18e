"""How many days a goal needs at least."""

import pytest

from rules.lint.goals import days_needed
from rules.ruleset import load_ruleset
from tests.rules.lint.plans import plan
from tests.rules.samples import consistency, daily, profitable_days, target, trading_days


@pytest.mark.parametrize(
    ("goal", "days"),
    [
        (trading_days(5), 5),
        (profitable_days(3, amount="50"), 3),
        (consistency("0.4"), 3),
        (consistency("0.5"), 2),
        (consistency("0.5", comparator="lt"), 3),
        (consistency("0.33"), 4),
        (consistency("0.2", scope="trade"), 1),
        (target(), 1),
    ],
)
def test_days_needed_when_counted_are_the_fewest_in_which_a_goal_can_be_met(goal, days):
    [params] = load_ruleset(plan(daily(), goals=[goal])).phases[0].goals
    assert days_needed(params) == days
