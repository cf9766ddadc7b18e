"""Contract section 2, "Max drawdown": where the floor is and when the market moves it.

A position of 1 UNIT opened at the balance has equity = bid.
"""

import pytest

from rules.floors.max_drawdown import MaxDrawdownParams
from schemas.errors import InputError
from schemas.fields import parse_model
from tests.rules.kit import Journal
from tests.rules.samples import drawdown, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def floating(rule, balance="10000", won="0"):
    """An account with a position whose bid is the account's equity."""
    journal = Journal(ruleset(rule)).open("a", balance)
    if won != "0":
        journal.earn("a", won)
    return journal.buy("a", "UNIT", "1", str(int(balance) + int(won)))


def floors_of(engine, journal, count):
    """The floor after each of the last so many of the account's own steps."""
    floors = journal.run(engine, progress="every").floors("max")
    return floors[-1 - count : -1]  # the last is the end of the replay


@pytest.mark.parametrize(
    "mode",
    ["static", "trail_eod_balance", "trail_eod_max", "trail_closed_balance", "trail_equity"],
)
@pytest.mark.parametrize(
    ("comparator", "equity", "overshoot"),
    [
        ("lt", "9000.00000001", None),
        ("lt", "9000", None),
        ("lt", "8999.99999999", "0.00000001"),
        ("lte", "9000.00000001", None),
        ("lte", "9000", "0"),
        ("lte", "8999.99999999", "0.00000001"),
    ],
)
def test_floor_when_equity_is_a_unit_around_it_breaches_as_the_comparator_says(
    engine, mode, comparator, equity, overshoot
):
    run = floating(drawdown(mode, comparator=comparator)).tick("UNIT", equity).run(engine)
    if overshoot is None:
        assert run.of("breach") == []
        return
    breach = run.breach("max")
    assert (breach["floor"], breach["observed"]) == ("9000", equity)
    assert breach["overshoot"] == overshoot


def test_every_mode_when_opened_in_mid_session_starts_from_the_initial_balance(engine):
    modes = ["static", "trail_eod_balance", "trail_eod_max", "trail_closed_balance"]
    rules = [{**drawdown(mode, amount="700"), "id": mode} for mode in [*modes, "trail_equity"]]
    rules.append(drawdown("lock_on_profit", amount="700", lock_trigger_profit="1000"))
    run = Journal(ruleset(*rules)).open("a").run(engine)
    assert {rule["floor"] for rule in run.progress()["rules"]} == {"9300"}


# One day and the next: 300 are won, equity peaks at 10900 and is 10600 at midnight, then 400 are
# lost on closing the winner at 9900.
@pytest.mark.parametrize(
    ("mode", "floors"),
    [
        # opened, won, opened again, peak, midnight, closed
        ("static", ["9000", "9000", "9000", "9000", "9000", "9000"]),
        ("trail_eod_balance", ["9000", "9000", "9000", "9000", "9300", "9300"]),
        ("trail_eod_max", ["9000", "9000", "9000", "9000", "9600", "9600"]),
        ("trail_closed_balance", ["9000", "9300", "9300", "9300", "9300", "9300"]),
        ("trail_equity", ["9000", "9300", "9300", "9900", "9900", "9900"]),
    ],
)
def test_mark_when_money_is_won_and_floats_takes_what_its_mode_says(engine, mode, floors):
    journal = (
        Journal(ruleset(drawdown(mode, amount="1000")))
        .open("a")
        .buy("a", "UNIT", "1", "10000")
        .sell("a", "UNIT", "1", "10300")
        .buy("a", "UNIT", "1", "10300")
        .tick("UNIT", "10900")
        .look("a")
        .tick("UNIT", "10600")
        .clock(at=MIDNIGHT)
        .sell("a", "UNIT", "1", "9900")
    )
    run = journal.run(engine, progress="every")
    assert run.of("breach") == []
    shown = run.floors("max")
    # The second of the seven is the opening fill, which moves nothing.
    assert [shown[0], *shown[2:7]] == floors


@pytest.mark.parametrize(
    ("mode", "floor"),
    [
        ("static", "9000"),
        ("trail_eod_balance", "9000"),
        ("trail_closed_balance", "9500"),
        ("trail_equity", "9500"),
    ],
)
@pytest.mark.parametrize("reason", ["deposit", "bonus", "funding", "correction"])
def test_mark_when_money_is_paid_in_rises_whatever_moved_the_balance(engine, mode, floor, reason):
    journal = Journal(ruleset(drawdown(mode, amount="1000"))).open("a").adjust("a", reason, "500")
    run = journal.run(engine)
    assert run.rule("max")["floor"] == floor
    after = journal.clock(at=MIDNIGHT).run(engine).rule("max")["floor"]
    assert after == ("9000" if mode == "static" else "9500")


