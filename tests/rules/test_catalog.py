"""Contract 1.4: the families there are, and what is taken when a parameter is left out."""

from decimal import Decimal

import pytest

from rules.catalog import FLOORS, GOALS, open_floor, open_goal
from rules.ruleset import load_ruleset
from schemas.errors import InputError
from schemas.fields import parse_model
from tests.rules.samples import ruleset

REQUIRED = {
    "daily_loss": {"pct": "0.05"},
    "max_drawdown": {"mode": "static", "amount": "500"},
    "profit_target": {"pct": "0.08"},
    "trading_days": {"min_days": "4"},
    "profitable_days": {"min_days": "3", "amount": "50"},
    "consistency": {"max_share": "0.4"},
    "weekly_loss": {"pct": "0.05"},
    "consistency_target_lift": {"max_share": "0.4", "pct": "0.08"},
    "profit_distribution": {"max_share": "0.4", "pct": "0.08"},
    "holding_share": {"threshold_s": "120", "min_share": "0.5"},
}
LOSS = {
    "metric": "equity",
    "comparator": "lt",
    "breach_kind": "hard",
    "reset_tz": None,
    "reset_time": None,
    "warn_at": (),
}
DEFAULTS = {
    "daily_loss": {"pct_base": "initial", "reference": "balance", "step_up": None, **LOSS},
    "max_drawdown": {"pct_base": "initial", "lock_offset": None, "payout_effect": "none", **LOSS},
    "profit_target": {},
    "trading_days": {"counts": "opened"},
    "profitable_days": {"comparator": "gte", "attribution": "close_day"},
    "consistency": {"scope": "day", "comparator": "lte", "denominator": "total"},
    "weekly_loss": {"reset_day": "monday", "step_down": False, **LOSS},
    "consistency_target_lift": {"scope": "day"},
    "profit_distribution": {"scope": "day", "denominator": "total"},
    "holding_share": {"of": "profit", "profit": "winning", "comparator": "gte"},
}
FAMILIES = {**FLOORS, **GOALS}


def params(family, **more):
    raw = {"id": "x", "family": family, **REQUIRED[family], **more}
    return parse_model(FAMILIES[family].params, raw, "")


def test_families_when_listed_are_those_of_the_contract():
    assert list(FLOORS)[:2] == ["daily_loss", "max_drawdown"]
    assert list(GOALS)[:4] == ["profit_target", "trading_days", "profitable_days", "consistency"]


@pytest.mark.parametrize("family", REQUIRED)
def test_parameters_when_left_out_take_the_defaults_of_the_contract(family):
    made = params(family)
    assert {name: getattr(made, name) for name in DEFAULTS[family]} == DEFAULTS[family]


@pytest.mark.parametrize("family", REQUIRED)
def test_parameters_when_a_required_one_is_missing_are_refused(family):
    for name in REQUIRED[family]:
        raw = {"id": "x", "family": family, **REQUIRED[family]}
        del raw[name]
        with pytest.raises(InputError) as caught:
            parse_model(FAMILIES[family].params, raw, "")
        assert caught.value.path == ("pct" if name in {"pct", "amount"} else name)


@pytest.mark.parametrize("family", REQUIRED)
def test_parameters_when_one_is_unknown_are_refused_and_never_off(family):
    with pytest.raises(InputError) as caught:
        params(family, comparater="lte")
    assert (caught.value.path, caught.value.message) == ("comparater", "unknown field")


@pytest.mark.parametrize("family", REQUIRED)
def test_parameters_when_read_cannot_be_changed(family):
    with pytest.raises(ValueError, match="frozen"):
        params(family).id = "y"


@pytest.mark.parametrize("family", FLOORS)
def test_floor_when_opened_starts_below_the_initial_balance(family):
    floor = open_floor(params(family), Decimal(10000), 1)
    assert (floor.floor, floor.allowance) == (Decimal(9500), Decimal(500))


@pytest.mark.parametrize("family", GOALS)
def test_goal_when_opened_is_not_met_by_doing_nothing(family):
    assert not open_goal(params(family), Decimal(10000)).progress(Decimal(0)).met


def test_phase_when_fields_are_left_out_takes_the_defaults_of_the_contract():
    (phase,) = load_ruleset(ruleset()).phases
    assert (phase.goals, phase.on_pass, phase.funded, phase.require_flat) == ((), None, False, True)


@pytest.mark.parametrize(
    ("family", "field", "value"),
    [
        ("daily_loss", "pct", "1.00000001"),
        ("daily_loss", "pct", "0"),
        ("daily_loss", "pct", "-0.05"),
        ("daily_loss", "pct", "5%"),
        ("daily_loss", "pct", "NaN"),
        ("max_drawdown", "amount", "0"),
        ("max_drawdown", "amount", "0.000000001"),
        ("max_drawdown", "amount", "10000000000"),
        ("max_drawdown", "lock_offset", "1e-9"),
        ("trading_days", "min_days", "-1"),
        ("trading_days", "min_days", "4.0"),
        ("trading_days", "min_days", "four"),
        ("profitable_days", "amount", "-50"),
        ("profitable_days", "attribution", "moon"),
        ("consistency", "max_share", "1.1"),
        ("consistency", "id", "two words"),
        ("consistency", "id", ""),
        ("consistency", "id", "x" * 65),
    ],
)
def test_parameters_when_out_of_range_name_the_field(family, field, value):
    with pytest.raises(InputError) as caught:
        params(family, **{field: value})
    assert caught.value.path == field
    expected = "over_precise" if value in {"0.000000001", "1e-9"} else "bad_value"
    assert caught.value.code == expected
