"""Which of two values is harder on the trader."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.strictness import _ORDERS, effect, worst


@pytest.mark.parametrize(
    ("kind", "name", "before", "after", "expected"),
    [
        ("rule", "amount", "5000", "4999", "tighter"),
        ("rule", "amount", "5000", "5000.0", "neutral"),
        ("rule", "amount", "5000", "5001", "looser"),
        ("goal", "amount", "5000", "5001", "tighter"),
        ("goal", "pct", "0.1", "0.08", "looser"),
        ("goal", "min_days", 4, 5, "tighter"),
        ("goal", "max_share", "0.4", "0.5", "looser"),
        ("goal", "max_share", None, "0.5", "tighter"),
        ("rule", "max_lots", "5", None, "looser"),
        ("rule", "lock_offset", "0", "100", "tighter"),
        ("rule", "strikes_to_hard", None, 3, "tighter"),
        ("rule", "cures_allowed", None, 1, "tighter"),
        ("rule", "grace_s", None, 60, "looser"),
        ("rule", "grace_s", 60, None, "tighter"),
        ("rule", "lock_trigger_profit", None, "60", "unclear"),
        ("rule", "breach_kind", "hard", "flag", "looser"),
        ("rule", "breach_kind", "flag", "hard", "tighter"),
        ("rule", "comparator", "lt", "lte", "tighter"),
        ("goal", "comparator", "lte", "lt", "tighter"),
        ("goal", "comparator", "gt", "gte", "looser"),
        ("rule", "metric", "equity", "balance", "unclear"),
        ("rule", "metric", "min_balance_equity", "balance", "looser"),
        ("rule", "mode", "static", "trail_eod_max", "tighter"),
        ("rule", "mode", "trail_equity", "trail_closed_balance", "unclear"),
        ("rule", "payout_effect", "lower_hwm", "reduce_allowance", "tighter"),
        ("rule", "payout_effect", "none", "lock", "unclear"),
        ("rule", "actions", ("notify",), ("close_positions", "notify"), "tighter"),
        ("rule", "actions", ("notify", "close_positions"), ("close_positions",), "neutral"),
        ("rule", "actions", ("cancel_orders",), ("close_positions",), "unclear"),
        ("rule", "warn_at", ("0.8",), (), "neutral"),
        ("rule", "something_new", "1", "2", "unclear"),
        ("rule", "limit", "5", "4", "tighter"),
        ("rule", "min_losing_streak", 2, 3, "looser"),
        ("rule", "min_average_s", 60, 61, "tighter"),
        ("rule", "min_average_s", 60, None, "unclear"),
        ("rule", "min_share_from_longer", None, "0.5", "unclear"),
        ("rule", "window_before_s", 120, 300, "tighter"),
        ("rule", "symbols", None, ("EURUSD",), "looser"),
        ("rule", "symbols", ("EURUSD",), None, "tighter"),
        ("rule", "symbols", ("EURUSD",), ("EURUSD", "GBPUSD"), "tighter"),
        ("rule", "symbols", ("EURUSD",), ("GBPUSD",), "unclear"),
        ("rule", "allow", ("EURUSD", "GBPUSD"), ("EURUSD",), "tighter"),
        ("rule", "allow", None, ("EURUSD",), "tighter"),
        ("rule", "deny", None, ("EURUSD",), "tighter"),
        ("rule", "exempt", None, ("EURUSD",), "looser"),
        ("rule", "fills", "opening", "all", "tighter"),
        ("rule", "orders_count", False, True, "looser"),
        ("rule", "limit", "many", "few", "unclear"),
    ],
)
def test_effect_when_a_value_changes_says_who_it_helps(kind, name, before, after, expected):
    assert effect(kind, name, before, after) == expected


OPPOSITE = {"tighter": "looser", "looser": "tighter", "neutral": "neutral", "unclear": "unclear"}
MONEY = st.decimals(min_value=-(10**9), max_value=10**9, places=8)


@given(
    kind=st.sampled_from(["rule", "goal"]),
    name=st.sampled_from(
        ["pct", "amount", "limit", "max_nights", "min_days", "lock_offset", "grace_s"]
    ),
    before=MONEY,
    after=MONEY,
)
def test_effect_when_turned_round_is_the_opposite(kind, name, before, after):
    assert effect(kind, name, after, before) == OPPOSITE[effect(kind, name, before, after)]


@pytest.mark.parametrize("name", sorted(_ORDERS))
def test_effect_when_values_are_ordered_never_leads_in_a_circle(name):
    values = {value for pair in _ORDERS[name] for value in pair}
    for low in values:
        for high in values - {low}:
            found = effect("rule", name, low, high)
            assert effect("rule", name, high, low) == OPPOSITE[found]
            assert found != "neutral"


def test_worst_when_one_respect_is_tighter_is_tighter():
    assert worst(["looser", "tighter", "unclear"]) == "tighter"
    assert worst(["looser", "unclear"]) == "unclear"
    assert worst(["neutral", "looser"]) == "looser"
    assert worst([]) == "neutral"


def test_effect_when_a_number_is_compared_with_never_counts_it_as_largest():
    assert effect("rule", "lock_offset", Decimal(100), Decimal("Infinity")) == "tighter"