@pytest.mark.parametrize("mode", ["trail_eod_balance", "trail_eod_max"])
def test_end_of_day_mark_when_the_rule_has_its_own_session_is_taken_then(engine, mode):
    rule = drawdown(mode, amount="1000", reset_tz="America/New_York", reset_time="17:00")
    journal = Journal(ruleset(rule)).open("a").earn("a", "400")
    before = journal.clock(at="2024-03-05T21:59:59.999999999Z").run(engine)
    after = journal.clock(at="2024-03-05T22:00:00Z").run(engine)
    assert [run.rule("max")["floor"] for run in (before, after)] == ["9000", "9400"]


def test_end_of_day_mark_when_equity_dips_during_the_day_is_enforced_on_every_tick(engine):
    run = (
        floating(drawdown("trail_eod_balance", amount="1000"), won="500")
        .clock(at=MIDNIGHT)  # 10500 − 1000
        .tick("UNIT", "9499.99999999")
        .tick("UNIT", "10500")
        .run(engine)
    )
    breach = run.breach("max")
    assert (breach["floor"], breach["overshoot"]) == ("9500", "0.00000001")
    assert breach["evidence"]["floor"]["high_water_mark"] == "10500"
    assert breach["evidence"]["floor"]["set_by_seq"] == 5


def test_spike_when_it_is_never_realised_still_raises_the_floor_for_good(engine):
    """Peak 50,875 under 2,500: the floor stays at 48,375."""
    journal = (
        floating(drawdown("trail_equity", amount="2500"), balance="50000")
        .tick("UNIT", "50875")
        .tick("UNIT", "50000")
        .sell("a", "UNIT", "1", "50000")
        .clock(at=MIDNIGHT)
    )
    assert journal.run(engine).rule("max")["floor"] == "48375"


def test_new_high_when_it_raises_the_floor_never_breaches_itself(engine):
    rule = drawdown("trail_equity", amount="0.00000001", comparator="lte")
    calm = floating(rule).tick("UNIT", "10200")
    assert calm.run(engine).of("breach") == []
    assert calm.tick("UNIT", "10199.99999999").run(engine).breach("max")["overshoot"] == "0"


def test_new_high_when_the_metric_is_the_balance_can_breach_at_once(engine):
    """The floor follows equity, 10900 − 800, beyond the balance."""
    rule = drawdown("trail_equity", amount="800", metric="min_balance_equity")
    run = floating(rule).tick("UNIT", "10900").run(engine)
    assert (run.breach("max")["floor"], run.breach("max")["observed"]) == ("10100", "10000")


@pytest.mark.parametrize(
    ("offset", "equity", "floor"),
    [
        (None, "15000", "14000"),
        ("0", "10999.99999999", "9999.99999999"),
        ("0", "11000", "10000"),
        ("0", "11000.00000001", "10000"),
        ("100", "11099", "10099"),
        ("100", "15000", "10100"),
        ("-300", "10600", "9600"),
        ("-300", "15000", "9700"),
    ],
)
def test_floor_when_a_lock_offset_is_set_stops_there(engine, offset, equity, floor):
    lock = {} if offset is None else {"lock_offset": offset}
    run = floating(drawdown("trail_equity", amount="1000", **lock)).tick("UNIT", equity).run(engine)
    assert run.rule("max")["floor"] == floor


def test_opening_floor_when_the_lock_offset_is_below_it_is_capped_too(engine):
    """min(10000 − 1000, 10000 − 2000)"""
    rule = drawdown("trail_equity", amount="1000", lock_offset="-2000")
    assert Journal(ruleset(rule)).open("a").run(engine).rule("max")["floor"] == "8000"


@pytest.mark.parametrize(
    ("equity", "floor"),
    [
        ("102000", "95880"),
        ("106382", "99999.08"),  # 106382 − 6382.92
        ("106383", "100000"),  # 106383 − 6382.98 is beyond the lock
    ],
)
def test_allowance_when_it_is_a_share_of_the_mark_widens_with_it(engine, equity, floor):
    rule = drawdown("trail_equity", pct="0.06", pct_base="hwm", lock_offset="0")
    run = floating(rule, balance="100000").tick("UNIT", equity).run(engine)
    assert run.rule("max")["floor"] == floor


