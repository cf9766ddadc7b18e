"""One complete value of every shape, and how to change it."""

import copy

COMMON = {"event_id": "e1", "ts": "2014-05-02T12:30:00Z"}
OWN = COMMON | {"account_id": "a1"}
INSTRUMENT = {
    "symbol": "EURUSD",
    "base": "EUR",
    "quote": "USD",
    "price_digits": "5",
    "qty_digits": "2",
}
RULESET = {
    "ruleset": "demo",
    "version": "1",
    "currency": "USD",
    "session": {"timezone": "Europe/Prague", "reset": "00:00"},
    "phases": [{"name": "p", "rules": [{"id": "daily", "family": "daily_loss", "pct": "0.050"}]}],
}

# One small but complete event of every type; the order of the contract.
EVENTS = {
    "account.opened": OWN | {"ruleset": "demo@1", "initial_balance": "100000"},
    "order.placed": OWN | {"order_id": "o1", "symbol": "EURUSD", "side": "buy", "qty": "0.1"},
    "order.modified": OWN | {"order_id": "o1", "stop_loss": None},
    "order.cancelled": OWN | {"order_id": "o1"},
    "fill": OWN
    | {"fill_id": "f1", "symbol": "EURUSD", "side": "buy", "qty": "0.1", "price": "1.38"},
    "position.protected": OWN | {"symbol": "EURUSD", "stop_loss": "1.37"},
    "balance.adjusted": OWN | {"amount": "100", "reason": "deposit"},
    "account.overridden": OWN | {"action": "pause", "operator": "ann", "reason": "a call"},
    "kyc.updated": OWN | {"status": "approved"},
    "calendar.published": COMMON
    | {
        "version": "7",
        "events": [{"id": "n1", "ts": "2014-05-02T12:30:00Z", "title": "NFP", "currency": "USD"}],
        "holidays": [{"date": "2014-12-25", "market": "FX", "title": "Christmas"}],
    },
    "ruleset.published": COMMON | {"document": RULESET},
    "instrument.listed": COMMON | {"instrument": INSTRUMENT},
    "clock": COMMON,
}


def event(kind, **changes):
    """A complete event with some fields changed, or with `...` left out."""
    fields = {"type": kind} | EVENTS[kind] | changes
    return {name: value for name, value in fields.items() if value is not ...}


BASE = {
    "decision_id": "0" * 32,
    "seq": 7,
    "ts": "2014-05-02T12:30:00.25Z",
    "firm_id": "default",
    "account_id": "a1",
    "trader_id": None,
    "phase": "evaluation",
    "ruleset": "demo@1",
    "ruleset_hash": "a" * 64,
}
EVIDENCE = {
    "entry": {
        "kind": "tick",
        "seq": 7,
        "ts": "2014-05-02T12:30:00.25Z",
        "symbol": "EURUSD",
        "bid": "1.38",
        "ask": "1.381",
    },
    "positions": [
        {
            "id": "EURUSD",
            "symbol": "EURUSD",
            "side": "buy",
            "qty": "1",
            "cost": "138500",
            "mark": "1.38",
            "mark_seq": 7,
            "rate": None,
            "priced": True,
            "pnl": "-500",
        }
    ],
    "rates": [],
    "floor": {
        "reference": "10000",
        "reference_kind": "balance",
        "set_by_seq": 1,
        "allowance": "500",
    },
    "previous_hash": "0" * 64,
}
MONEY = {"equity": "9500", "balance": "10000"}
DECISIONS = {
    "breach": {
        "rule": "daily",
        "family": "daily_loss",
        "breach_kind": "hard",
        "metric": "equity",
        "observed": "9500",
        "floor": "9500",
        "overshoot": "0",
        "comparator": "lte",
        "also": ["max"],
        "evidence": EVIDENCE,
    }
    | MONEY,
    "state": {"from": "active", "to": "breached", "reason": "breach", "cause": "0" * 32},
    "warning": {"rule": "daily", "level": "0.8", "used": "0.85", "floor": "9500", "room": "75"},
    "intervention": {
        "intervention_id": "1" * 32,
        "actions": ["disable_trading", "notify"],
        "breach_id": "0" * 32,
    },
    "phase.passed": {
        "goals": [{"id": "target", "family": "profit_target", "value": "800"}],
        "next_phase": None,
    },
    "progress": {
        "state": "active",
        "unpriced": False,
        "goals": [
            {"id": "t", "family": "profit_target", "value": None, "needed": "800", "met": False}
        ],
        "rules": [
            {
                "id": "daily",
                "family": "daily_loss",
                "floor": "9500",
                "room": "0",
                "used": "1",
                "latched": True,
            }
        ],
    }
    | MONEY,
}


def decision(kind, **changes):
    return copy.deepcopy(BASE | {"type": kind} | DECISIONS[kind] | changes)
