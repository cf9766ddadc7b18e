"""Breaches and the interventions that answer them, in the topics of a log."""

from contextlib import closing

import orjson
import psycopg

from connectors.log.abstract import Log
from flows.topics import ensure_topics
from schemas.ids import decision_id, intervention_id
from schemas.topics import BREACHES, INTERVENTIONS

FULL = ("disable_trading", "cancel_orders", "close_positions", "notify")


def _common(account: str, seq: int, kind: str) -> dict:
    return {
        "decision_id": decision_id(account, seq, seq, False, 0, kind),
        "type": kind,
        "seq": seq,
        "ts": "2026-01-01T00:00:00Z",
        "firm_id": "default",
        "account_id": account,
        "trader_id": None,
        "phase": "funded",
        "ruleset": "r@1",
        "ruleset_hash": "0" * 64,
    }


def breach(account: str, seq: int = 1, *, cost: str = "1000", removed: list | None = None) -> dict:
    positions = [{"symbol": "BTCUSDT-PERP", "cost": cost, "rate": None}]
    facts = {"facts": {"removed": removed}} if removed is not None else {}
    evidence = {"positions": positions, "rates": [], **facts}
    return {**_common(account, seq, "breach"), "breach_kind": "hard", "evidence": evidence}


def intervention(account: str, seq: int = 1, actions=FULL) -> dict:
    found = breach(account, seq)
    return {
        **_common(account, seq, "intervention"),
        "intervention_id": intervention_id(found["decision_id"]),
        "actions": list(actions),
        "breach_id": found["decision_id"],
    }


def write(log: Log, topic: str, *values: dict) -> None:
    ensure_topics(log, 1)
    with closing(log.writer(topic)) as writer:
        for value in values:
            writer.append(orjson.dumps(value), value["account_id"].encode())
        writer.flush()


def order(log: Log, *accounts: str, actions=FULL, **given) -> None:
    """Breach these accounts, and order what is to be done."""
    write(log, BREACHES, *(breach(name, **given) for name in accounts))
    write(log, INTERVENTIONS, *(intervention(name, actions=actions) for name in accounts))


def states(url: str) -> dict[str, tuple[str, str]]:
    """State and reason of the rows, by account."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT account_id, state, reason FROM highwater.enforcements")
        return {account: (state, reason) for account, state, reason in rows}