@pytest.mark.parametrize(
    ("initial", "floor"),
    [
        ("10000.0000001", "9500.0000001"),  # 500.000000005 goes to 500.00000000
        ("10000.0000003", "9500.00000028"),  # 500.000000015 goes to 500.00000002
    ],
)
def test_allowance_when_it_falls_between_two_units_is_rounded_half_even(engine, initial, floor):
    run = Journal(ruleset(drawdown(pct="0.05"))).open("a", initial).run(engine)
    assert run.rule("max")["floor"] == floor


@pytest.mark.parametrize(
    ("won", "offset", "floor"),
    [
        ("999.99999999", None, "9000"),
        ("1000", None, "10000"),
        ("1000", "100", "10100"),
        ("1000", "-400", "9600"),
        ("1000", "-1500", "9000"),  # never below where it is
    ],
)
def test_lock_on_profit_when_the_balance_reaches_the_trigger_locks(engine, won, offset, floor):
    lock = {} if offset is None else {"lock_offset": offset}
    rule = drawdown("lock_on_profit", amount="1000", lock_trigger_profit="1000", **lock)
    journal = Journal(ruleset(rule)).open("a").earn("a", won)
    assert journal.run(engine).rule("max")["floor"] == floor
    # For good: half of it is lost again, then more is won.
    journal.adjust("a", "correction", "-300").clock(at=MIDNIGHT).adjust("a", "correction", "9999")
    after = journal.run(engine).floors("max")
    assert after[-2] == floor


def test_lock_on_profit_when_only_equity_reaches_the_trigger_stays_static(engine):
    rule = drawdown("lock_on_profit", amount="1000", lock_trigger_profit="1000")
    run = floating(rule).tick("UNIT", "13000").clock(at=MIDNIGHT).run(engine)
    assert run.rule("max")["floor"] == "9000"


def test_lock_on_profit_when_it_locks_compares_in_the_same_step(engine):
    """A close realises 1000, while another position floats at −1000.00000001."""
    rule = drawdown("lock_on_profit", amount="1000", lock_trigger_profit="1000")
    run = (
        Journal(ruleset(rule))
        .open("a", position_mode="hedging")
        .buy("a", "UNIT", "1", "5000", position_id="loser")
        .buy("a", "COIN", "1", "2000", position_id="winner")
        .tick("COIN", "3000")
        .tick("UNIT", "3999.99999999")
        .sell("a", "COIN", "1", "3000", position_id="winner")
        .run(engine)
    )
    breach = run.breach("max")
    assert breach["seq"] == 6
    assert (breach["balance"], breach["equity"]) == ("11000", "9999.99999999")
    assert (breach["floor"], breach["evidence"]["floor"]["locked"]) == ("10000", True)
    assert breach["evidence"]["floor"]["set_by_seq"] == 6


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"amount": "5"}, "mode"),
        ({"mode": "trail_intraday_equity", "amount": "5"}, "mode"),
        ({"mode": "static"}, "pct"),
        ({"mode": "static", "amount": "5", "pct": "0.1"}, "pct"),
        ({"mode": "static", "amount": "5", "pct_base": "initial"}, "pct_base"),
        ({"mode": "static", "pct": "0.1", "pct_base": "hwm"}, "pct_base"),
        ({"mode": "static", "amount": "5", "payout_effect": "lower_hwm"}, "payout_effect"),
        ({"mode": "static", "amount": "5", "payout_effect": "lock_initial"}, "payout_effect"),
        ({"mode": "static", "amount": "5", "lock_trigger_profit": "5"}, "lock_trigger_profit"),
        ({"mode": "lock_on_profit", "amount": "5"}, "lock_trigger_profit"),
        (
            {"mode": "lock_on_profit", "amount": "5", "lock_trigger_profit": "0"},
            "lock_trigger_profit",
        ),
        ({"mode": "static", "amount": "5", "lock_offset": "x"}, "lock_offset"),
        ({"mode": "static", "amount": "5", "lock_offset": "0.000000001"}, "lock_offset"),
        ({"mode": "static", "amount": "5", "reference": "balance"}, "reference"),
        ({"mode": "static", "amount": "5", "reset_tz": "Europe/Atlantis"}, "reset_tz"),
    ],
)
def test_parameters_when_wrong_or_contradictory_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        parse_model(MaxDrawdownParams, {"id": "m", "family": "max_drawdown", **params}, "rules.0")
    assert caught.value.code in {"bad_value", "over_precise"}
    assert caught.value.path == f"rules.0.{path}"
