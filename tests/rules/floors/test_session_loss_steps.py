"""Catalogue section 1: step-ups and weekly limits; section 3: locks that ask for closed profit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.floors.common import Standing
from rules.floors.daily_loss import DailyLossFloor, DailyLossParams
from schemas.errors import InputError
from schemas.fields import parse_model
from tests.rules.kit import Journal
from tests.rules.samples import daily, drawdown, ruleset

STEPS = [{"balance": "10500", "amount": "200"}, {"balance": "11000", "amount": "300"}]
MORNINGS = [f"2024-03-{day:02}T00:00:00Z" for day in range(6, 14)]


def floors(run):
    return [item["rules"][0]["floor"] for item in run.of("progress")]


def stepping(**params):
    return Journal(ruleset(daily(amount="100", step_up=STEPS, **params))).open("a")


@pytest.mark.parametrize(
    ("won", "floor"),
    [
        ("499.99999999", "10399.99999999"),
        ("500", "10300"),
        ("500.00000001", "10300.00000001"),
        ("1000", "10700"),
    ],
)
def test_step_when_a_unit_around_its_balance_takes_effect_with_the_next_session(engine, won, floor):
    run = stepping().earn("a", won).clock(at=MORNINGS[0]).run(engine)
    assert floors(run)[0] == "9900"  # the day on which it is reached
    assert floors(run)[1] == floor


@pytest.mark.parametrize(("step_down", "floor"), [("false", "10199"), ("true", "10299")])
def test_step_when_the_balance_falls_back_stays_unless_it_steps_down(engine, step_down, floor):
    params = {} if step_down == "false" else {"step_down": True}
    run = (
        stepping(**params)
        .earn("a", "500")
        .clock(at=MORNINGS[0])
        .earn("a", "-101")
        .clock(at=MORNINGS[1])
        .run(engine)
    )
    assert floors(run)[2] == floor


def test_step_when_the_account_opens_above_it_holds_from_the_start(engine):
    run = Journal(ruleset(daily(amount="100", step_up=STEPS))).open("a", "11000").run(engine)
    assert floors(run)[0] == "10700"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"pct": "0.05", "step_up": STEPS}, "step_up"),
        ({"amount": "1", "step_up": STEPS[::-1]}, "step_up"),
        ({"amount": "1", "step_up": [STEPS[0], STEPS[0]]}, "step_up"),
        ({"amount": "1", "step_up": [{"balance": "5"}]}, "step_up.0.amount"),
        ({"amount": "1", "step_up": "5"}, "step_up"),
        ({"amount": "1", "step_down": True}, "step_down"),
    ],
)
def test_steps_when_contradictory_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        parse_model(DailyLossParams, {"id": "d", "family": "daily_loss", **params})
    assert caught.value.path == path


@given(st.lists(st.integers(9000, 12000), min_size=1, max_size=6))
def test_allowance_when_steps_are_kept_is_that_of_the_highest_balance_at_a_boundary(balances):
    raw = {"id": "d", "family": "daily_loss", "amount": "100", "step_up": STEPS}
    floor = DailyLossFloor(parse_model(DailyLossParams, raw), Decimal(10_000), 1)
    for balance in balances:
        floor.rebase(Standing(Decimal(balance), Decimal(balance)), 2)
    top = max(10_000, *balances)
    assert floor.allowance == (300 if top >= 11_000 else 200 if top >= 10_500 else 100)
    assert floor.floor == balances[-1] - floor.allowance


def weekly(**params):
    return {"id": "week", "family": "weekly_loss", "amount": "500", **params}


def test_weekly_loss_when_a_new_day_begins_keeps_floor_and_pause(engine):
    run = (
        Journal(ruleset(weekly(breach_kind="pause")))
        .open("a")
        .earn("a", "-300")
        .clock(at=MORNINGS[0])
        .earn("a", "-201")
        .clock(at=MORNINGS[1])
        .clock(at="2024-03-11T00:00:00Z")  # a Monday
        .run(engine)
    )
    assert floors(run)[:3] == ["9500"] * 3
    assert floors(run)[-1] == "8999"
    states = [(made["ts"][:10], made["to"]) for made in run.of("state")]
    assert states[1:] == [("2024-03-06", "paused"), ("2024-03-11", "active")]


@pytest.mark.parametrize(("lost", "breaches"), [("499.99999999", 0), ("500", 1), ("500.01", 1)])
def test_weekly_loss_when_a_unit_around_the_floor_breaches_on_touch(engine, lost, breaches):
    rule = weekly(comparator="lte")
    run = Journal(ruleset(rule)).open("a").earn("a", f"-{lost}").run(engine)
    assert len(run.of("breach")) == breaches


def test_week_when_it_begins_in_chicago_on_sunday_evening_ends_across_the_change_of_clocks(engine):
    """The clocks go forward on Sunday 10 March, in the morning: 17:00 is 22:00 UTC, not 23:00."""
    rule = weekly(reset_day="sunday", reset_tz="America/Chicago", reset_time="17:00")
    journal = Journal(ruleset(rule)).open("a").earn("a", "-100")
    run = journal.clock(at="2024-03-10T21:59:59Z").clock(at="2024-03-10T22:00:00Z").run(engine)
    ends = [made["ts"] for made in run.of("progress") if made["rules"][0]["floor"] == "9400"]
    assert ends[0] == "2024-03-10T22:00:00Z"


def test_weekly_and_daily_pauses_when_both_hold_end_one_by_one(engine):
    rules = [daily(amount="400", breach_kind="pause"), weekly(breach_kind="pause")]
    run = (
        Journal(ruleset(*rules))
        .open("a")
        .earn("a", "-501")
        .clock(at=MORNINGS[0])
        .clock(at="2024-03-11T00:00:00Z")
        .run(engine)
    )
    assert [made["ts"][:10] for made in run.of("state")] == [
        "2024-03-05", "2024-03-05", "2024-03-11",
    ]  # fmt: skip


LOCK = {"amount": "400", "lock_offset": "0", "lock_trigger": "400"}


def holding(**params):
    return (
        Journal(ruleset(drawdown("trail_equity", **params)))
        .open("a")
        .buy("a", "UNIT", "1", "10000", position_id="p")
    )


def test_trailing_floor_when_only_floating_profit_is_high_trails_past_its_lock(engine):
    run = holding(**LOCK).tick("UNIT", "10600").look("a").run(engine)
    assert floors(run)[-1] == "10200"


@pytest.mark.parametrize(
    ("won", "floor"), [("399.99999999", "9999.99999999"), ("400", "10000"), ("900", "10000")]
)
def test_trailing_floor_when_closed_profit_is_a_unit_around_the_trigger(engine, won, floor):
    journal = Journal(ruleset(drawdown("trail_equity", **LOCK))).open("a").earn("a", won)
    run = journal.buy("a", "UNIT", "1", "10000").tick("UNIT", "10100").look("a").run(engine)
    locked = won != "399.99999999"
    # Locked, floating profit lifts it no further.
    assert floors(run)[-1] == (floor if locked else "10099.99999999")


def test_lock_trigger_when_nothing_trails_is_refused():
    with pytest.raises(InputError, match="needs a trailing mode"):
        Journal(ruleset(drawdown("static", lock_trigger="5")))
