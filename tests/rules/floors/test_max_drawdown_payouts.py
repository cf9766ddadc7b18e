"""Contract section 2, "Max drawdown": what each `payout_effect` does to the floor."""

import pytest

from tests.rules.kit import Journal
from tests.rules.samples import drawdown, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def opened(rule, balance="10000"):
    return Journal(ruleset(rule)).open("a", balance)


def floor_of(engine, journal):
    return journal.run(engine).rule("max")["floor"]


@pytest.mark.parametrize(
    "effect", ["lower_hwm", "lock", "reduce_allowance", "lower_floor", "reset"]
)
@pytest.mark.parametrize("reason", ["withdrawal", "fee", "deposit", "bonus", "funding"])
def test_effect_when_the_adjustment_is_no_payout_is_none(engine, effect, reason):
    rule = drawdown("trail_eod_balance", amount="1000", payout_effect=effect)
    assert floor_of(engine, opened(rule).adjust("a", reason, "300")) == "9000"


@pytest.mark.parametrize("mode", ["static", "trail_equity"])
def test_none_when_all_profit_is_paid_out_leaves_the_floor_where_it_is(engine, mode):
    """10000 after a peak of 11000: touching the trailing floor, 11000 − 1000, is fine under lt."""
    journal = opened(drawdown(mode, amount="1000")).earn("a", "1000").adjust("a", "payout", "1000")
    run = journal.run(engine)
    assert run.of("breach") == []
    assert run.rule("max")["floor"] == ("9000" if mode == "static" else "10000")
    assert journal.run(engine).rule("max")["room"] == ("1000" if mode == "static" else "0")


def test_none_when_the_payout_takes_equity_to_the_floor_breaches_under_lte(engine):
    rule = drawdown("trail_closed_balance", amount="1000", comparator="lte")
    run = opened(rule).earn("a", "1000").adjust("a", "payout", "1000").run(engine)
    breach = run.breach("max")
    assert (breach["observed"], breach["floor"], breach["overshoot"]) == ("10000", "10000", "0")
    assert breach["evidence"]["entry"]["type"] == "balance.adjusted"


@pytest.mark.parametrize(
    ("won", "paid", "offset", "floor"),
    [
        ("2000", "500", None, "10500"),  # 12000 − 500 − 1000
        ("2000", "500", "0", "10000"),  # min(10500, 10000)
        ("2000", "1500", "0", "9500"),  # 10500 − 1000: falls from 10000
        ("2000", "500", "700", "10500"),  # 10700 before
        ("0", "4000", None, "5000"),  # without a bound
    ],
)
def test_lower_hwm_when_paid_takes_the_gross_amount_off_the_mark(engine, won, paid, offset, floor):
    lock = {} if offset is None else {"lock_offset": offset}
    rule = drawdown("trail_closed_balance", amount="1000", payout_effect="lower_hwm", **lock)
    journal = opened(rule)
    if won != "0":
        journal.earn("a", won)
    # The trader's share does not matter here.
    journal.adjust("a", "payout", paid, trader_share="1")
    run = journal.run(engine)
    assert run.of("breach") == []
    assert run.rule("max")["floor"] == floor


def test_lower_hwm_when_the_share_is_of_the_mark_recomputes_the_allowance(engine):
    """(12000 − 2000) − 10%"""
    rule = drawdown("trail_closed_balance", pct="0.1", pct_base="hwm", payout_effect="lower_hwm")
    journal = opened(rule).earn("a", "2000")
    assert floor_of(engine, journal) == "10800"
    assert floor_of(engine, journal.adjust("a", "payout", "2000")) == "9000"


def test_lower_hwm_when_the_lowered_mark_is_passed_again_trails_on(engine):
    rule = drawdown("trail_equity", amount="1000", payout_effect="lower_hwm")
    journal = opened(rule).earn("a", "2000").adjust("a", "correction", "-800")
    # The mark is 12000 and the balance 11200; after the payout 11000 and 10200.
    assert floor_of(engine, journal.adjust("a", "payout", "1000")) == "10000"
    assert floor_of(engine, journal.adjust("a", "correction", "900")) == "10100"


@pytest.mark.parametrize("mode", ["static", "trail_eod_balance", "trail_equity"])
@pytest.mark.parametrize(("offset", "locked"), [(None, "10000"), ("100", "10100"), ("-50", "9950")])
def test_lock_when_paid_jumps_to_the_lock_and_stays_for_good(engine, mode, offset, locked):
    lock = {} if offset is None else {"lock_offset": offset}
    rule = drawdown(mode, amount="1000", payout_effect="lock", **lock)
    journal = opened(rule).earn("a", "500").adjust("a", "payout", "200")
    run = journal.run(engine)
    assert run.of("breach") == []
    assert run.rule("max")["floor"] == locked
    after = journal.earn("a", "5000").clock(at=MIDNIGHT).run(engine)
    assert after.rule("max")["floor"] == locked


def test_lock_when_the_floor_is_already_higher_never_lowers_it(engine):
    rule = drawdown("trail_closed_balance", amount="1000", payout_effect="lock")
    journal = opened(rule).earn("a", "2000").adjust("a", "payout", "500")
    assert floor_of(engine, journal) == "11000"
    assert floor_of(engine, journal.earn("a", "5000")) == "11000"


def test_lock_when_it_jumps_above_the_equity_breaches_in_that_step(engine):
    rule = drawdown(payout_effect="lock")
    run = opened(rule).adjust("a", "payout", "0.00000001").run(engine)
    assert (run.breach("max")["floor"], run.breach("max")["seq"]) == ("10000", 2)


