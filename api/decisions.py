"""Decisions from their rows: the same JSON as in the topics."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from schemas.instants import instant_text
from schemas.money import text

_COMMON = (
    "seq", "ts", "firm_id", "account_id", "trader_id", "phase", "ruleset", "ruleset_hash",
)  # fmt: skip
_AMOUNTS = ("observed", "floor", "overshoot", "equity", "balance", "level", "used", "room")
_OWN: dict[str, tuple[str, ...]] = {
    "breach": (
        "rule", "family", "breach_kind", "metric", "observed", "floor", "overshoot", "equity",
        "balance", "comparator", "also", "evidence",
    ),
    "phase.passed": ("goals", "next_phase"),
    "state": ("from", "to", "reason", "cause"),
    "warning": ("rule", "level", "used", "floor", "room"),
    "intervention": ("intervention_id", "actions", "breach_id"),
}  # fmt: skip
TABLES = {
    "breach": "breaches",
    "phase.passed": "phases_passed",
    "state": "state_changes",
    "warning": "warnings",
    "intervention": "interventions",
}
_COLUMNS = {"from": "from_state", "to": "to_state"}


def common(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every decision has."""
    made = {"decision_id": row["decision_id"], "type": kind, **{n: row[n] for n in _COMMON}}
    made["ts"] = instant_text(row["ts_ns"])
    return made


def decision(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision as its topic holds it."""
    made = common(kind, row)
    for name in _OWN[kind]:
        value = row[_COLUMNS.get(name, name)]
        made[name] = text(value) if name in _AMOUNTS and isinstance(value, Decimal) else value
    for name in ("operator", "note"):
        if row.get(name) is not None:
            made[name] = row[name]
    return made
