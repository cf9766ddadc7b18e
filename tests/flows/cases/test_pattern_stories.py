"""Cases about stops, news, holding times and stakes the published ones leave open, both engines."""

import pytest

from tests.flows.cases.telling import verdict


def at(t, kind, **more):
    return {"t": t, "type": kind, **more}


SL = {"family": "mandatory_sl", "within_s": 300}
NEWS = {"family": "news", "before_s": 120, "after_s": 120, "event": "14:30", "currency_match": True}
HOLD = {"family": "hold_time", "threshold_s": 120, "min_share_from_longer": 0.5}
SCALP = {"family": "scalp_share", "threshold_s": 60, "max_share": 0.2, "comparator": "lte"}
RAISE = {"family": "martingale", "multiplier": 2, "min_losing_streak": 2, "window_h": 6}
STORIES = {
    "a stop in time, and one at the very deadline": (
        SL,
        [at("10:00:00", "position_open", id="a"), at("10:04:59", "sl_set", id="a"),
         at("10:10:00", "position_open", id="b"), at("10:15:00", "sl_set", id="b"),
         at("10:16:00", "sl_modified", id="a")],
        [{"deadline": "10:05:00"}, {"violation": False}, {"deadline": "10:15:00"},
         {"violation": True}, {"violation": False, "count": 1}],
    ),
    "a stop removed grants no new time": (
        {**SL, "cancel_restarts_timer": False},
        [at("10:00", "trade_open"), at("10:02", "sl_set"), at("10:03", "sl_cancelled"),
         at("10:05", "check")],
        [{"deadline": "10:05"}, {"ok": True}, {"violation": False, "deadline": "10:05"},
         {"violation": True}],
    ),
    "a stop removed when the time is over": (
        SL,
        [at("10:00", "fill", sl=True), at("10:20", "sl_removed")],
        [{"violation": False, "deadline": None}, {"violation": True}],
    ),
    "no new time when it is removed, by name": (
        SL,
        [at("09:00", "order_placed"), at("10:00:00", "order_filled"), at("10:02:00", "sl_set"),
         at("10:03:00", "sl_removed"), at("10:04:00", "sl_set"), at("10:30:00", "sl_removed")],
        [{"deadline": None}, {"deadline": "10:05:00"}, {}, {"new_timer": False}, {},
         {"new_timer": False, "violation": True, "violation_at": "10:30:00"}],
    ),
    "an hour to cure, once": (
        {**SL, "cure_h": 1, "cures": 1},
        [at("10:00", "fill", id="a"), at("10:30", "check", id="a"), at("11:00", "sl_set", id="a"),
         at("12:00", "fill", id="b"), at("12:06", "check", id="b")],
        [{}, {"violation": False}, {"violation": False}, {}, {"violation": True}],
    ),
    "a third violation that ends it": (
        {"family": "mandatory_sl", "within_min": 3, "third": "terminate"},
        [at("10:00", "position_open"), at("10:04", "position_close"),
         at("10:10", "position_open"), at("10:14", "position_close"),
         at("10:20", "position_open"), at("10:23", "deadline")],
        [{"terminated": False}, {"strikes": 1}, {}, {"strikes": 2, "terminated": False}, {},
         {"strikes": 3, "terminated": True}],
    ),
    "times after the fill": (
        {**SL, "within_s": 60},
        [at("t+0s", "position_open"), at("t+59s", "check"), at("t+60s", "check")],
        {"violations": [False, False, True]},
    ),
    "fills of stops count, holding does not": (
        {**NEWS, "sl_tp_counts": True, "holding_allowed": True, "phase": "funded"},
        [at("14:27:59", "trade_open", symbol="EURUSD", news_ccy="USD"),
         at("14:28:00", "trade_open", symbol="EURUSD", news_ccy="USD"),
         at("14:30:30", "sl_fill", symbol="EURUSD", news_ccy="EUR"),
         at("14:32:00", "tp_fill", symbol="EURUSD", news_ccy="USD"),
         at("14:32:01", "trade_close", symbol="EURUSD", news_ccy="USD"),
         at("14:30:00", "hold", symbol="EURUSD", news_ccy="USD"),
         at("14:30:00", "trade_open", symbol="EURUSD", news_ccy="USD", phase="evaluation"),
         at("14:30:00", "trade_open", symbol="GBPJPY", news_ccy="USD")],
        {"violations": [False, True, True, True, False, False, False, False],
         "window": ["14:28", "14:32"]},
    ),
    "stops are exempt": (
        {**NEWS, "sl_tp_counts": False},
        [at("14:30", "sl_fill", symbol="EURUSD", news_ccy="USD"),
         at("14:30", "trade_close", symbol="EURUSD", news_ccy="USD")],
        {"violation": [False, True]},
    ),
    "holding is not allowed": (
        {**NEWS, "hold_through": "forbidden"},
        [at("", "hold", symbol="EURUSD", news_ccy="USD"),
         at("", "hold", symbol="EURUSD", news_ccy="USD", closed="14:27"),
         at("", "hold", symbol="EURUSD", news_ccy="CNY")],
        {"violation": [True, False, False]},
    ),
    "times before and after the release": (
        {"family": "news", "window_min": 2, "event": "CPI", "event_time": "14:30"},
        [at("-2:01", "trade_open"), at("-120s", "trade_open"), at("+2m", "trade_close"),
         at("T+121s", "trade_close")],
        {"ok": [True, False, False, True], "window": ["14:28:00", "14:32:00"]},
    ),
    "a split of profit": (
        {**HOLD, "comparator": "gte"},
        [at("a", "profit_split", profit_lt=500, profit_ge=500),
         at("b", "profit_split", profit_lt=501, profit_ge=499)],
        [{"violation": False, "share": 0.5}, {"violation": True, "share": 0.499}],
    ),
    "an average, trade by trade": (
        {"family": "hold_time", "threshold_s": 120, "avg_duration_gt_s": 120},
        [at("a", "trade", duration_s=60, pnl=5), at("b", "trade", duration_s=180, pnl=5),
         at("c", "trade", duration_s=121, pnl=-1)],
        [{"ok": False}, {"ok": False}, {"ok": True}],
    ),
    "each trade": (
        {"family": "hold_time", "min_hold_s": 20},
        [at("a", "trade", duration_s=20), at("b", "trade", duration_s=19)],
        {"violation": [False, True]},
    ),
    "short trades up to a share, and strictly below it": (
        {**SCALP, "comparator": "lt", "count": ["trades"]},
        [at("1", "trades", total=100, scalp=19), at("2", "trades", total=100, scalp=20)],
        {"ok": [True, False], "share": [0.19, 0.2]},
    ),
    "short trades one by one": (
        {**SCALP, "max_share": 0.5, "count": ["trades", "profit"]},
        [at("1", "trade", duration_s=10, pnl=40), at("2", "trade", duration_s=90, pnl=60),
         at("3", "trade", duration_s=59, pnl=30)],
        {"ok": [False, True, False]},
    ),
    "a streak that is over, and one that is old": (
        {**RAISE, "reference": "first trade of the streak"},
        [at("08:00", "trade", lots=1, pnl=-1), at("09:00", "trade", lots=2, pnl=-1),
         at("10:00", "trade_open", lots=1.99, id="x"), at("10:01", "trade_close", id="x", pnl=5),
         at("10:02", "trade_open", lots=9, id="y")],
        [{"violation": False}, {"violation": False}, {"violation": False, "limit": 2}, {},
         {"violation": False, "limit": None}],
    ),
    "a multiple of the trade before": (
        {**RAISE, "reference": "previous trade", "comparator": "gt", "min_losing_streak": 1},
        [at("1", "trade", lots=1.5, pnl=-1), at("2", "trade_open", lots=3),
         at("3", "trade_open", lots=3.01)],
        [{"ok": True}, {"ok": True, "threshold": 3}, {"ok": False}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("kind", STORIES)
def test_story_when_told_comes_out_as_the_rule_book_says(tmp_path, kind, engine):
    params, events, expected = STORIES[kind]
    assert verdict(tmp_path, params, events, expected, engine) == ("pass", "")


STRANGERS = {
    "a parameter": ({**SL, "max_slippage": 3}, at("10:00", "fill"), {"violation": False}),
    "an event": (SL, at("10:00", "nap"), {"violation": False}),
    "a field": (SL, at("10:00", "fill", hedge=True), {"violation": False}),
    "an expectation": (SL, at("10:00", "fill"), {"margin": 4}),
    "new time for a removed stop": (
        {**SL, "removal_restarts_timer": True}, at("10:00", "fill"), {"violation": False}
    ),
    "two numbers of strikes": (
        {**SL, "max_violations": 2, "fourth": "terminate"}, at("10:00", "fill"), {"ok": True}
    ),
    "a phase": ({**NEWS, "applies_to": "moon"}, at("14:30", "trade_open"), {"violation": True}),
    "a time that tells none": (NEWS, at("a", "trade_open"), {"violation": True}),
    "a window without a length": (
        {"family": "news", "event": "14:30"}, at("14:30", "trade_open"), {"violation": True}
    ),
    "a comparator": (
        {**SCALP, "comparator": "near"}, at("1", "trades", total=1, scalp=1), {"ok": True}
    ),
    "half a split": (HOLD, at("a", "profit_split", profit_lt=4), {"violation": True}),
    "a share that does not count": (
        {**SCALP, "count": ["profit"]}, at("1", "trades", total=9, scalp=1), {"ok": True}
    ),
    "a reference": ({**RAISE, "reference": "median"}, at("1", "trade_open", lots=1), {"ok": True}),
    "a trade without lots": (RAISE, at("1", "trade_open"), {"ok": True}),
}  # fmt: skip


@pytest.mark.parametrize("kind", STRANGERS)
def test_case_when_something_in_it_is_not_understood_is_not_supported(kind, tmp_path):
    params, event, expected = STRANGERS[kind]
    result, why = verdict(tmp_path, params, [event], expected)
    assert result == "not supported"
    assert why