# 100,000 with 6,000; the trader's share of 3,000 comes off the allowance: 96,250 needs 2,250.
@pytest.mark.parametrize(
    ("paid", "share", "floor"),
    [
        ("3000", "2250", "96250"),
        ("3000", None, "97000"),
        ("3000", "0", "94000"),
        ("3000", "3000", "97000"),
        ("9000", "6000", "100000"),
        ("9000", None, "100000"),  # not below 0
    ],
)
def test_reduce_allowance_when_paid_takes_the_traders_share(engine, paid, share, floor):
    rule = drawdown(amount="6000", payout_effect="reduce_allowance")
    more = {} if share is None else {"trader_share": share}
    journal = opened(rule, "100000").earn("a", "10000").adjust("a", "payout", paid, **more)
    assert floor_of(engine, journal) == floor


def test_reduce_allowance_when_paid_twice_adds_up(engine):
    rule = drawdown(amount="6000", payout_effect="reduce_allowance")
    journal = opened(rule, "100000").earn("a", "9000")
    journal.adjust("a", "payout", "1000", trader_share="800")
    assert floor_of(engine, journal) == "94800"
    assert floor_of(engine, journal.adjust("a", "payout", "1000")) == "95800"


def test_reduce_allowance_when_trailing_narrows_the_gap(engine):
    """12000 − (1000 − 400); the next high trails at the new distance; the lock still holds."""
    rule = drawdown(
        "trail_closed_balance", amount="1000", lock_offset="1700", payout_effect="reduce_allowance"
    )
    journal = opened(rule).earn("a", "2000")
    journal.adjust("a", "payout", "400")
    assert floor_of(engine, journal) == "11400"
    assert floor_of(engine, journal.earn("a", "500")) == "11500"  # 12100 − 600
    assert floor_of(engine, journal.earn("a", "900")) == "11700"


@pytest.mark.parametrize("mode", ["static", "trail_closed_balance"])
def test_lower_floor_when_paid_shifts_it_down_for_good(engine, mode):
    rule = drawdown(mode, amount="1000", lock_offset="0", payout_effect="lower_floor")
    journal = opened(rule).earn("a", "1000").adjust("a", "payout", "300", trader_share="1")
    first = "8700" if mode == "static" else "9700"
    assert floor_of(engine, journal) == first
    # What follows is shifted too, the lock included.
    assert floor_of(engine, journal.earn("a", "5000").clock(at=MIDNIGHT)) == first
    twice = journal.adjust("a", "payout", "300")
    assert floor_of(engine, twice) == str(int(first) - 300)


def test_lower_floor_when_still_trailing_keeps_the_shift(engine):
    rule = drawdown("trail_closed_balance", amount="1000", payout_effect="lower_floor")
    journal = opened(rule).earn("a", "500").adjust("a", "payout", "200")  # 9500 − 200
    assert floor_of(engine, journal) == "9300"
    assert floor_of(engine, journal.earn("a", "700")) == "9800"  # 11000 − 1000 − 200


def test_reset_when_paid_puts_mark_and_floor_back(engine):
    rule = drawdown("trail_closed_balance", amount="1000", payout_effect="reset")
    journal = opened(rule).earn("a", "2500")
    assert floor_of(engine, journal) == "11500"
    assert floor_of(engine, journal.adjust("a", "payout", "2500")) == "9000"
    assert floor_of(engine, journal.earn("a", "200")) == "9200"


def test_reset_when_the_platform_pays_out_only_a_part_raises_the_mark_again(engine):
    """The engine invents no money: 10000 is the mark, then this step's balance, 11500."""
    rule = drawdown("trail_closed_balance", amount="1000", payout_effect="reset")
    journal = opened(rule).earn("a", "2500").adjust("a", "payout", "1000")
    run = journal.run(engine)
    assert run.rule("max")["floor"] == "10500"
    assert run.progress()["balance"] == "11500"


def test_reset_when_locked_on_profit_unlocks(engine):
    rule = drawdown(
        "lock_on_profit", amount="1000", lock_trigger_profit="500", payout_effect="reset"
    )
    journal = opened(rule).earn("a", "700")
    assert floor_of(engine, journal) == "10000"
    assert floor_of(engine, journal.adjust("a", "payout", "700")) == "9000"


def test_reset_when_the_balance_stays_above_the_trigger_locks_again(engine):
    rule = drawdown(
        "lock_on_profit", amount="1000", lock_trigger_profit="500", payout_effect="reset"
    )
    journal = opened(rule).earn("a", "700").adjust("a", "payout", "100")
    assert floor_of(engine, journal) == "10000"


def test_reset_when_the_day_ends_takes_the_days_close_as_the_mark(engine):
    rule = drawdown("trail_eod_balance", amount="1000", payout_effect="reset")
    journal = opened(rule).earn("a", "2500").clock(at=MIDNIGHT)
    assert floor_of(engine, journal) == "11500"
    journal.adjust("a", "payout", "2000")
    assert floor_of(engine, journal) == "9000"
    assert floor_of(engine, journal.clock(at="2024-03-07T00:00:00Z")) == "9500"


@pytest.mark.parametrize(
    ("mode", "more"),
    [("static", {}), ("lock_on_profit", {"lock_trigger_profit": "500"})],
)
def test_effects_when_the_floor_does_not_trail_move_it_alone(engine, mode, more):
    """No profit moves a static floor; a payout does."""
    rule = drawdown(mode, amount="1000", payout_effect="lower_floor", **more)
    journal = opened(rule).earn("a", "400")
    assert floor_of(engine, journal) == "9000"
    assert floor_of(engine, journal.adjust("a", "payout", "400")) == "8600"
    # Locked, the floor is shifted too: "for good".
    locked = "9600" if mode == "lock_on_profit" else "8600"
    assert floor_of(engine, journal.earn("a", "600")) == locked
