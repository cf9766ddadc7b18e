"""Cases of our own about size, exposure and risk, in the words of the published ones."""

import json

import pytest

from flows.cases.document import load_cases
from flows.cases.families import judge

GROUP = {"family": "trade_loss_group", "initial_balance": 10000, "pct": 0.03, "comparator": "gte",
         "group_by": ["symbol", "direction"], "sum": "losses_only"}  # fmt: skip
CHAIN = {"family": "trade_chain", "initial_balance": 100000, "pct": 0.03, "comparator": "gt",
         "group": "same symbol, continuous chain of overlapping trades"}  # fmt: skip
CAP = {"family": "notional_cap", "multiple_of_balance": 2, "cure_s": 300, "cures_allowed": 1}
SYMBOL = {"family": "symbol_loss", "pct": 0.02, "comparator": "gt",
          "base": "balance at 16:59 America/New_York prior day"}  # fmt: skip


def worth(t, notional, balance=100000):
    return {"t": t, "type": "notional", "balance": balance, "notional": notional}


def floating(*positions):
    return {"t": "x", "type": "floating", "positions": [list(each) for each in positions]}


def closed(*trades):
    return {"t": "x", "type": "closed_trades", "trades": [list(each) for each in trades]}


STORIES = {
    "micros that weigh a tenth": (
        {"family": "max_position", "limit": 3, "aggregation": "sum_abs_across_products",
         "micro_ratio": 0.1},
        [{"type": "positions", "positions": {"ES": 2, "MES": -10}},
         {"type": "positions", "positions": {"ES": 2, "MNQ": 11}}],
        {"checks": [{"i": 0, "size": 3, "violation": False},
                    {"i": 1, "size": 3.1, "violation": True, "limit": 3}]},
    ),
    "lots one by one and together": (
        {"family": "max_lots", "limit": 10, "initial_balance": 25000, "comparator": "gte"},
        [{"type": "lots", "lots": [9.99]}, {"type": "lots", "lots": [4, 3, 3]}],
        {"violations": [False, True], "limits": [10, 10]},
    ),
    "tiers, exactly on each": (
        {"family": "contract_scaling", "tiers": [[0, 1], [50000, 2], [52000, 4]],
         "initial_balance": 50000},
        [{"type": "positions", "balance": 49999.99, "contracts": 2},
         {"type": "positions", "balance": 50000, "contracts": 2},
         {"type": "positions", "balance": 52000, "contracts": 5}],
        {"violations": [True, False, True], "limits": [1, 2, 4]},
    ),
    "tiers from day to day, with contracts in between": (
        {"family": "scaling_eod", "tiers": [[0, 2], [1501, 3]]},
        [{"t": "D1", "type": "eod", "balance": 1600},
         {"t": "D2", "type": "positions", "contracts": 3, "balance": 1600},
         {"t": "D2", "type": "eod", "balance": 1500},
         {"t": "D3", "type": "positions", "contracts": 3, "balance": 1500}],
        {"checks": [{"i": 0, "next_session_limit": 3}, {"i": 1, "violation": False, "limit": 3},
                    {"i": 2, "next_session_limit": 2}, {"i": 3, "violation": True}]},
    ),
    "a position as a share of equity": (
        {"family": "pos_pct", "pct": 0.1, "base": "current equity"},
        [{"type": "equity", "equity": 5000}, {"type": "equity", "equity": 5000, "notional": 501}],
        {"limits": [500, 500], "violations": [False, True]},
    ),
    "positions without a stop": (
        {"family": "exposure", "initial_balance": 50000, "no_sl_single_pct": 0.02,
         "no_sl_total_pct": 0.1},
        [{"type": "position", "notional": 1000}, {"type": "position", "notional": 1000.01}],
        {"max_single": 1000, "max_total": 5000, "violations": [False, True]},
    ),
    "a cap that is not cured in time": (
        CAP,
        [worth("0", 200000.01), worth("299", 200000.01), worth("301", 190000)],
        {"checks": [{"i": 0, "action": "warn"}, {"i": 2, "action": "fail", "violation": True}]},
    ),
    "a cap cured twice, where that is allowed": (
        CAP | {"cures_allowed": 2},
        [worth("0", 200000), worth("10", 210000), worth("200", 150000), worth("400", 110000, 50000),
         worth("500", 100000, 50000), worth("600", 100001, 50000)],
        {"checks": [{"i": 0, "action": "ok"}, {"i": 1, "action": "warn"},
                    {"i": 2, "action": "cured"}, {"i": 3, "action": "warn", "limit": 100000},
                    {"i": 4, "action": "cured"}, {"i": 5, "action": "fail"}]},
    ),
    "planned risk, short and with commission": (
        {"family": "per_trade_risk", "initial_balance": 10000, "pct": 0.02, "comparator": "gt",
         "with_commission": True},
        [{"type": "position", "entry": 100, "stop": 110, "qty": 20},
         {"type": "position", "entry": 100, "stop": 110, "qty": 20, "commission": 0.01},
         {"type": "sl_risk", "risk": 200}],
        {"checks": [{"i": 0, "risk": 200, "capital_used": 2000, "violation": False},
                    {"i": 1, "risk": 200.01, "violation": True}, {"i": 2, "violation": False}]},
    ),
    "a stop that was wider": (
        {"family": "per_trade_risk_widest_stop", "balance": 10000, "pct": 0.02,
         "basis": "widest stop ever set on the trade"},
        [{"type": "sl_risk", "risk": 201}, {"type": "sl_risk", "risk": 0}],
        {"limit": 200, "violations": [True, True]},
    ),
    "everything open against a daily limit": (
        {"family": "open_risk", "pct_of_daily_limit": 0.5},
        [{"type": "daily_limit", "amount": 4000}, {"type": "open_risk", "risks": [1500, 500]},
         {"type": "open_risk", "risks": [1500, 500.01]}],
        {"checks": [{"i": 0, "max_open_risk": 2000}, {"i": 1, "violation": False},
                    {"i": 2, "violation": True, "risk": 2000.01}]},
    ),
    "groups of which none loses": (
        GROUP,
        [floating(["EURUSD", "buy", 20], ["EURUSD", "sell", 0]),
         floating(["EURUSD", "buy", -299.99], ["XAUUSD", "buy", -299])],
        {"checks": [{"i": 0, "breach": False, "groups": {"EURUSD|buy": 0, "EURUSD|sell": 0}},
                    {"i": 1, "breach": False,
                     "groups": {"EURUSD|buy": 299.99, "XAUUSD|buy": 299}}]},
    ),
    "a floating loss of one trade": (
        {"family": "per_trade_loss", "initial_balance": 5000, "pct": 0.01, "comparator": "gte"},
        [{"type": "floating", "pnl": -49.99}, {"type": "floating", "loss": 50}],
        {"limit": 50, "violations": [False, True]},
    ),
    "a symbol after its reset": (
        SYMBOL,
        [{"t": "D1 16:59", "type": "reset", "balance": 50000, "equity": 50000},
         floating(["XAUUSD", "buy", -600], ["XAUUSD", "sell", -400], ["EURUSD", "buy", -900])],
        {"limit": 1000, "symbol_loss": 1000, "breach": False},
    ),
    "chains: touching, apart, bridged, and one that wins": (
        CHAIN,
        [closed(["EURUSD", "09:00", "10:00", -2000], ["EURUSD", "10:00", "11:00", -2000],
                ["XAUUSD", "09:30", "10:30", 500]),
         closed(["EURUSD", "09:00", "10:00", -1500], ["EURUSD", "10:30", "11:00", -1400],
                ["EURUSD", "09:30", "10:45", -101])],
        {"checks": [{"i": 0, "limit": 3000, "groups": [-2000, -2000, 500], "breach": False},
                    {"i": 1, "groups": [-3001], "breach": True}]},
    ),
    "an open loss against the day's profit": (
        {"family": "mae", "pct": 0.3, "threshold": 2500,
         "base": "max(start_of_day_profit, trailing_threshold) per tier"},
        [{"t": "D1", "type": "start_of_day_profit", "profit": -100},
         {"t": "D1", "type": "floating", "pnl": -750},
         {"t": "D2", "type": "start_of_day_profit", "profit": 3000},
         {"t": "D2", "type": "floating", "pnl": -900.01}],
        {"limits": [750, 750, 900, 900], "violations": [False, False, False, True]},
    ),
}  # fmt: skip


