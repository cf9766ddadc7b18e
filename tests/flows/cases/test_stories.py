"""Cases of our own in the words of the published ones: what those leave open."""

import pytest

from flows.cases.document import load_cases
from flows.cases.families import judge

DAILY = {
    "family": "daily_loss",
    "initial_balance": 100000,
    "reference": "balance",
    "comparator": "lt",
    "breach_kind": "hard",
    "reset_tz": "Europe/Prague",
    "reset_time": "00:00",
    "metric": "equity",
    "pct": 0.05,
    "pct_base": "initial",
}
MAX = {
    "family": "max_drawdown",
    "initial_balance": 100000,
    "mode": "static",
    "comparator": "lt",
    "lock_offset": None,
    "payout_effect": "none",
    "metric": "equity",
    "pct": 0.06,
    "pct_base": "initial",
}


def reset(t, balance, equity=None):
    return {"t": t, "type": "reset", "balance": balance, "equity": equity or balance}


def mark(t, balance, equity=None):
    return {"t": t, "type": "mark", "balance": balance, "equity": equity or balance}


def payout(t, amount, **more):
    return {"t": t, "type": "payout", "amount": amount, **more}


STORIES = {
    "overnight floater breaches at the boundary that re-bases": (
        DAILY,
        [reset("D1", 100000), mark("D1 23:59", 105000, 99500), reset("D2", 105000, 99500)],
        [{"floor": 95000}, {"floor": 95000, "breach": False},
         {"floor": 100000, "breach": True, "breach_at": 99500}],
    ),
    "overnight floater told by its boundary alone": (
        DAILY,
        [reset("D2 00:00", 105000, 99500)],
        [{"floor": 100000, "breach": True, "breach_at": 99500}],
    ),
    "an allowance that is a part of the day's peak, by another word for it": (
        {**DAILY, "reference": "intraday_peak_equity", "pct": 0.04, "pct_base": "peak"},
        [reset("D1", 100000), mark("D1 10:00", 100000, 104000)],
        [{"floor": 96000}, {"floor": 99840, "breach": False}],
    ),
    "a profit that locks, told as a trigger": (
        {**MAX, "mode": "lock_on_profit", "lock_trigger": 10000, "lock_offset": 0},
        [mark("D1 10:00", 109999), mark("D1 11:00", 110000)],
        [{"floor": 94000}, {"floor": 100000, "breach": False}],
    ),
    "the trader's share of every payout, told once": (
        {**MAX, "mode": "payout_trailing", "split": 0.75,
         "payout_effect": "reduce_allowance_by_trader_share"},
        [mark("D1", 103000), payout("D2", 3000), payout("D3", 100, trader_share=0.5)],
        [{"floor": 94000}, {"floor": 96250, "breach": False}, {"floor": 96300}],
    ),
    "earlier losses beyond one day's limit were made over several days": (
        {**DAILY, "pct": 0.04},
        [reset("D2", 92000), mark("D2 09:00", 92000, 87999.5)],
        [{"floor": 88000, "breach": False, "remaining": 4000},
         {"floor": 88000, "breach": True, "breach_at": 87999.5}],
    ),
    "earlier floating losses too": (
        {**DAILY, "reference": "equity", "pct_base": "reference"},
        [reset("D2", 90000, 88000)],
        [{"floor": 83600, "breach": False, "remaining": 4400}],
    ),
    "balance below the floor a floating profit raised": (
        {**DAILY, "reference": "max", "metric": "balance_or_equity", "pct": None, "amount": 2000},
        [reset("D2 00:00", 100000, 103000)],
        [{"floor": 101000, "breach": True, "breach_at": 100000}],
    ),
    "peak of the day, and a percentage of it": (
        {**DAILY, "reference": "intraday_peak_equity", "pct": 0.03, "pct_base": "hwm"},
        [reset("D1", 100000), mark("D1 10:00", 100000, 102000), mark("D1 11:00", 102000, 98939)],
        [{"floor": 97000}, {"floor": 98940, "breach": False},
         {"floor": 98940, "breach": True, "breach_at": 98939}],
    ),
    "a pause ends at the next boundary": (
        {**DAILY, "breach_kind": "soft", "comparator": "lte", "reset_tz": "server UTC+2/+3 (DST)"},
        [reset("D1", 100000), mark("D1 18:00", 100000, 95000), reset("D2", 95500)],
        [{"floor": 95000}, {"breach": True, "action": "disable until next day"},
         {"floor": 90500, "breach": False, "remaining": 5000}],
    ),
    "a closed winner never shows its floating profit on top of itself": (
        {**MAX, "mode": "trail_intraday_equity"},
        [mark("a", 100000, 104000), mark("b", 104000)],
        [{"floor": 98000}, {"floor": 98000, "remaining": 6000}],
    ),
    "a lock that profit triggers": (
        {**MAX, "mode": "lock_on_profit", "lock_trigger_profit": 10000, "lock_offset": 0,
         "comparator": "lte"},
        [mark("a", 109999), mark("b", 110000), mark("c", 101000, 100000)],
        [{"floor": 94000}, {"floor": 100000, "breach": False},
         {"floor": 100000, "breach": True, "breach_at": 100000}],
    ),
    "a payout that reduces the allowance by the trader's share": (
        {**MAX, "mode": "payout_trailing", "payout_effect": "reduce_allowance_by_trader_share"},
        [mark("a", 103000), payout("b", 3000, trader_share=2250)],
        [{"floor": 94000}, {"floor": 96250, "balance_after": 100000, "remaining": 3750}],
    ),
    "the trader's share as a part": (
        {**MAX, "payout_effect": "reduce_allowance_by_trader_share"},
        [mark("a", 103000), payout("b", 3000, trader_share=0.75)],
        [{"floor": 94000}, {"floor": 96250}],
    ),
    "a payout that resets": (
        {**MAX, "mode": "trail_intraday_equity", "pct_base": "hwm",
         "payout_effect": "reset_to_initial"},
        [mark("a", 110000), payout("b", 10000)],
        [{"floor": 103400}, {"floor": 94000, "breach": False, "balance_after": 100000}],
    ),
    "a metric that is the balance alone": (
        {**MAX, "metric": "balance"},
        [mark("a", 95000, 85000), mark("b", 93999, 95000)],
        [{"breach": False, "remaining": 1000}, {"breach": True, "breach_at": 93999}],
    ),
    "a target reached while something floats, then flat": (
        {"family": "profit_target", "initial_balance": 100000, "pct": 0.08},
        [mark("a", 108000, 109000), mark("b", 108000)],
        [{"met": True, "passed": False}, {"met": True, "passed": True}],
    ),
    "a payout is no loss of profit": (
        {"family": "profit_target", "initial_balance": 100000, "amount": 8000},
        [mark("a", 105000), payout("b", 5000), mark("c", 103000)],
        [{"met": False}, {"met": False}, {"met": True}],
    ),
    "shares of a loss, and of nothing": (
        {"family": "consistency", "scope": "day", "max_share": 0.5, "comparator": "lt"},
        [{"t": "D1", "type": "day_result", "net_pnl": -100},
         {"t": "D2", "type": "day_result", "net_pnl": 300},
         {"t": "D3", "type": "day_result", "net_pnl": 300}],
        [{"met": False, "share": None}, {"met": False, "share": 1.5}, {"share": 0.6, "cap": 250}],
    ),
    "profitable days by name": (
        {"family": "profitable_days", "pct": 0.005, "comparator": "gt", "initial_balance": 10000,
         "attribution": "close_day"},
        [{"t": "Mon", "type": "trade_open", "id": "1"},
         {"t": "Mon", "type": "trade_close", "id": "1", "pnl_pct": 0.005},
         {"t": "Tue", "type": "trade_open", "id": "2"},
         {"t": "Wed", "type": "trade_close", "id": "2", "pnl": 51}],
        [{}, {"qualifying": 0}, {}, {"profitable_days": ["Wed"], "threshold": 50}],
    ),
    "a lock that a share of profit triggers": (
        {**MAX, "mode": "lock_on_profit", "lock_trigger_pct": 0.1},
        [mark("a", 109999), mark("b", 110000)],
        [{"floor": 94000}, {"floor": 100000}],
    ),
    "a share of what is left after losing days": (
        {"family": "consistency", "scope": "day", "max_share": 0.5, "denominator": "net_profit"},
        [{"t": "D1", "type": "day_result", "net_pnl": 300},
         {"t": "D2", "type": "day_result", "net_pnl": 300},
         {"t": "D3", "type": "day_result", "net_pnl": -1}],
        [{}, {"met": True, "share": 0.5}, {"met": False, "best": 300}],
    ),
    "days with a trade that is large enough and wins or loses enough": (
        {"family": "trading_days", "counts": "qualified_trade", "min_notional_pct": 0.05,
         "min_result_pct": 0.01, "initial_balance": 10000},
        [{"t": "D1", "type": "trade", "notional": 500, "pnl": 5},
         {"t": "D2", "type": "trade", "notional": 499.99, "pnl": 50},
         {"t": "D3", "type": "trade", "notional": 600, "pnl": -6},
         {"t": "D4", "type": "trade", "notional": 600, "pnl": 5.99}],
        [{"trading_days": 1}, {"trading_days": 1}, {"trading_days": 2}, {"trading_days": 2}],
    ),
    "days whose change is large enough, in other words": (
        {"family": "trading_days", "counts": "abs_day_change", "pct": 0.005,
         "initial_balance": 10000},
        [{"t": "D1", "type": "day_result", "net_pnl": -50}],
        [{"trading_days": 1}],
    ),
    "days whose result, won or lost, is large enough": (
        {"family": "trading_days", "counts": "day_change", "min_change_pct": 0.005,
         "initial_balance": 10000},
        [{"t": "D1", "type": "day_result", "net_pnl": 50},
         {"t": "D2", "type": "day_result", "net_pnl": -60},
         {"t": "D3", "type": "day_result", "net_pnl": 49}],
        [{"trading_days": 1}, {"trading_days": 2}, {"trading_days": 2}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("kind", STORIES)
def test_story_when_told_comes_out_as_the_rule_book_says(tmp_path, kind, engine):
    import json

    params, events, expected = STORIES[kind]
    case = {
        "id": kind,
        "params": params,
        "events": [{"i": place, **event} for place, event in enumerate(events)],
        "expected": {"checks": [{"i": place, **check} for place, check in enumerate(expected)]},
    }
    path = tmp_path / "case.json"
    path.write_text(json.dumps([case]))
    (loaded,) = load_cases(path)
    verdict = judge(loaded, engine)
    assert (verdict.result, verdict.why) == ("pass", "")
