"""Cases about payouts and growth: combinations the published ones do not have."""

import pytest

from tests.flows.cases.telling import verdict


def profit(amount, t="1", **more):
    return {"t": t, "type": "profit", "amount": amount, **more}


SPLIT = {"family": "payout_cap_then_split", "account": 50000, "cap_pct": 0.1, "split": 0.8}
STORIES = {
    "a cap, then a split, of less than the cap": (
        SPLIT, [profit(4000), profit(5000), profit(5000.01), profit(-1)],
        {"payouts": [3200, 4000, 4000, 0], "withdrawn": [4000, 5000, 5000, 0],
         "firm_share": [800, 1000, 1000, 0]},
    ),
    "a split, then a cap in money": (
        {"family": "payout_split_then_cap", "account": 50000, "cap": 2000, "split": 0.5},
        [profit(3999), profit(4000), profit(4001)], {"payouts": [1999.5, 2000, 2000]},
    ),
    "half of the balance, but no more than 5,000": (
        {"family": "payout_split", "account": 0.01, "cap_pct_of_balance": 0.5, "cap": 5000,
         "split": 0.9},
        [{"t": "a", "type": "payout", "balance": 8000, "amount": 8000},
         {"t": "b", "type": "payout", "balance": 20000, "amount": 9000}],
        {"withdrawn": [4000, 5000], "payouts": [3600, 4500], "balance_after": [4000, 15000]},
    ),
    "all of the first 10,000 and 90 % of the rest": (
        {"family": "payout_split", "account": 50000, "split_tiers": [[0, 1], [10000, 0.9]]},
        [profit(8000), profit(5000), profit(1000)], {"payouts": [8000, 4700, 900]},
    ),
    "a sweep that finds nothing": (
        {"family": "payout_split", "account": 100000, "split": 0.7, "sweep": "weekly"},
        [{"t": "Mon", "type": "equity", "equity": 99000}],
        {"withdrawn": 0, "trader": 0},
    ),
    "a payout below the least is none": (
        {**SPLIT, "min_payout": 100}, [profit(124.99), profit(125)],
        [{"payout": 0, "eligible": False}, {"payout": 100, "eligible": True}],
    ),
    "after a breach, too late": (
        {"family": "payout", "initial_balance": 1000, "split": 0.5, "window_days": 7},
        [{"t": "D1", "type": "day_result", "net_pnl": 500},
         {"t": "D2", "type": "day_result", "net_pnl": -100, "breach": "daily_loss",
          "days_since_breach": 8}],
        {"checks": [{"i": 0, "payout": 250}, {"i": 1, "payout": 0, "balance": 1400}]},
    ),
    "after a breach, nothing left": (
        {"family": "payout", "initial_balance": 1000, "split": 0.5},
        [{"t": "D1", "type": "day_result", "net_pnl": -1, "breach": "daily_loss"}],
        {"balance": 999, "payout": 0},
    ),
    "scaling on exactly the share": (
        {"family": "payout_scale", "account": 10000, "split": 0.8, "scale_if_profit_gte": 0.1,
         "next_size": 12500},
        [profit(999.99), profit(1000), profit(1249.99)],
        {"scaled": [False, True, False], "new_size": [10000, 12500, 12500]},
    ),
    "a safety net of the first payouts only": (
        {"family": "payout_buffer", "initial_balance": 50000, "drawdown": 2500, "extra": 100,
         "applies_to_payouts": [1]},
        [{"t": "a", "type": "balance", "balance": 52599.99},
         {"t": "b", "type": "request", "balance": 52600, "amount": 500, "payout_number": 1},
         {"t": "c", "type": "request", "balance": 52600, "amount": 500, "payout_number": 2}],
        {"checks": [{"i": 0, "eligible": False, "max_payout": 0, "floor_after": 50099.99},
                    {"i": 1, "eligible": False, "floor_after": 50100}, {"i": 2, "eligible": True}],
         "safety_net": 52600},
    ),
    "a safety net whose floor stands still": (
        {"family": "payout_buffer", "initial_balance": 100000, "drawdown": 625, "static": True},
        [{"t": "a", "type": "balance", "balance": 101000}],
        {"safety_net_balance": 100625, "floor_after": 99375, "available": 375},
    ),
    "caps by cycle": (
        {"family": "payout_cap_table", "rows": [[50000, 2000, 1250, 1250, 2250]], "cycle": 3},
        [{"t": "a", "type": "balance", "balance": 53000, "size": 50000}],
        {"min_balance_for_max": [54250], "cap_pct": [0.045], "max_payout": [1000]},
    ),
    "a least profit in money, of the trader's part": (
        {"family": "payout_min", "min_amount": 50, "comparator": "gte", "split": 0.8,
         "on": "trader share"},
        [profit(62.49), profit(62.5)], {"threshold": 50, "eligible": [False, True]},
    ),
    "a least profit as a share of the account": (
        {"family": "payout_min", "initial_balance": 20000, "min_profit_pct": 0.01},
        [profit(199.99), profit(200)], {"threshold": 200, "eligible": [False, True]},
    ),
    "a ladder that always starts at initial": (
        {"family": "payout_ladder", "initial_balance": 1000, "pcts": [0.1, 0.2],
         "base": "initial"},
        [{"t": "p1", "type": "payout", "amount": 5}], {"required_balance": [1100, 1200]},
    ),
    "requests around the first day": (
        {"family": "payout_timing", "min_calendar_days_from_first_trade": 14,
         "requires": ["profit>0", "no_open_positions"]},
        [{"t": "D1", "type": "first_trade"},
         {"t": "D14", "type": "request", "profit": 5},
         {"t": "D15", "type": "request", "profit": 0},
         {"t": "D15", "type": "request", "profit": 1, "open_positions": 1},
         {"t": "D15", "type": "request", "profit": 0.01}],
        {"earliest_request": "D15", "eligible": [False, False, False, True]},
    ),
    "the first day over the end of a month": (
        {"family": "payout_timing", "min_days_from_first_trade": 21},
        [{"t": "Feb-20", "type": "first_trade"}], {"earliest_request": "Mar-13"},
    ),
    "news that touches one fill of an order": (
        {"family": "news_profit", "before_s": 300, "after_s": 300, "profit_factor": 0.4,
         "split": 0.8, "initial_balance": 100000},
        [{"t": "a", "type": "trade", "pnl": 1000, "open": "06:00", "close": "07:25",
          "event": "07:30"},
         {"t": "b", "type": "trade", "pnl": 1000, "open": "07:35:01", "close": "08:00",
          "event": "07:30"},
         {"t": "c", "type": "loss", "amount": 500, "news": True}],
        {"counted_profit": 900, "deducted": 600, "balance_after": 100900, "payout": 720},
    ),
    "a scaling plan that compounds, is capped and must be earned": (
        {"family": "scaling", "step_pct": 0.3, "min_profit_pct": 0.1, "min_payouts": 2,
         "cap": 170000, "split_before": 0.8, "split_after": 0.9, "daily_pct": 0.04},
        [{"t": "M0", "type": "start", "balance": 100000},
         {"t": "M3", "type": "review", "profit_pct": 0.0999, "payouts": 2},
         {"t": "M6", "type": "review", "profit": 10000, "payouts": 2},
         {"t": "M9", "type": "review", "profit_pct": 0.2, "payouts": 1},
         {"t": "M12", "type": "scale"}],
        [{"balance": 100000, "split": 0.8, "daily": 4000}, {"scaled": False, "balance": 100000},
         {"scaled": True, "balance": 130000, "split": 0.9}, {"scaled": False},
         {"balance": 169000, "daily": 6760}],
    ),
    "an account that doubles": (
        {"family": "scaling", "multiplier": 2, "min_profit_pct": 0.1},
        [{"t": "a", "type": "start", "balance": 5000}, {"t": "b", "type": "scale"},
         {"t": "c", "type": "scale"}],
        {"checks": [{"i": 1, "balance": 10000}, {"i": 2, "balance": 20000, "max": 2000}]},
    ),
    "one account for several": (
        {"family": "account_merge", "cap": "largest_account_size"},
        [{"t": "a", "type": "accounts", "accounts": [[50000, 30000], [100000, 70000.01]]}],
        {"start_balance": [100000], "capped": [True]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", STORIES)
def test_story_when_told_comes_out_as_the_firm_says(tmp_path, kind):
    assert verdict(tmp_path, *STORIES[kind]) == ("pass", "")


FAMILIES = {params["family"]: (params, events) for params, events, _ in STORIES.values()}


@pytest.mark.parametrize("family", FAMILIES)
def test_case_when_it_expects_what_nobody_answers_is_not_supported(tmp_path, family):
    params, events = FAMILIES[family]
    assert verdict(tmp_path, params, events, {"mood": True}) == (
        "not supported", "expected `mood` at the end",
    )  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_case_when_a_parameter_is_not_known_is_not_supported(tmp_path, family):
    params, events = FAMILIES[family]
    result, why = verdict(tmp_path, {**params, "moon": 3}, events, {"mood": True})
    assert (result, why) == ("not supported", "parameter `moon`")


@pytest.mark.parametrize("family", FAMILIES)
def test_case_when_a_field_of_an_event_is_not_known_is_not_supported(tmp_path, family):
    params, (first, *rest) = FAMILIES[family]
    result, why = verdict(tmp_path, params, [{**first, "moon": 3}, *rest], {"mood": True})
    assert result == "not supported"
    assert "`moon`" in why


@pytest.mark.parametrize("value", ["x", -5, [], [[1]], {"a": 1}, "1e30", True])
@pytest.mark.parametrize("family", FAMILIES)
def test_case_when_a_value_is_out_of_place_is_judged_or_not_supported(tmp_path, family, value):
    params, events = FAMILIES[family]
    for name in params.keys() - {"family"}:
        result, _ = verdict(tmp_path, {**params, name: value}, events, {"payouts": [1]})
        assert result in {"fail", "not supported"}
    for name in events[0].keys() - {"type", "i", "t"}:
        changed = [{**events[0], name: value}, *events[1:]]
        result, _ = verdict(tmp_path, params, changed, {"payouts": [1]})
        assert result in {"fail", "not supported"}
