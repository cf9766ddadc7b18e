"""Decisions as records of a topic."""

import orjson

from sinks.prepared import Batch


def decision(kind, number=0, account="A1", seq=1, **fields):
    return {
        "decision_id": f"{kind}-{account}-{seq}-{number}",
        "type": kind,
        "seq": seq,
        "ts": "2024-03-05T10:00:00.123456789Z",
        "firm_id": "default",
        "account_id": account,
        "trader_id": None,
        "phase": "evaluation",
        "ruleset": "demo@1",
        "ruleset_hash": "0" * 64,
        **fields,
    }


def breach(number=0, account="A1", seq=1, **fields):
    own = {
        "rule": "daily",
        "family": "daily_loss",
        "breach_kind": "hard",
        "metric": "equity",
        "observed": "94999.99999999",
        "floor": "95000",
        "overshoot": "0.00000001",
        "equity": "94999.99999999",
        "balance": "123456789012.12345678",
        "comparator": "lt",
        "also": ["max", "it's, {odd}"],
        "evidence": {"entry": {"kind": "tick"}, "positions": []},
    }
    return decision("breach", number, account, seq, **{**own, **fields})


def state(seq, to, account="A1", number=0, came="created"):
    return decision(
        "state", number, account, seq, to=to, reason="breach", cause=None, **{"from": came}
    )


def batch(topic, start, *values):
    lines = [value if isinstance(value, bytes) else orjson.dumps(value) for value in values]
    records = list(enumerate(lines, start))
    return Batch(topic, 0, start, start + len(records), records)