def told(tmp_path, params, events, expected, engine="reference"):
    case = {
        "id": "case",
        "params": params,
        "events": [{"i": place, "t": chr(97 + place), **each} for place, each in enumerate(events)],
        "expected": expected,
    }
    path = tmp_path / "case.json"
    path.write_text(json.dumps([case]))
    (loaded,) = load_cases(path)
    return judge(loaded, engine)


@pytest.mark.parametrize("engine", ["reference", "fast"])
@pytest.mark.parametrize("kind", STORIES)
def test_story_when_told_comes_out_as_the_rule_book_says(tmp_path, kind, engine):
    verdict = told(tmp_path, *STORIES[kind], engine)
    assert (verdict.result, verdict.why) == ("pass", "")


@pytest.mark.parametrize(
    ("params", "events", "expected", "says"),
    [
        (CAP | {"currency_pairs": 3}, [worth("0", 1)], {"limit": 1}, "parameter `currency_pairs`"),
        (CAP, [worth("soon", 1)], {"limit": 1}, "time 'soon'"),
        (CAP, [worth("0", 1) | {"equity": 5}], {"limit": 1}, "an equity that is not"),
        (CAP, [worth("0", 1)], {"checks": [{"i": 0, "mood": "warn"}]}, "expected `mood`"),
        (CHAIN | {"group": "same day"}, [closed(["A", "09:00", "10:00", 1])], {"limit": 3000},
         "parameter `group` 'same day'"),
        (CHAIN, [closed(["A", "10:00", "09:00", 1])], {"limit": 3000}, "closes before it opens"),
        (CHAIN, [closed(["A", "noon", "09:00", 1])], {"limit": 3000}, "time 'noon'"),
        (GROUP, [floating(["A", "up", 1])], {"breach": False}, "side 'up'"),
        (GROUP, [floating(["A", "buy"])], {"breach": False}, "not symbol, side and P/L"),
        (SYMBOL | {"base": "moon"}, [floating(["A", "buy", 1])], {"limit": 1}, "`base`"),
        ({"family": "max_lots", "limit": 4, "aggregation": "net"}, [], {"limit": 4},
         "parameter `aggregation` 'net'"),
        ({"family": "max_lots", "limit": -4}, [], {"limit": -4}, "parameters: "),
        ({"family": "open_risk", "pct_of_daily_limit": 0.5}, [], {"limit": 1}, "needs a `daily"),
    ],
)  # fmt: skip
def test_case_when_something_in_it_is_not_understood_is_not_supported(
    tmp_path, params, events, expected, says
):
    verdict = told(tmp_path, params, events, expected)
    assert verdict.result == "not supported"
    assert says in verdict.why
