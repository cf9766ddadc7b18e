"""Cases about goals in words the published ones leave open, through both engines."""

import pytest

from tests.flows.cases.telling import verdict


def day(t, result, **more):
    return {"t": t, "type": "day_result", "net_pnl": result, **more}


def summary(best, total, name="best_day"):
    return {"t": "a", "type": "summary", name: best, "total": total}


def trade(t, result, **more):
    return {"t": t, "type": "trade", "pnl": result, **more}


SHARE = {"family": "consistency", "scope": "day", "max_share": 0.5, "comparator": "lte"}
WINS = {"family": "profitable_days", "pct": 0.005, "initial_balance": 10000}
MAX = {"family": "max_drawdown", "initial_balance": 100000, "pct": 0.04, "pct_base": "initial",
       "mode": "trail_intraday_equity", "lock_offset": 0, "comparator": "lt"}  # fmt: skip
STORIES = {
    "a lock that asks for closed profit": (
        {**MAX, "lock_requires": "closed +4%"},
        [{"t": "a", "type": "mark", "balance": 100000, "equity": 106000},
         {"t": "b", "type": "mark", "balance": 100000, "floating": 3000},
         {"t": "c", "type": "mark", "balance": 104000, "floating": 8000}],
        [{"floor": 102000}, {"floor": 102000, "safe": True}, {"floor": 102000, "room": 10000}],
    ),
    "three floors, and which of them binds": (
        {"family": "combined_floor", "daily_floor": 95500, "max_floor": 94000,
         "trailing_floor": 95000},
        [{"t": "D2 00:00", "type": "reset", "balance": 100000, "equity": 99000}],
        {"effective_floor": 95500, "binding": "daily", "remaining": 3500, "breach": False},
    ),
    "thresholds that only words state": (
        {"family": "trading_days", "initial_balance": 10000,
         "counts": "open and close, notional >= 5% of I, abs(pnl) >= 1% of trade"},
        [trade("D1", 5, notional=500), trade("D2", 4.99, notional=500),
         trade("D3", 9, notional=600, same_day=False)],
        {"trading_days": 1, "min_notional": 500},
    ),
    "best day of the total, touching": (
        {**SHARE, "denominator": "total_profit"},
        [summary(2000, 4000), summary(2000, 3999)],
        [{"met": True, "share": 0.5}, {"met": False, "share": 0.5001}],
    ),
    "best day of the total, strict": (
        {**SHARE, "comparator": "lt"},
        [summary(2000, 4000), summary(2000, 4001)],
        [{"met": False, "violation": True}, {"met": True, "eligible": True}],
    ),
    "what must still be won": (
        {**SHARE, "max_share": 0.4},
        [summary(1200, 2500)],
        [{"met": False, "needed_total": 3000, "profit_needed": 500, "cap": 1000}],
    ),
    "one trade of the target": (
        {**SHARE, "scope": "trade", "max_share": 0.7, "denominator": "profit target",
         "target": 1000},
        [trade("D1", 700), trade("D1", 0.01), trade("D2", 700.01)],
        [{"met": True, "share": 0.7, "cap": 700}, {"met": True}, {"met": False, "best": 700.01}],
    ),
    "one trade of the winning ones": (
        {**SHARE, "scope": "trade", "max_share": 0.6, "denominator": "positive_only"},
        [trade("D1", 600), trade("D1", -500), trade("D2", 400)],
        {"met": True, "share": 0.6, "cap": 600, "breach": False},
    ),
    "largest trade in a summary": (
        {**SHARE, "scope": "trade", "max_share": 0.2},
        [summary(1000, 5000, "best_trade"), summary(1001, 5000, "best_trade")],
        [{"met": True}, {"met": False}],
    ),
    "trades opened and closed, large enough, won or lost enough": (
        {"family": "trading_days", "counts": "open_and_close_with_min_notional_and_pnl",
         "min_notional_pct": 0.05, "min_pnl_pct_of_trade": 0.01, "initial_balance": 100000},
        [trade("D1", 50, notional=5000), trade("D2", 49.99, notional=5000),
         trade("D3", -60, notional=6000), trade("D4", 500, notional=4999)],
        {"trading_days": 2, "counts": [True, False, True, False], "counted_days": ["D1", "D3"]},
    ),
    "notional and result as shares": (
        {"family": "trading_days", "counts": "qualified", "min_notional_pct": 0.05,
         "min_pnl_pct": 0.01, "initial_balance": 100000},
        [{"t": "D1", "type": "trade", "notional_pct": 0.05, "pnl_pct_of_trade": 0.01}],
        {"trading_days": 1},
    ),
    "a day's change, losses too": (
        {"family": "trading_days", "counts": "abs(day change) >= 0.5%", "pct": 0.005,
         "min_days": 3, "initial_balance": 20000},
        [day("D1", 100), day("D2", -100), day("D3", 99.99),
         {"t": "D4", "type": "day_result", "change_pct": -0.006}],
        {"trading_days": 3, "met": True, "qualifies": [True, True, False, True]},
    ),
    "a trade from Monday to Thursday counts once": (
        {"family": "trading_days", "counts": "open and close same day; otherwise one day"},
        [{"t": "Mon", "type": "trade_open", "id": "a"},
         {"t": "Thu", "type": "trade_close", "id": "a"}],
        {"trading_days": 1},
    ),
    "the day of the close": (
        {**WINS, "attribution": "close_day"},
        [{"t": "Mon", "type": "trade_open", "id": "1"},
         {"t": "Wed", "type": "trade_close", "id": "1", "pnl": 50}],
        {"profitable_days": ["Wed"], "qualifying": 1},
    ),
    "the day of the opening, though a sibling lost": (
        {**WINS, "attribution": "open_day"},
        [{"t": "Mon", "type": "trade_open", "id": "1"},
         {"t": "Mon", "type": "trade_open", "id": "2"},
         {"t": "Tue", "type": "trade_close", "id": "1", "pnl_pct": 0.007},
         {"t": "Wed", "type": "trade_close", "id": "2", "pnl_pct": -0.0021}],
        {"profitable_days": []},
    ),
    "closed profit less open losses": (
        {**WINS, "attribution": "close_day_minus_floating_losses", "comparator": "gt"},
        [day("D1", 80, floating=-30), day("D2", 80, floating=-29.99), day("D3", 50, floating=90),
         day("D4", 50.01, floating=0), day("D5", 100, open_loss=60)],
        {"profitable_days": ["D2", "D4"], "qualifying": 2,
         "qualifies": [False, True, False, True, False]},
    ),
    "change of equity, told by its ends": (
        {**WINS, "attribution": "equity_delta"},
        [{"t": "D1 00:00", "type": "equity", "equity": 10100},
         {"t": "D1 23:59", "type": "equity", "equity": 10150},
         {"t": "D2 23:59", "type": "equity", "equity": 10199.99}],
        {"profitable_days": ["D1"], "qualifying": 1},
    ),
    "change of equity, told by boundaries": (
        {**WINS, "attribution": "equity delta over the day"},
        [{"t": "D1 00:00", "type": "reset", "balance": 10000, "equity": 10100},
         {"t": "D2 00:00", "type": "reset", "balance": 10120, "equity": 10150},
         {"t": "D3 00:00", "type": "reset", "balance": 10180, "equity": 10180}],
        [{"qualifying": 0}, {"qualifying": 1, "profitable": True},
         {"qualifying": 1, "profitable": False}],
    ),
    "a share of the best day": (
        {"family": "profitable_days", "min_profit": 200, "share_of_best_day": 0.23, "need": 2},
        [day("D1", 1000), day("D2", 229.99), day("D3", 230)],
        {"qualifying": 2, "met": True},
    ),
    "a bonus is no profit of the day": (
        {**WINS},
        [{"t": "D1", "type": "bonus", "amount": 100}, day("D1 12:00", 49)],
        {"qualifying": 0},
    ),
    "the target lifted by the best of several days": (
        {"family": "consistency_target_lift", "target_pct": 0.06, "initial_balance": 50000,
         "max_share": 0.5},
        [day("D1", 1500), day("D2", 1800), day("D3", 300)],
        {"checks": [{"i": 0, "new_target": 3000, "lifted": False}, {"i": 1, "new_target": 3600},
                    {"i": 2, "total": 3600, "met": True}], "day_cap": 1500, "remaining": 0},
    ),
    "profit that counts, by trade, losses not counting": (
        {"family": "profit_distribution", "scope": "trade", "max_share": 0.4, "target": 1000,
         "denominator": "positive_only", "excess": "not_counted"},
        [trade("D1", 500), trade("D1", -100), trade("D2", 300), trade("D3", 300)],
        {"total": 1000, "cap": 400, "counted_trades": [400, 0, 300, 300], "excluded": 0,
         "met": True},
    ),
    "a limit that steps up twice and stays": (
        {"family": "dll_step", "tiers": [[0, 500], [26000, 750], [27000, 1000]],
         "effective": "next_session", "initial_balance": 25000},
        [{"t": "D1", "type": "eod", "balance": 26000}, {"t": "D2", "type": "session_start"},
         {"t": "D2", "type": "eod", "balance": 27100}, {"t": "D3", "type": "session_start"},
         {"t": "D3", "type": "eod", "balance": 25900}, {"t": "D4", "type": "session_start"}],
        {"limits": [500, 750, 750, 1000, 1000, 1000]},
    ),
    "drawdown from a peak that rises": (
        {"family": "drawdown_pct", "initial_balance": 10000},
        [{"t": "a", "type": "mark", "equity": 9500}, {"t": "b", "type": "mark", "equity": 12000},
         {"t": "c", "type": "mark", "equity": 11000}],
        {"drawdown_pct": [0.05, 0, 0.0833]},
    ),
    "a phase whose target comes first, its days later": (
        {"family": "phase_completion", "initial_balance": 100000, "target_pct": 0.1,
         "min_days": 2, "max_share": 0.6},
        [day("D1", 6000), day("D2", 4000)],
        [{"passed": False, "target_met": False, "days_met": False},
         {"passed": True, "target_met": True, "trading_days": 2}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("kind", STORIES)
def test_story_when_told_comes_out_as_the_firm_says(tmp_path, kind, engine):
    assert verdict(tmp_path, *STORIES[kind], engine) == ("pass", "")


STRANGE = {
    "counts": ({"family": "trading_days", "counts": "moons"}, [], {"trading_days": 0}),
    "attribution": ({**WINS, "attribution": "vibes"}, [], {"qualifying": 0}),
    "denominator": ({**SHARE, "denominator": "volume"}, [], {"met": False}),
    "tiers": ({"family": "dll_step", "tiers": [[1, 2, 3]]}, [], {"limits": []}),
    "effective": (
        {"family": "dll_step", "tiers": [[0, 2]], "effective": "at_once"}, [], {"limits": []},
    ),
    "excess": (
        {"family": "profit_distribution", "max_share": 1, "target": 5, "excess": "burnt"}, [],
        {"total": 0},
    ),
    "target": ({"family": "consistency_day_cap", "max_share": 0.5}, [], {"day_cap": 5}),
    "halo": ({**WINS, "halo": 5}, [], {"qualifying": 0}),
}  # fmt: skip


@pytest.mark.parametrize("word", STRANGE)
def test_case_when_a_word_of_it_is_not_known_is_not_supported(tmp_path, word):
    result, why = verdict(tmp_path, *STRANGE[word])
    assert result == "not supported"
    assert word in why
