"""Contract section 2, "Daily loss". A position of 1 UNIT opened at the balance has equity = bid."""

import pytest

from rules.floors.daily_loss import DailyLossParams
from schemas.errors import InputError
from schemas.fields import parse_model
from tests.rules.kit import Journal
from tests.rules.samples import daily, ruleset

MIDNIGHT = "2024-03-06T00:00:00Z"


def floating(rule, balance="10000", won="0"):
    """An account with a position whose bid is the account's equity."""
    journal = Journal(ruleset(rule)).open("a", balance)
    held = balance
    if won != "0":
        held = str(int(balance) + int(won))
        journal.earn("a", won)
    return journal.buy("a", "UNIT", "1", held)


@pytest.mark.parametrize(
    ("comparator", "equity", "overshoot"),
    [
        ("lt", "9500.00000001", None),
        ("lt", "9500", None),
        ("lt", "9499.99999999", "0.00000001"),
        ("lte", "9500.00000001", None),
        ("lte", "9500", "0"),
        ("lte", "9499.99999999", "0.00000001"),
    ],
)
def test_floor_when_equity_is_a_unit_around_it_breaches_as_the_comparator_says(
    engine, comparator, equity, overshoot
):
    run = floating(daily(comparator=comparator)).tick("UNIT", equity).run(engine)
    if overshoot is None:
        assert run.of("breach") == []
        return
    breach = run.breach("daily")
    assert breach["comparator"] == comparator
    assert breach["floor"] == "9500"
    assert breach["observed"] == breach["equity"] == equity
    assert breach["balance"] == "10000"
    assert breach["overshoot"] == overshoot


@pytest.mark.parametrize("reference", ["balance", "equity", "max_balance_equity"])
def test_reference_when_the_account_opens_in_mid_session_is_the_initial_balance(engine, reference):
    """Profit, floating or not, moves nothing before the first boundary."""
    run = (
        floating(daily(reference=reference), won="300")
        .tick("UNIT", "10900")
        .look("a")
        .run(engine, progress="every")
    )
    assert set(run.floors("daily")) == {"9500"}


# The catalogue's snapshot: balance 105,000, initial 100,000, equity as given.
@pytest.mark.parametrize(
    ("reference", "pct_base", "equity", "floor"),
    [
        ("balance", "initial", "107000", "100000"),
        ("balance", "reference", "107000", "99750"),
        ("equity", "initial", "107000", "102000"),
        ("equity", "reference", "107000", "101650"),
        ("equity", "initial", "103000", "98000"),
        ("equity", "reference", "103000", "97850"),
        ("max_balance_equity", "initial", "107000", "102000"),
        ("max_balance_equity", "reference", "107000", "101650"),
        ("max_balance_equity", "initial", "103000", "100000"),
        ("max_balance_equity", "reference", "103000", "99750"),
        ("intraday_peak_equity", "initial", "107000", "102000"),
        ("intraday_peak_equity", "reference", "107000", "101650"),
        ("intraday_peak_equity", "hwm", "107000", "101650"),
    ],
)
def test_reference_when_a_boundary_passes_is_captured(engine, reference, pct_base, equity, floor):
    rule = daily(pct="0.05", pct_base=pct_base, reference=reference)
    run = (
        floating(rule, balance="100000", won="5000")
        .tick("UNIT", equity)
        .clock(at=MIDNIGHT)
        .run(engine)
    )
    assert run.of("breach") == []
    assert run.rule("daily")["floor"] == floor


def test_captured_reference_when_prices_move_later_in_the_day_stays(engine):
    run = (
        floating(daily(reference="max_balance_equity"))
        .tick("UNIT", "10100")
        .clock(at=MIDNIGHT)
        .tick("UNIT", "10800")
        .look("a")
        .tick("UNIT", "9900")
        .look("a")
        .run(engine, progress="every")
    )
    assert run.floors("daily") == ["9500", "9500", "9600", "9600", "9600", "9600"]


def test_peak_when_equity_rises_is_followed_and_never_falls_in_the_session(engine):
    rule = daily(amount="500", reference="intraday_peak_equity")
    run = (
        floating(rule)
        .tick("UNIT", "10200")  # 10200 − 500
        .look("a")
        .tick("UNIT", "9900")
        .look("a")
        .tick("UNIT", "9699.99999999")
        .run(engine, progress="every")
    )
    assert run.floors("daily") == ["9500", "9500", "9700", "9700", "9700"]
    breach = run.breach("daily")
    assert (breach["floor"], breach["overshoot"]) == ("9700", "0.00000001")
    # The peak was set by the third entry, the tick at 10200.
    assert breach["evidence"]["floor"]["reference"] == "10200"
    assert breach["evidence"]["floor"]["set_by_seq"] == 3


def test_peak_when_a_session_starts_begins_at_the_equity_of_the_boundary(engine):
    """Also when that is lower than the day before's, and lower than the balance."""
    rule = daily(amount="500", reference="intraday_peak_equity")
    run = (
        floating(rule)
        .tick("UNIT", "10200")
        .tick("UNIT", "9800")
        .clock(at=MIDNIGHT)
        .tick("UNIT", "9900")
        .look("a")
        .run(engine, progress="every")
    )
    assert run.floors("daily") == ["9500", "9500", "9300", "9400", "9400"]


@pytest.mark.parametrize("pct_base", ["reference", "hwm"])
def test_peak_when_the_limit_is_a_share_of_it_takes_the_allowance_along(engine, pct_base):
    rule = daily(pct="0.05", pct_base=pct_base, reference="intraday_peak_equity")
    # 10200 − 510, then after a payout of 200: 10000 − 500
    run = (
        floating(rule)
        .tick("UNIT", "10200")
        .look("a")
        .adjust("a", "payout", "200")
        .run(engine, progress="every")
    )
    assert run.floors("daily") == ["9500", "9500", "9690", "9500", "9500"]


def test_peak_when_the_limit_is_a_share_of_the_initial_keeps_its_allowance(engine):
    rule = daily(pct="0.05", reference="intraday_peak_equity")
    run = floating(rule).tick("UNIT", "10200").run(engine)
    assert run.rule("daily")["floor"] == "9700"


def test_new_high_when_it_raises_the_floor_never_breaches_itself(engine):
    """An allowance of one unit under `lte`: step 2 raises, step 4 compares."""
    rule = daily(amount="0.00000001", reference="intraday_peak_equity", comparator="lte")
    calm = floating(rule).tick("UNIT", "10200")
    assert calm.run(engine).of("breach") == []
    run = calm.tick("UNIT", "10199.99999999").run(engine)
    assert run.breach("daily")["floor"] == "10199.99999999"


@pytest.mark.parametrize(
    ("reason", "amount", "floor"),
    [
        ("payout", "1000", "8500"),
        ("withdrawal", "1000", "8500"),
        ("deposit", "1000", "10500"),
        ("bonus", "1000", "10500"),
        ("fee", "100", "9500"),
        ("funding", "-100", "9500"),
        ("funding", "100", "9500"),
        ("correction", "-100", "9500"),
        ("correction", "100", "9500"),
    ],
)
@pytest.mark.parametrize(
    "reference", ["balance", "equity", "max_balance_equity", "intraday_peak_equity"]
)
def test_reference_when_the_firm_pays_in_or_out_moves_by_the_amount(
    engine, reference, reason, amount, floor
):
    """In the first session and in later ones; a fee, funding or correction is the trader's."""
    rule = daily(amount="500", reference=reference)
    first = Journal(ruleset(rule)).open("a").adjust("a", reason, amount)
    second = Journal(ruleset(rule)).open("a").clock(at=MIDNIGHT).adjust("a", reason, amount)
    if reference == "intraday_peak_equity" and reason in {"funding", "correction"}:
        # What raises equity beyond the peak raises the peak: 10100 − 500.
        floor = "9600" if amount == "100" else floor
    for journal in (first, second):
        run = journal.run(engine)
        assert run.of("breach") == []
        assert run.rule("daily")["floor"] == floor


def test_captured_reference_when_paid_out_keeps_its_allowance_until_the_next_boundary(engine):
    rule = daily(pct="0.05", pct_base="reference")
    run = (
        Journal(ruleset(rule))
        .open("a")
        .earn("a", "2000")
        .clock(at=MIDNIGHT)  # 12000 − 600
        .adjust("a", "payout", "2000")  # 10000 − 600
        .adjust("a", "deposit", "500")  # 10500 − 600
        .clock(at="2024-03-07T00:00:00Z")  # 10500 − 525
        .run(engine, progress="every")
    )
    assert run.floors("daily")[3:7] == ["11400", "9400", "9900", "9975"]


@pytest.mark.parametrize(
    ("initial", "floor"),
    [
        ("10000.0000001", "9500.0000001"),  # 500.000000005 is a tie: 500.00000000
        ("10000.0000003", "9500.00000028"),  # 500.000000015 is a tie: 500.00000002
        ("10000.00000032", "9500.0000003"),  # 500.000000016 goes up: 500.00000002
    ],
)
def test_allowance_when_it_falls_between_two_units_is_rounded_half_even(engine, initial, floor):
    run = Journal(ruleset(daily(pct="0.05"))).open("a", initial).run(engine)
    assert run.rule("daily")["floor"] == floor


def test_allowance_when_a_captured_reference_gives_a_tie_is_rounded_half_even(engine):
    rule = daily(pct="0.05", pct_base="reference")
    run = (
        Journal(ruleset(rule))
        .open("a", "10000")
        .adjust("a", "deposit", "0.0000003")
        .clock(at=MIDNIGHT)
        .run(engine)
    )
    assert run.rule("daily")["floor"] == "9500.00000028"


def test_floating_loss_when_the_reference_rebases_breaches_at_the_boundary(engine):
    """9600 is above the first day's floor 9500 and below the second's, 10200 − 500."""
    run = (
        floating(daily(amount="500"), won="200").tick("UNIT", "9600").clock(at=MIDNIGHT).run(engine)
    )
    breach = run.breach("daily")
    assert breach["ts"] == MIDNIGHT
    assert (breach["floor"], breach["observed"]) == ("9700", "9600")
    assert breach["evidence"]["entry"] == {"kind": "boundary", "seq": 6, "ts": MIDNIGHT}
    assert breach["evidence"]["floor"] == {
        "reference": "10200",
        "reference_kind": "balance",
        "set_by_seq": 6,
        "allowance": "500",
    }


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({}, "pct"),
        ({"pct": "0.05", "amount": "5"}, "pct"),
        ({"pct": "0"}, "pct"),
        ({"pct": "-0.1"}, "pct"),
        ({"pct": "1.1"}, "pct"),
        ({"pct": "5%"}, "pct"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "5", "pct_base": "initial"}, "pct_base"),
        ({"pct": "0.1", "pct_base": "balance"}, "pct_base"),
        ({"pct": "0.1", "pct_base": "hwm"}, "pct_base"),
        ({"pct": "0.1", "reference": "open"}, "reference"),
        ({"pct": "0.1", "mode": "static"}, "mode"),
    ],
)
def test_parameters_when_wrong_or_contradictory_name_the_field(params, path):
    with pytest.raises(InputError) as caught:
        parse_model(DailyLossParams, {"id": "d", "family": "daily_loss", **params}, "rules.0")
    assert caught.value.code == "bad_value"
    assert caught.value.path == f"rules.0.{path}"
